import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { FilterRule, PacketFilter } from '#lib/ecs/model';
import { eventually } from '../../../../test/support/longshore.js';
import { ruleset } from './domain/ruleset.js';
import { Nft } from './nft.js';

const execute = promisify(execFile);
const RUN = randomBytes(3).toString('hex');
const HOST = `lsnft${RUN}`;
const TABLE = 'longshore-contract';
const nft = new Nft(TABLE, ['ip', 'netns', 'exec', HOST, 'nft']);
const run = (namespace: string, ...command: readonly string[]) => execute('ip', ['netns', 'exec', namespace, ...command]);

/** Three tasks on a bridge, each a namespace with an address and a MAC of its own; the host is their router. */
const TASKS = [5, 6, 7];
const VPC_BRIDGE = 'lsvpc0a4d0000';
const address = (task: number) => `10.77.0.${task}`;
const mac = (task: number) => `02:42:0a:4d:00:0${task}`;
const namespaceOf = (task: number) => `${HOST}t${task}`;
const servers: ChildProcess[] = [];
const namespaces = [HOST, ...TASKS.map(namespaceOf)];

beforeAll(async () => {
  await execute('ip', ['netns', 'add', HOST]);
  await run(
    HOST,
    'sh',
    '-c',
    `ip link set lo up; ip link add ${VPC_BRIDGE} type bridge; ip addr add 10.77.0.1/24 dev ${VPC_BRIDGE}; ip link set ${VPC_BRIDGE} up`,
  );
  // As `showBridgedPackets` does it for the agent's own namespace.
  await run(HOST, 'sh', '-c', 'echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables');
  for (const task of TASKS) {
    const namespace = namespaceOf(task);
    await execute('ip', ['netns', 'add', namespace]);
    const veth = `ip link add v${task} type veth peer name eth0 netns ${namespace} address ${mac(task)}`;
    await run(HOST, 'sh', '-c', `${veth}; ip link set v${task} master ${VPC_BRIDGE} up`);
    const own = `ip addr add ${address(task)}/24 dev eth0; ip link set eth0 up; ip link set lo up; ip route add default via 10.77.0.1`;
    await run(namespace, 'sh', '-c', own);
    const serve = `for (const port of [80, 81]) require('net').createServer((s) => s.pipe(s)).listen(port)`;
    servers.push(spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', serve], { stdio: 'ignore' }));
  }
  await eventually('servers that answer', () => reaches(HOST, address(7), 81));
}, 30_000);
afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL');
  for (const namespace of namespaces) await execute('ip', ['netns', 'del', namespace]);
});

/** Packets that are dropped are answered by nobody: as long as this is waited for an answer. */
const PATIENCE_MS = 300;
const reaches = async (from: string, to: string, port: number): Promise<boolean> => {
  const code = `const s=require('net').connect(${port},'${to}');s.on('connect',()=>process.exit(0));s.on('error',()=>process.exit(1));setTimeout(()=>process.exit(1),${PATIENCE_MS})`;
  return run(from, process.execPath, '-e', code).then(
    () => true,
    () => false,
  );
};

const out: FilterRule = { isEgress: true, ipProtocol: '-1', fromPort: -1, toPort: -1, peer: { cidrIpv4: '0.0.0.0/0' } };
const http = (peer: FilterRule['peer']): FilterRule => ({ isEgress: false, ipProtocol: 'tcp', fromPort: 80, toPort: 80, peer });
/** 5 is in `sg-client`, 6 in `sg-other`, 7 in `sg-web`, which lets `sg-client` in. */
const filter = (fields: Partial<PacketFilter> = {}): PacketFilter => ({
  interfaces: [
    [5, 'sg-client'],
    [6, 'sg-other'],
    [7, 'sg-web'],
  ].map(([task, groupId]) => ({
    networkInterfaceId: `eni-${task}`,
    macAddress: mac(task as number),
    privateIpv4Address: address(task as number),
    groupIds: [groupId as string],
  })),
  groups: [
    { groupId: 'sg-client', rules: [out] },
    { groupId: 'sg-other', rules: [out] },
    { groupId: 'sg-web', rules: [out, http({ groupId: 'sg-client' })] },
  ],
  members: [{ groupId: 'sg-client', addresses: [address(5)] }],
  ...fields,
});

