/**
 * Lines on their way: from files as Docker's `json-file` driver writes them, through the agent's part, nats-server and the log aggregator's, to the
 * disk, each in a process of its own. How many a second, and what a line costs each of them. Of one container, whose batches follow each other; of
 * eight at once; and of eight while all that comes is searched, over and over: what that takes of its memory.
 */
import { createWriteStream, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MEMORY } from '../../apps/launcher/src/supervise/domain/process-specs.js';
import { startNatsServer } from '../support/nats-server.js';
import { startChild } from './child-process.js';
import { report } from './figures.js';
import { benchLine } from './log-lines.js';
import type { ShipperCall, ShipperResult } from './log-shipper.js';
import type { TakerCall, TakerUsage } from './log-taker.js';
import { processorSeconds } from './process-figures.js';

const LINES = 1_000_000;
const memory = MEMORY['log-aggregator']!;
const GROUP = '/bench/lines';
const SCOPE = { accountId: '000000000000', region: 'us-east-1' };

const directory = mkdtempSync(join(tmpdir(), 'longshore-bench-shipping-'));

async function writeLog(path: string, from: number, count: number): Promise<void> {
  const file = createWriteStream(path);
  const beganMs = Date.now() - count;
  for (let n = 0; n < count; n++) {
    const record = JSON.stringify({
      log: `${benchLine(from + n)}\n`,
      stream: 'stdout',
      time: new Date(beganMs + n).toISOString(),
    });
    if (!file.write(`${record}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

interface Shipped {
  readonly perSecond: number;
  /** Microseconds of processor a line. */
  readonly agent: number;
  readonly broker: number;
  readonly aggregator: number;
  readonly peakMiB: number;
  readonly diskShare: number;
  readonly queries: number;
}

async function ship(name: string, containers: number, isSearched = false): Promise<Shipped> {
  const own = join(directory, name);
  const server = await startNatsServer();
  const [taker, shipper] = [
    startChild('./log-taker.js', [...process.execArgv, ...memory.args], memory.env),
    startChild('./log-shipper.js'),
  ];
  const take = <T>(call: TakerCall) => taker.call<T>(call);
  try {
    const streams = Array.from({ length: containers }, (_, index) => `c${index}`);
    await take({ name: 'start', url: server.url, directory: own, group: GROUP, streams });
    const files = Object.fromEntries(streams.map((stream) => [stream, join(directory, `${name}-${stream}.log`)]));
    const each = LINES / containers;
    for (const [index, path] of Object.values(files).entries()) await writeLog(path, index * each, each);
    const [broker, before] = [processorSeconds(server.pid!), await take<TakerUsage>({ name: 'usage' })];
    if (isSearched) await take({ name: 'query' });
    const call: ShipperCall = { url: server.url, directory: join(directory, `${name}-cursors`), ...SCOPE, group: GROUP, files };
    const { seconds, processorSeconds: agent } = await shipper.call<ShipperResult>(call);
    const brokerAfter = processorSeconds(server.pid!);
    await take({ name: 'close' });
    const after = await take<TakerUsage>({ name: 'usage' });
    if (after.lines !== LINES) throw new Error(`${after.lines} lines of ${LINES} are kept`);
    const perLine = (used: number) => (used * 1e6) / LINES;
    const disk = readdirSync(own).reduce((sum, file) => sum + statSync(join(own, file)).size, 0);
    return {
      perSecond: LINES / seconds,
      agent: perLine(agent),
      broker: perLine(brokerAfter - broker),
      aggregator: perLine(after.processorSeconds - before.processorSeconds),
      peakMiB: after.peakMiB,
      diskShare: disk / (LINES * 150),
      queries: after.queries,
    };
  } finally {
    await Promise.all([taker.end(), shipper.end()]);
    await server.stop();
  }
}

try {
  const one = await ship('one', 1);
  const eight = await ship('eight', 8);
  const searched = await ship('searched', 8, true);
  const figures = (what: string, { perSecond, agent, broker, aggregator, peakMiB, diskShare }: Shipped) => [
    { what: `${what}: durable, lines a second`, unit: '', rounds: [perSecond], target: { atLeast: 50_000 } },
    { what: '… processor a line: agent', unit: 'µs', rounds: [agent] },
    { what: '… nats-server', unit: 'µs', rounds: [broker] },
    { what: '… log aggregator, all threads, sealing too', unit: 'µs', rounds: [aggregator] },
    { what: '… its memory at most', unit: 'MiB', rounds: [peakMiB], target: { atMost: 350 } },
    { what: '… on the disk, of the raw bytes', unit: '', rounds: [diskShare], target: { atMost: 0.4 } },
  ];
  report(`log-shipping: ${LINES.toLocaleString('en')} lines of 150 bytes, from the engine's files to the disk`, [
    ...figures('one container', one),
    ...figures('eight containers', eight),
    { what: 'eight, searched all the while: lines a second', unit: '', rounds: [searched.perSecond] },
    { what: '… queries that were answered', unit: '', rounds: [searched.queries] },
    { what: '… its memory at most', unit: 'MiB', rounds: [searched.peakMiB], target: { atMost: 350 } },
  ]);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
