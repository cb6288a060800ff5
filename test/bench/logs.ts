/**
 * The store of lines alone, with two threads beside this one: how many 150-byte lines a second are durable and how many are sealed and indexed,
 * how long an acknowledgement takes at a steady 50,000 lines a second, what a million lines take on the disk, and how long it takes to find some
 * of them. Baseline of the searches: the same bytes as one flat text, looked through with `Buffer.indexOf`.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY_MS, type Scan } from '../../apps/log-aggregator/src/store/log-store.js';
import { SqliteLogStore } from '../../apps/log-aggregator/src/store/sqlite/sqlite-log-store.js';
import { type Figure, interleaved, report } from './figures.js';
import { benchLine } from './log-lines.js';
import { median } from './statistics.js';

const LINES = 1_000_000;
const BATCH = 1_000;
const STREAMS = 20;
const GROUP = { id: 'bench', partition: 0 };
const ROUNDS = 5;
const BEGAN = Date.UTC(2026, 10, 23);
/** So that all of it is of one day. */
const STEP_MS = (DAY_MS - 1_000) / LINES;

const directory = mkdtempSync(join(tmpdir(), 'longshore-bench-lines-'));
const script = new URL('../../apps/log-aggregator/src/store/sqlite/store-thread.js', import.meta.url);
const fail = (what: unknown) => {
  throw what;
};
const open = () =>
  new SqliteLogStore({ directory, script, nowMs: () => BEGAN + DAY_MS / 2, onDamaged: fail, onTrouble: fail, onFatal: fail });
const store = open();

const batches = Array.from({ length: LINES / BATCH }, (_, batch) =>
  Array.from({ length: BATCH }, (_unused, index) => {
    const n = batch * BATCH + index;
    return { n, timestamp: BEGAN + Math.floor(n * STEP_MS), message: benchLine(n) };
  }),
);
const rawBytes = batches.reduce((sum, batch) => sum + batch.reduce((bytes, { message }) => bytes + message.length, 0), 0);

async function take(batch: number): Promise<number> {
  const began = performance.now();
  const events = batches[batch]!;
  const source = { container: `c${batch % STREAMS}`, from: events[0]!.n, to: events.at(-1)!.n, skips: true };
  await store.append({ group: GROUP, stream: `s${batch % STREAMS}`, ingestedAt: events[0]!.timestamp, events, source });
  return performance.now() - began;
}

// The first half as fast as it goes, eight batches under way.
const half = batches.length / 2;
let [nextBatch, durableMs] = [0, performance.now()];
await Promise.all(
  Array.from({ length: 8 }, async () => {
    while (nextBatch < half) await take(nextBatch++);
  }),
);
durableMs = performance.now() - durableMs;
// The second at 50,000 lines a second.
const acknowledged: number[] = [];
const underWay: Promise<void>[] = [];
const pacedFrom = performance.now();
for (let batch = half; batch < batches.length; batch++) {
  const dueMs = pacedFrom + ((batch - half) * BATCH) / 50;
  while (performance.now() < dueMs) await new Promise((resolve) => setTimeout(resolve, 1));
  underWay.push(take(batch).then((ms) => void acknowledged.push(ms)));
}
await Promise.all(underWay);
acknowledged.sort((a, b) => a - b);
const peakMiB = process.resourceUsage().maxRSS / 1024;
// Sealed and indexed: until nothing waits any more.
await store.close();
const bytesOnDisk = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);

const reading = open();
const scan = (more: Partial<Scan>) =>
  reading.scan({
    group: GROUP,
    from: BEGAN,
    to: BEGAN + DAY_MS,
    backward: true,
    limit: 50,
    maxBytes: 1_000_000,
    budgetBytes: 1e10,
    ...more,
  });
const took = async (work: () => Promise<unknown>) => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const flat = Buffer.from(batches.flatMap((batch) => batch.map(({ message }) => message)).join('\n'));
const flatSearch = (text: string) => () => {
  const began = performance.now();
  for (let at = flat.indexOf(text); at >= 0; at = flat.indexOf(text, at + 1)) continue;
  return performance.now() - began;
};
const found = (await scan({ pattern: 'zebra' })).events.length;
if (found !== 10) throw new Error(`${found} zebras of 10`);
const times = await interleaved(ROUNDS, {
  rare: () => took(() => scan({ pattern: 'zebra' })),
  rareFlat: flatSearch('zebra'),
  phrase: () => took(() => scan({ pattern: '"connection reset"' })),
  phraseFlat: flatSearch('connection reset'),
  absent: () => took(() => scan({ pattern: 'giraffe' })),
  json: () => took(() => scan({ pattern: '{ $.ms > 890 && $.svc = "payment" }' })),
  page: () => took(() => scan({ streams: ['s7'], backward: false, limit: 1_000, from: BEGAN + DAY_MS / 3 })),
  tail: () => took(() => scan({ streams: ['s7'], limit: 1_000 })),
});
await reading.close();
rmSync(directory, { recursive: true });

const at = (share: number) => acknowledged[Math.floor(acknowledged.length * share)]!;
const ms = (what: string, rounds: readonly number[], atMost: number, flatRounds?: readonly number[]): Figure => ({
  what,
  unit: 'ms',
  rounds,
  target: { atMost },
  ...(flatRounds ? { baseline: { what: 'indexOf over flat text', rounds: flatRounds } } : {}),
});
report(`logs: ${LINES.toLocaleString('en')} lines of ${(rawBytes / LINES).toFixed(0)} bytes, the store alone`, [
  {
    what: 'durable, sealing beside it, lines a second',
    unit: '',
    rounds: [(half * BATCH) / (durableMs / 1_000)],
    target: { atLeast: 50_000 },
  },
  ms('acknowledged at 50,000 lines a second, half of them', [median(acknowledged)], 60),
  ms('… all but one in a hundred', [at(0.99)], 60),
  { what: 'peak of the process, with these lines in it', unit: 'MiB', rounds: [peakMiB] },
  { what: 'on the disk, of the raw bytes', unit: '', rounds: [bytesOnDisk / rawBytes], target: { atMost: 0.4 } },
  ms('a rare word', times.rare, 50, times.rareFlat),
  ms('the last 50 of a common phrase', times.phrase, 50, times.phraseFlat),
  ms('a word that is not there', times.absent, 50),
  ms('the last 50 of a JSON pattern', times.json, 50),
  ms('a page of 1,000 of a stream', times.page, 20),
  ms('the last 1,000 of a stream', times.tail, 20),
]);