describe('security groups in nftables', () => {
  beforeAll(async () => {
    await nft.replace(ruleset(TABLE, filter()));
  });

  it('let the members of a group reach its port from the same bridge, and nobody else nor elsewhere', async () => {
    const seen = {
      member: await reaches(namespaceOf(5), address(7), 80),
      otherPort: await reaches(namespaceOf(5), address(7), 81),
      stranger: await reaches(namespaceOf(6), address(7), 80),
      back: await reaches(namespaceOf(7), address(5), 80),
      host: await reaches(HOST, address(7), 80),
    };
    expect(seen).toEqual({ member: true, otherPort: false, stranger: false, back: false, host: false });
  });

  it('lead clients of a port of Service Connect to the one that the task has, and its rules are about that one', async () => {
    const interfaces = filter().interfaces.map((one) =>
      one.networkInterfaceId === 'eni-7' ? { ...one, aliasPorts: [{ port: 8088, containerPort: 80 }] } : one,
    );
    const seen = async () => ({
      member: await reaches(namespaceOf(5), address(7), 8088),
      itself: await reaches(namespaceOf(5), address(7), 80),
      stranger: await reaches(namespaceOf(6), address(7), 8088),
    });
    await nft.replace(ruleset(TABLE, filter({ interfaces })));
    expect(await seen()).toEqual({ member: true, itself: true, stranger: false });
    const members = [{ groupId: 'sg-client', addresses: ['10.77.0.1'] }];
    await nft.replace(ruleset(TABLE, filter({ interfaces, members })));
    expect(await reaches(HOST, address(7), 8088)).toBe(true);
    await nft.replace(ruleset(TABLE, filter()));
    expect(await reaches(namespaceOf(5), address(7), 8088)).toBe(false);
  });

  it('let the host in where it is a member, as a load balancer is', async () => {
    await nft.replace(ruleset(TABLE, filter({ members: [{ groupId: 'sg-client', addresses: ['10.77.0.1'] }] })));
    expect(await reaches(HOST, address(7), 80)).toBe(true);
    expect(await reaches(namespaceOf(5), address(7), 80)).toBe(false);
    await nft.replace(ruleset(TABLE, filter()));
  });

  it('hold a task to what it may send, also to the host', async () => {
    await run(HOST, 'sh', '-c', 'ip addr add 10.77.9.9/32 dev lo');
    servers.push(
      spawn('ip', [
        'netns',
        'exec',
        HOST,
        process.execPath,
        '-e',
        `for(const p of [53,80])require('net').createServer().listen(p)`,
      ]),
    );
    await eventually('the host’s own server', () => reaches(HOST, '10.77.9.9', 80));
    expect(await reaches(namespaceOf(5), '10.77.9.9', 80)).toBe(true);
    const closed = filter().groups.map((group) => (group.groupId === 'sg-client' ? { ...group, rules: [] } : group));
    await nft.replace(ruleset(TABLE, filter({ groups: closed })));
    expect(await reaches(namespaceOf(5), address(7), 80)).toBe(false);
    expect(await reaches(namespaceOf(5), '10.77.9.9', 80)).toBe(false);
    // The resolver is never filtered.
    expect(await reaches(namespaceOf(5), '10.77.9.9', 53)).toBe(true);
    await nft.replace(ruleset(TABLE, filter()));
  });

  it('do not let a task use the address of another one', async () => {
    await run(namespaceOf(6), 'ip', 'addr', 'add', `${address(5)}/32`, 'dev', 'lo');
    const code = `const s=require('net').connect({port:80,host:'${address(7)}',localAddress:'${address(5)}'});s.on('connect',()=>process.exit(0));setTimeout(()=>process.exit(1),${PATIENCE_MS})`;
    await expect(run(namespaceOf(6), process.execPath, '-e', code)).rejects.toThrow();
  });

  it('leave what is established alone when its rule goes', async () => {
    const code = `const s=require('net').connect(80,'${address(7)}');s.on('data',(d)=>console.log(String(d)));s.write('one');process.stdin.on('data',(d)=>s.write(d))`;
    const client = spawn('ip', ['netns', 'exec', namespaceOf(5), process.execPath, '-e', code], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    servers.push(client);
    let heard = '';
    client.stdout.on('data', (data) => (heard += String(data)));
    await eventually('an echo', async () => heard.includes('one'));
    await nft.replace(ruleset(TABLE, filter({ members: [] })));
    expect(await reaches(namespaceOf(5), address(7), 80)).toBe(false);
    client.stdin.write('two');
    await eventually('an echo after the rule', async () => heard.includes('two'));
    await nft.replace(ruleset(TABLE, filter()));
  });

  it('hold a task to what it may send to ports of the host as it asks for them, wherever the engine leads them', async () => {
    await run(HOST, 'sh', '-c', 'ip addr add 10.77.9.8/32 dev lo');
    // As an engine publishes a port of a container.
    await run(
      HOST,
      'nft',
      'add table ip engine; add chain ip engine in { type nat hook prerouting priority dstnat; }; add rule ip engine in ip daddr 10.77.9.8 tcp dport 50001 dnat to 10.77.0.7:81',
    );
    const asks = async (fields: Partial<FilterRule>) => {
      const groups = filter().groups.map((one) =>
        one.groupId === 'sg-client' ? { ...one, rules: [{ ...out, ipProtocol: 'tcp', ...fields }] } : one,
      );
      const open = { ...http({ cidrIpv4: '0.0.0.0/0' }), fromPort: 81, toPort: 81 };
      await nft.replace(
        ruleset(TABLE, filter({ groups: groups.map((one) => (one.groupId === 'sg-web' ? { ...one, rules: [open] } : one)) })),
      );
      return reaches(namespaceOf(5), '10.77.9.8', 50_001);
    };
    expect(await asks({ fromPort: 50_001, toPort: 50_001, peer: { cidrIpv4: '10.77.9.8/32' } })).toBe(true);
    expect(await asks({ fromPort: 81, toPort: 81 })).toBe(false);
    await run(HOST, 'nft', 'delete table ip engine');
    await nft.replace(ruleset(TABLE, filter()));
  });

  it('let containers of other bridges in as the host they are on, and nobody by an address that it took', async () => {
    const container = `${HOST}c`;
    await execute('ip', ['netns', 'add', container]);
    namespaces.push(container);
    await run(
      HOST,
      'sh',
      '-ec',
      `ip link add br1 type bridge; ip addr add 10.78.0.1/24 dev br1; ip link set br1 up;
       ip link add name c type veth peer name eth0 netns ${container}; ip link set c master br1 up;
       for way in all br1; do echo 0 > /proc/sys/net/ipv4/conf/$way/rp_filter; done; echo 1 > /proc/sys/net/ipv4/ip_forward`,
    );
    const own = `ip addr add 10.78.0.2/24 dev eth0; ip link set eth0 up; ip link set lo up; ip route add default via 10.78.0.1; ip addr add ${address(9)}/32 dev lo`;
    await run(container, 'sh', '-ec', own);
    await run(
      HOST,
      'nft',
      `add table ip engine; add chain ip engine out { type nat hook postrouting priority srcnat; }; add rule ip engine out ip saddr 10.78.0.0/24 oifname != br1 masquerade`,
    );
    await nft.replace(ruleset(TABLE, filter({ members: [{ groupId: 'sg-client', addresses: ['10.77.0.1'] }] })));
    expect(await reaches(container, address(7), 80)).toBe(true);
    await nft.replace(ruleset(TABLE, filter()));
    expect(await reaches(container, address(7), 80)).toBe(false);
    await run(
      namespaceOf(7),
      'nft',
      `add table ip t; add counter ip t members; add chain ip t in { type filter hook input priority 0; }; add rule ip t in udp dport 80 counter name members`,
    );
    const seen = async () => {
      const { stdout } = await run(namespaceOf(7), 'nft', '-j', 'list', 'counters');
      return JSON.parse(stdout).nftables.at(-1).counter.packets as number;
    };
    const send = (from: string, own: number) =>
      run(
        from,
        process.execPath,
        '-e',
        `const s=require('dgram').createSocket('udp4');s.bind(0,'${address(own)}',()=>s.send('x',80,'${address(7)}',()=>s.close()))`,
      );
    const udp = { ...http({ groupId: 'sg-client' }), ipProtocol: 'udp' };
    const groups = filter().groups.map((one) => (one.groupId === 'sg-web' ? { ...one, rules: [udp] } : one));
    await nft.replace(
      ruleset(TABLE, filter({ groups, members: [{ groupId: 'sg-client', addresses: [address(5), address(9)] }] })),
    );
    // One that is on another host.
    await send(container, 9);
    await send(namespaceOf(5), 5);
    await eventually('the packet of the member', async () => (await seen()) > 0);
    expect(await seen()).toBe(1);
    await run(HOST, 'nft', 'delete table ip engine');
    await nft.replace(ruleset(TABLE, filter()));
  }, 30_000);

  it('are recognised, whatever passed through them, and known to be changed by another hand', async () => {
    const before = await nft.fingerprint();
    await reaches(namespaceOf(6), address(7), 80);
    expect(await nft.fingerprint()).toBe(before);
    await nft.replace(ruleset(TABLE, filter()));
    expect(await nft.fingerprint()).toBe(before);
    let isTold = false;
    const cancel = nft.watch(
      () => (isTold = true),
      () => undefined,
    );
    await eventually('to be told', async () => {
      // One that is empty is flushed without a word, and who tells may not be there yet.
      await run(HOST, 'nft', 'add', 'rule', 'inet', TABLE, 'taken-by-tasks', 'counter');
      await run(HOST, 'nft', 'flush', 'chain', 'inet', TABLE, 'taken-by-tasks');
      return isTold;
    });
    cancel();
    expect(await nft.fingerprint()).not.toBe(before);
    await run(HOST, 'nft', 'flush', 'ruleset');
    expect(await nft.fingerprint()).toBeUndefined();
  });

  it('hold what comes from outside for ports of the host to what the instance’s groups allow, and nothing else', async () => {
    const outside = `${HOST}out`;
    await execute('ip', ['netns', 'add', outside]);
    namespaces.push(outside);
    await run(
      HOST,
      'sh',
      '-ec',
      `ip link add name uplink type veth peer name eth0 netns ${outside}; ip addr add 198.18.252.1/24 dev uplink; ip link set uplink up`,
    );
    await run(
      outside,
      'sh',
      '-ec',
      'ip link set lo up; ip addr add 198.18.252.2/24 dev eth0; ip addr add 198.18.252.3/24 dev eth0; ip link set eth0 up',
    );
    const serve = `for (const port of [8080, 8081, 50000]) require('net').createServer().listen(port)`;
    servers.push(spawn('ip', ['netns', 'exec', HOST, process.execPath, '-e', serve], { stdio: 'ignore' }));
    // As an engine publishes a port of a container.
    await run(
      HOST,
      'nft',
      'add table ip engine; add chain ip engine in { type nat hook prerouting priority dstnat; }; add rule ip engine in tcp dport 50001 dnat to 10.77.0.7:81',
    );
    await run(HOST, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    const host = { groupIds: ['sg-host'], tcpPorts: [8080], udpPorts: [], senders: [] as readonly string[] };
    const open = (rules: readonly FilterRule[], senders: readonly string[] = []) =>
      nft.replace(
        ruleset(TABLE, { interfaces: [], groups: [{ groupId: 'sg-host', rules }], members: [], host: { ...host, senders } }),
      );
    const seen = async () => {
      const all: Record<number, boolean> = {};
      for (const port of [8080, 8081, 50_000, 50_001]) all[port] = await reaches(outside, '198.18.252.1', port);
      return all;
    };
    await nft.replace(ruleset(TABLE, { interfaces: [], groups: [], members: [] }));
    await eventually('all of them', async () => Object.values(await seen()).every(Boolean));
    await open([]);
    expect(await seen()).toEqual({ 8080: false, 8081: true, 50000: false, 50001: false });
    // The host itself, and its tasks, are inside.
    expect([await reaches(HOST, '198.18.252.1', 8080), await reaches(HOST, '198.18.252.1', 50_000)]).toEqual([true, true]);
    await open([{ ...http({ cidrIpv4: '198.18.252.0/24' }), fromPort: 50_001, toPort: 50_001 }]);
    expect(await seen()).toEqual({ 8080: false, 8081: true, 50000: false, 50001: true });
    await open([], ['198.18.252.2']);
    expect(Object.values(await seen())).toEqual([true, true, true, true]);
  }, 30_000);

  it('hold what comes to listeners of load balancers, from outside and from tasks, to what their groups allow', async () => {
    const outside = `${HOST}out`;
    const listeners = [
      { address: '198.18.252.1', port: 8080, groupIds: ['sg-front'] },
      { address: '10.77.9.9', port: 8081, groupIds: ['sg-front'] },
    ];
    const letting = (...rules: readonly FilterRule[]) =>
      nft.replace(ruleset(TABLE, { ...filter(), listeners, ...withGroup(rules) }));
    const withGroup = (rules: readonly FilterRule[]) => ({ groups: [...filter().groups, { groupId: 'sg-front', rules }] });
    const seen = async () => [
      await reaches(outside, '198.18.252.1', 8080),
      await reaches(namespaceOf(5), '10.77.9.9', 8081),
      await reaches(namespaceOf(6), '10.77.9.9', 8081),
    ];
    await letting();
    expect(await seen()).toEqual([false, false, false]);
    // Other listeners of the host are not looked at; the host itself is inside.
    expect([await reaches(outside, '198.18.252.1', 8081), await reaches(HOST, '198.18.252.1', 8080)]).toEqual([true, true]);
    await letting({ ...http({ cidrIpv4: '198.18.252.0/24' }), fromPort: 8080, toPort: 8080 });
    expect(await seen()).toEqual([true, false, false]);
    await letting({ ...http({ groupId: 'sg-client' }), fromPort: 8081, toPort: 8081 });
    expect(await seen()).toEqual([false, true, false]);
    await nft.replace(ruleset(TABLE, filter({ listeners: listeners.map((one) => ({ ...one, address: '0.0.0.0' })) })));
    expect(await seen()).toEqual([false, false, false]);
    await nft.replace(ruleset(TABLE, filter()));
  }, 30_000);

  it('take every kind of rule, and a thousand of them in a hundred groups', async () => {
    const kinds: FilterRule[] = [
      { ...out, peer: { cidrIpv6: '::/0' } },
      { ...out, ipProtocol: 'icmp', fromPort: 8, toPort: 0 },
      { ...out, ipProtocol: 'icmpv6', fromPort: 128, toPort: -1, peer: { cidrIpv6: 'fd00::/8' } },
      { ...out, ipProtocol: '50' },
      { ...out, ipProtocol: 'udp', fromPort: 0, toPort: 65_535, peer: { groupId: 'sg-1' } },
    ];
    const groups = Array.from({ length: 100 }, (_, group) => ({
      groupId: `sg-${group}`,
      rules: [
        ...kinds,
        ...Array.from({ length: 5 }, (__, n) => ({ ...http({ groupId: `sg-${(group + n) % 100}` }), fromPort: n })),
      ],
    }));
    const interfaces = groups.map(({ groupId }, n) => ({
      networkInterfaceId: `eni-${n}`,
      macAddress: `02:42:0a:4d:01:${n.toString(16).padStart(2, '0')}`,
      privateIpv4Address: `10.77.1.${n}`,
      groupIds: [groupId],
    }));
    const members = groups.map(({ groupId }, n) => ({ groupId, addresses: [`10.77.1.${n}`] }));
    await nft.replace(ruleset(TABLE, { interfaces, groups, members }));
    expect(await nft.fingerprint()).toBeDefined();
    await nft.replace(ruleset(TABLE, { interfaces: [], groups, members }));
    expect(await nft.fingerprint()).toBeUndefined();
  });
});
