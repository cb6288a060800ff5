import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { silentLogger, systemClock } from '#lib/platform';
import type { VpcOverlay } from '#lib/ecs/model';
import { eventually } from '../../../../test/support/longshore.js';
import { vpcNetwork, VPC_MTU } from '../domain/vpc-network.js';
import { deviceOf, isNothing, overlayCommands, withdrawal } from './domain/overlay-commands.js';
import { Iproute } from './iproute.js';
import { OverlayLoop } from './overlay-loop.js';

const execute = promisify(execFile);
const RUN = randomBytes(2).toString('hex');
const VPC = { vpcId: `vpc-0${RUN}`, vpcCidrBlock: '10.77.0.0/16', overlayId: Number.parseInt(RUN, 16) + 1 };
const { bridge, gateway } = vpcNetwork(VPC);
const device = deviceOf(bridge);
const OWNER = 'longshore-contract';

/** Two hosts on a segment, and on each the bridge of a VPC with its router and a task; the first has an address of its own there. */
const HOSTS = [1, 2] as const;
type Host = (typeof HOSTS)[number];
const hostOf = (host: Host) => `lsov${RUN}h${host}`;
const taskOf = (host: Host) => `lsov${RUN}t${host}`;
const underlay = (host: Host) => `198.18.251.${host}`;
const address = (host: Host) => `10.77.${host}.5`;
const mac = (host: Host) => `02:42:0a:4d:0${host}:05`;
const OWN = { macAddress: '02:42:0a:4d:00:0a', privateIpv4Address: '10.77.0.10' };
const within = (namespace: string, ...command: readonly string[]) => execute('ip', ['netns', 'exec', namespace, ...command]);
const shell = (namespace: string, text: string) => within(namespace, 'sh', '-ec', text);
const servers: ChildProcess[] = [];

const neighbourOn = (host: Host) => ({ macAddress: mac(host), privateIpv4Address: address(host), hostAddress: underlay(host) });
const overlays: Readonly<Record<Host, VpcOverlay>> = {
  1: { ...VPC, own: OWN, neighbours: [neighbourOn(2)] },
  2: { ...VPC, neighbours: [neighbourOn(1), { ...OWN, hostAddress: underlay(1) }] },
};
const kernelOf = (host: Host) =>
  new Iproute(OWNER, ['ip', 'netns', 'exec', hostOf(host)], async (path, value) => {
    await shell(hostOf(host), `echo ${value} > ${path}`);
  });
async function apply(host: Host, overlay = overlays[host]): Promise<void> {
  const kernel = kernelOf(host);
  await kernel.carryOut(overlayCommands(overlay, OWNER, await kernel.seen(bridge)), bridge);
}
const remaining = async (host: Host, overlay = overlays[host]) =>
  overlayCommands(overlay, OWNER, await kernelOf(host).seen(bridge));

beforeAll(async () => {
  for (const host of HOSTS) {
    await execute('ip', ['netns', 'add', hostOf(host)]);
    await execute('ip', ['netns', 'add', taskOf(host)]);
  }
  await shell(hostOf(1), `ip link add seg type veth peer name seg netns ${hostOf(2)}`);
  for (const host of HOSTS) {
    await shell(hostOf(host), `ip link set lo up; ip addr add ${underlay(host)}/24 dev seg; ip link set seg up`);
    await shell(
      hostOf(host),
      `ip link add ${bridge} type bridge; ip addr add ${gateway}/16 dev ${bridge}; ip link set ${bridge} up`,
    );
    await shell(
      hostOf(host),
      `ip link add name task mtu ${VPC_MTU} type veth peer name eth0 netns ${taskOf(host)} address ${mac(host)} mtu ${VPC_MTU}; ip link set task master ${bridge} up`,
    );
    await shell(
      taskOf(host),
      `ip link set lo up; ip addr add ${address(host)}/16 dev eth0; ip link set eth0 up; ip route add default via ${gateway}`,
    );
    for (const [namespace, name] of [
      [taskOf(host), `task${host}`],
      [hostOf(host), `host${host}`],
    ] as const) {
      const serve = `require('net').createServer((s)=>s.on('data',()=>s.end('${name} '+s.remoteAddress.replace('::ffff:','')+' '+'x'.repeat(100000)))).listen(80)`;
      servers.push(spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', serve], { stdio: 'ignore' }));
    }
  }
  for (const host of HOSTS)
    await eventually('servers that answer', async () => (await ask(hostOf(host), address(host))) !== undefined);
}, 60_000);
afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL');
  for (const host of HOSTS)
    for (const namespace of [hostOf(host), taskOf(host)]) await execute('ip', ['netns', 'del', namespace]);
});

