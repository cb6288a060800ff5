/**
 * What a thousand rules in a hundred security groups cost a host: to apply, and of the throughput of HAProxy to a task whose packets meet them.
 * In a network namespace of its own, with a task on a bridge.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FilterRule, PacketFilter } from '#lib/ecs/model';
import { ruleset } from '../../apps/agent/src/packet-filter/domain/ruleset.js';
import { Nft } from '../../apps/agent/src/packet-filter/nft.js';
import { findProgram } from '../../apps/launcher/src/host/command.js';
import { installPackages } from '../../apps/launcher/src/host/debian.js';
import { interleaved, report } from './figures.js';
import { processorSeconds } from './process-figures.js';

const ROUNDS = 12;
/** A second of each; processors are faster and slower for seconds. */
const PAIRS = 40;
const GROUPS = 100;
const RULES = 1_000;
const TABLE = 'longshore-bench';
const HOST = `lsb${process.pid}`;
const TASK = `${HOST}t`;
const [ROUTER, ADDRESS, MAC] = ['10.78.0.1', '10.78.0.7', '02:42:0a:4e:00:07'];
const PORT = 8080;

const missing = ['haproxy', 'wrk'].filter((program) => !findProgram(program));
if (missing.length > 0) await installPackages(missing, 'measure a packet filter');

const out: FilterRule = { isEgress: true, ipProtocol: '-1', fromPort: -1, toPort: -1, peer: { cidrIpv4: '0.0.0.0/0' } };
const allowed = (cidrIpv4: string, port: number): FilterRule => ({
  isEgress: false,
  ipProtocol: 'tcp',
  fromPort: port,
  toPort: port,
  peer: { cidrIpv4 },
});
const range = (n: number) => `198.18.${n >> 8}.${n & 255}/32`;

/** The task is in a group in which all others' rules are before the one that lets the host in. */
function filter(rulesOf: (group: number) => readonly FilterRule[]): PacketFilter {
  const groups = Array.from({ length: GROUPS }, (_, n) => ({
    groupId: `sg-${n}`,
    rules: [out, ...rulesOf(n), ...(n === 0 ? [allowed(`${ROUTER}/32`, 80)] : [])],
  }));
  const interfaces = groups.map(({ groupId }, n) => ({
    networkInterfaceId: `eni-${n}`,
    macAddress: n === 0 ? MAC : `02:42:0a:4e:01:${n.toString(16).padStart(2, '0')}`,
    privateIpv4Address: n === 0 ? ADDRESS : `10.78.1.${n}`,
    groupIds: [groupId],
  }));
  return { interfaces, groups, members: [] };
}
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const inAll = filter((group) => numbers(RULES / GROUPS).map((n) => allowed(range(group * 10 + n), 1_000 + group * 10 + n)));
const inEach = filter(() => numbers(RULES).map((n) => allowed(range(n), 80)));
const none: PacketFilter = { interfaces: [], groups: [], members: [] };

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
const within = (namespace: string, script: string) => ip('netns', 'exec', namespace, 'sh', '-ec', script);
const nft = new Nft(TABLE, ['ip', 'netns', 'exec', HOST, 'nft']);
async function applyMs(wanted: PacketFilter): Promise<number> {
  const beganMs = performance.now();
  await nft.replace(ruleset(TABLE, wanted));
  return performance.now() - beganMs;
}

const home = mkdtempSync(join(tmpdir(), 'longshore-packet-filter-'));
const defaults =
  'global\n  nbthread 1\ndefaults\n  mode http\n  timeout client 60s\n  timeout server 60s\n  timeout connect 3s\n';
const haproxy = (namespace: string, name: string, config: string) => {
  const path = join(home, name);
  writeFileSync(path, `${defaults}${config}`);
  return spawn('ip', ['netns', 'exec', namespace, 'haproxy', '-db', '-f', path], { detached: true, stdio: 'ignore' });
};
const requestsIn = (seconds: number) =>
  Number(
    /(\d+) requests in/.exec(ip('netns', 'exec', HOST, 'wrk', '-t1', '-c32', `-d${seconds}s`, `http://127.0.0.1:${PORT}/`))![1],
  );

const made: (() => void)[] = [() => rmSync(home, { recursive: true })];
try {
  for (const namespace of [HOST, TASK]) {
    ip('netns', 'add', namespace);
    made.push(() => void ip('netns', 'del', namespace));
  }
  within(HOST, `ip link set lo up; ip link add br0 type bridge; ip addr add ${ROUTER}/16 dev br0; ip link set br0 up`);
  within(HOST, `ip link add v0 type veth peer name eth0 netns ${TASK} address ${MAC}; ip link set v0 master br0 up`);
  within(HOST, 'echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables');
  within(TASK, `ip addr add ${ADDRESS}/16 dev eth0; ip link set lo up; ip link set eth0 up; ip route add default via ${ROUTER}`);
  const task = haproxy(
    TASK,
    'task',
    'frontend f\n  bind :80\n  http-request return status 200 content-type text/plain string "here"\n',
  );
  const balancer = haproxy(
    HOST,
    'balancer',
    `frontend f\n  bind 127.0.0.1:${PORT}\n  default_backend b\nbackend b\n  server t ${ADDRESS}:80\n`,
  );
  for (const child of [task, balancer]) made.push(() => child.kill('SIGKILL'));
  await nft.replace(ruleset(TABLE, inAll));
  for (let tries = 0; !(requestsIn(1) > 0); tries++) {
    if (tries > 20) throw new Error('nothing answers');
    await sleep(100);
  }
  const applied = await interleaved(ROUNDS, { inAll: () => applyMs(inAll), inEach: () => applyMs(inEach) });
  const requests = { filtered: [] as number[], open: [] as number[] };
  const costs = { filtered: [] as number[], open: [] as number[] };
  // Packets are looked at in the time of who sends them. Both programs are busy for the whole second.
  const used = () => [task, balancer].reduce((sum, { pid }) => sum + processorSeconds(pid!), 0);
  const measure = (kind: keyof typeof requests) => {
    const before = used();
    const answered = requestsIn(1);
    requests[kind].push(answered);
    costs[kind].push(((used() - before) * 1e6) / answered);
  };
  for (let round = 0; round < PAIRS; round++) {
    const turns = [async () => (await applyMs(inEach), measure('filtered')), async () => (await applyMs(none), measure('open'))];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  report('security groups of a host', [
    { what: `${RULES} rules over ${GROUPS} groups, applied`, unit: 'ms', rounds: applied.inAll, target: { atMost: 200 } },
    {
      what: `the same ${RULES} rules in each of ${GROUPS} groups, applied`,
      unit: 'ms',
      rounds: applied.inEach,
      target: { atMost: 200 },
    },
    {
      what: 'requests through HAProxy, filtered by the latter',
      unit: '/s',
      rounds: requests.filtered,
      baseline: { what: 'without', rounds: requests.open },
    },
    {
      what: 'processor time of one',
      unit: 'µs',
      rounds: costs.filtered,
      baseline: { what: 'without', rounds: costs.open },
    },
    {
      what: 'requests that a processor answers, over those without a filter',
      unit: '×',
      rounds: costs.open.map((open, round) => open / costs.filtered[round]!),
      target: { atLeast: 0.97 },
    },
  ]);
} finally {
  for (const undo of made.reverse()) undo();
}
