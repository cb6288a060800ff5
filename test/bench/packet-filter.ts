/**
 * What a thousand rules in a hundred security groups cost a host: to apply, and of what HAProxy and a task take of the processor for a request
 * whose packets meet them. In network namespaces of their own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FilterRule, PacketFilter } from '#lib/ecs/model';
import { ruleset } from '../../apps/agent/src/packet-filter/domain/ruleset.js';
import { Nft } from '../../apps/agent/src/packet-filter/nft.js';
import { findProgram } from '../../apps/launcher/src/host/command.js';
import { installPackages } from '../../apps/launcher/src/host/debian.js';
import { interleaved, report } from './figures.js';
import { type Burst, ProxiedTask } from './proxied-task.js';
import { median } from './statistics.js';

const ROUNDS = 12;
/** Each of bursts on two hosts in turn: processors are faster and slower for seconds, and two hosts are never quite alike, so the filter changes sides. */
const BLOCKS = 8;
const BURSTS = 40;
const BURST_MS = 50;
const GROUPS = 100;
const RULES = 1_000;
const TABLE = 'longshore-bench';
const HOST = `lsb${process.pid}`;
const [ROUTER, ADDRESS, MAC] = ['10.78.0.1', '10.78.0.7', '02:42:0a:4e:00:07'];

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

async function applyMs(nft: Nft, wanted: PacketFilter): Promise<number> {
  const beganMs = performance.now();
  await nft.replace(ruleset(TABLE, wanted));
  return performance.now() - beganMs;
}

interface Side {
  readonly task: ProxiedTask;
  readonly nft: Nft;
}
const costOf = ({ nanos, requests }: Burst): number => nanos / requests;

/** How much more a request costs on the first of these than on the second, as a ratio: of neighbours in time, and the median, for which a burst that was disturbed is one of many. */
async function ratioOf([one, other]: readonly [Side, Side]): Promise<number> {
  const ratios: number[] = [];
  for (let turn = 0; turn < BURSTS; turn++) {
    const order = turn % 2 === 0 ? [one, other] : [other, one];
    const costs = new Map<Side, number>();
    for (const side of order) costs.set(side, costOf(await side.task.burst(BURST_MS)));
    ratios.push(costs.get(one)! / costs.get(other)!);
  }
  return median(ratios);
}

/** What `wanted` adds to a request, percent: on the first host and then on the second one, so what makes these differ is taken out. */
async function addedPercent(sides: readonly [Side, Side], wanted: PacketFilter): Promise<number> {
  const ratios: number[] = [];
  for (const [here, there] of [sides, sides.toReversed()] as [Side, Side][]) {
    await applyMs(here.nft, wanted);
    await applyMs(there.nft, none);
    ratios.push(await ratioOf([here, there]));
  }
  return (Math.sqrt(ratios[0]! * ratios[1]!) - 1) * 100;
}

/** Two hosts alike. */
async function pair(name: string, options: string): Promise<readonly [Side, Side]> {
  const made = ['a', 'b'].map((letter): Side => {
    const host = `${HOST}${name}${letter}`;
    const place = { router: ROUTER, address: ADDRESS, mac: MAC };
    return { task: new ProxiedTask(host, place, home, options), nft: new Nft(TABLE, ['ip', 'netns', 'exec', host, 'nft']) };
  });
  for (const { task } of made) {
    undo.push(() => task.stop());
    await task.start();
  }
  return made as [Side, Side];
}

const home = mkdtempSync(join(tmpdir(), 'longshore-packet-filter-'));
const undo: (() => void)[] = [() => rmSync(home, { recursive: true })];
try {
  const kept = await pair('k', '');
  const anew = await pair('n', '  http-reuse never\n  option http-server-close\n');
  const [{ nft }] = kept;
  const applied = await interleaved(ROUNDS, { inAll: () => applyMs(nft, inAll), inEach: () => applyMs(nft, inEach) });
  const added = await interleaved(BLOCKS, {
    kept: () => addedPercent(kept, inEach),
    anew: () => addedPercent(anew, inEach),
    nothing: () => addedPercent(kept, none),
  });
  report('security groups of a host', [
    { what: `${RULES} rules over ${GROUPS} groups, applied`, unit: 'ms', rounds: applied.inAll, target: { atMost: 200 } },
    {
      what: `the same ${RULES} rules in each of ${GROUPS} groups, applied`,
      unit: 'ms',
      rounds: applied.inEach,
      target: { atMost: 200 },
    },
    {
      what: 'processor time that the latter add to a request through HAProxy',
      unit: '%',
      rounds: added.kept,
      baseline: { what: 'without on either side', rounds: added.nothing },
      target: { atMost: 3 },
    },
    { what: '… that has a connection to the task of its own', unit: '%', rounds: added.anew },
  ]);
} finally {
  for (const step of undo.reverse()) step();
}