const PATIENCE_MS = 500;
/** Who answered, and whom he saw; undefined: nobody. Large enough for whole packets. */
const ask = async (from: string, to: string): Promise<string | undefined> => {
  const code = `let all='';const s=require('net').connect(80,'${to}',()=>s.write('?'));s.on('data',(d)=>all+=d);s.on('end',()=>{console.log(all.length>100000?all.split(' ').slice(0,2).join(' '):'');process.exit(0)});s.on('error',()=>process.exit(1));setTimeout(()=>process.exit(1),${PATIENCE_MS})`;
  return within(from, process.execPath, '-e', code).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
};

/** The answer of somebody who is reached: whoever asked before there was a way asks for the neighbour again within a second. */
const answer = (from: string, to: string): Promise<string> => eventually(`an answer of ${to}`, () => ask(from, to));

describe('a VPC on two hosts', () => {
  it('has no way from one to the other before it is told of', async () => {
    expect(await ask(taskOf(1), address(2))).toBeUndefined();
  }, 20_000);

  it('lets tasks reach each other under their own addresses, and each its own host as the router', async () => {
    await Promise.all(HOSTS.map((host) => apply(host)));
    expect([await answer(taskOf(1), address(2)), await answer(taskOf(2), address(1))]).toEqual([
      `task2 ${address(1)}`,
      `task1 ${address(2)}`,
    ]);
    expect([await answer(taskOf(1), gateway), await answer(taskOf(2), gateway)]).toEqual([
      `host1 ${address(1)}`,
      `host2 ${address(2)}`,
    ]);
  }, 20_000);

  it('has an address for the host that sends itself, and answers find their way back to it', async () => {
    expect(await answer(hostOf(1), address(2))).toBe(`task2 ${OWN.privateIpv4Address}`);
    expect(await answer(hostOf(1), address(1))).toBe(`task1 ${gateway}`);
    // The other one has none: nobody answers it, and nobody else gets the answer.
    expect(await ask(hostOf(2), address(1))).toBeUndefined();
  }, 20_000);

  it('is as it was told, so that nothing is left to do, and what another hand has changed is found', async () => {
    for (const host of HOSTS) expect(isNothing(await remaining(host))).toBe(true);
    const changes = [
      `bridge fdb del ${mac(2)} dev ${device} dst ${underlay(2)} self`,
      `bridge fdb del ${mac(2)} dev ${device} master`,
      `ip neigh del ${address(2)} dev ${bridge}`,
      `ip route del ${address(2)}/32 dev ${bridge}`,
      `ip addr del ${OWN.privateIpv4Address}/32 dev ${bridge}`,
      `ip link set ${device} nomaster`,
      `ip link set ${device} down`,
      `ip link set ${device} type bridge_slave flood on`,
      `ip link del ${device}`,
    ];
    for (const change of changes) {
      await shell(hostOf(1), change);
      expect([change, isNothing(await remaining(1))]).toEqual([change, false]);
      await apply(1);
      expect([change, isNothing(await remaining(1))]).toEqual([change, true]);
    }
    expect(await answer(taskOf(1), address(2))).toBe(`task2 ${address(1)}`);
  }, 30_000);

  it('keeps broadcasts at home: nobody hears who asks for the router, or for nobody', async () => {
    const sent = async () =>
      JSON.parse((await shell(hostOf(1), `ip -json -s link show dev ${device}`)).stdout)[0].stats64.tx.packets as number;
    await shell(taskOf(1), 'ip neigh flush all');
    const before = await sent();
    expect(await ask(taskOf(1), '10.77.9.9')).toBeUndefined();
    expect(await answer(taskOf(1), gateway)).toBe(`host1 ${address(1)}`);
    expect(await sent()).toBe(before);
  }, 20_000);

  it('follows a task to another host, and forgets one that is gone', async () => {
    const moved = { ...overlays[1], neighbours: [{ ...neighbourOn(2), hostAddress: '198.18.251.9' }] };
    await apply(1, moved);
    expect(isNothing(await remaining(1, moved))).toBe(true);
    expect(await ask(taskOf(1), address(2))).toBeUndefined();
    await apply(1, { ...overlays[1], neighbours: [] });
    expect(await kernelOf(1).seen(bridge)).toMatchObject({ tunnels: [], forwarded: [], neighbours: [], routes: [] });
    await apply(1);
    expect(await answer(taskOf(1), address(2))).toBe(`task2 ${address(1)}`);
  }, 20_000);

  it('is taken back when the host has nothing of it any more, and what is not its agent’s stays', async () => {
    const networks = { prepare: async () => 'no engine' };
    const loop = new OverlayLoop({ owner: OWNER, kernel: kernelOf(1), networks, clock: systemClock, logger: silentLogger });
    await shell(hostOf(1), 'ip link add lsvx00000000 type vxlan id 7 dstport 4789');
    loop.want([]);
    await eventually('no device', async () => (await kernelOf(1).devices()).length === 0);
    loop.stop();
    const seen = await kernelOf(1).seen(bridge);
    expect(isNothing(withdrawal(device, seen))).toBe(true);
    expect(seen.bridge?.own).toEqual([]);
    await shell(hostOf(1), 'ip link show dev lsvx00000000');
  }, 20_000);
});
