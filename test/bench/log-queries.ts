/**
 * What is found in a day of many lines, and how soon: 2 million of 150 bytes, or `LONGSHORE_BENCH_LINES` (10 million are 1.5 GB of text and a few minutes).
 * Baselines: ripgrep over the same lines as one flat file, where there is one on PATH, and FTS5 with an entry a line, of the first tenth of them.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DAY_MS, type Scan } from '../../apps/log-aggregator/src/store/log-store.js';
import { SqliteLogStore } from '../../apps/log-aggregator/src/store/sqlite/sqlite-log-store.js';
import { type Figure, interleaved, report } from './figures.js';
import { benchLine, RARE_PHRASE } from './log-lines.js';

const LINES = Number(process.env.LONGSHORE_BENCH_LINES ?? 2_000_000);
const BATCH = 1_000;
const UNDER_WAY = 8;
const STREAMS = 200;
const ROUNDS = 5;
const GROUP = { id: 'bench', partition: 0 };
const BEGAN = Date.UTC(2026, 10, 23);
const STEP_MS = (DAY_MS - 1_000) / LINES;
const HOUR_MS = 3_600_000;

const directory = mkdtempSync(join(tmpdir(), 'longshore-bench-queries-'));
const [lines, flatFile, perLineFile] = ['lines', 'flat.log', 'per-line.sqlite'].map((name) => join(directory, name)) as [
  string,
  string,
  string,
];
const script = new URL('../../apps/log-aggregator/src/store/sqlite/store-thread.js', import.meta.url);
const fail = (what: unknown) => {
  throw what;
};
// As if the day were over: all of it is sealed.
const open = () =>
  new SqliteLogStore({ directory: lines, script, nowMs: Date.now, onDamaged: fail, onTrouble: fail, onFatal: fail });

function perLine() {
  const database = new DatabaseSync(perLineFile);
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE VIRTUAL TABLE f USING fts5 (t, content='', columnsize=0)",
  );
  const insert = database.prepare('INSERT INTO f (rowid, t) VALUES (?, ?)');
  return {
    database,
    add(batch: readonly { readonly n: number; readonly message: string }[]) {
      database.exec('BEGIN');
      for (const { n, message } of batch) insert.run(n + 1, message);
      database.exec('COMMIT');
    },
  };
}

const store = open();
const flat = openSync(flatFile, 'w');
const fts = perLine();
let rawBytes = 0;
let storeMs = 0;
for (let at = 0; at < LINES; at += BATCH * UNDER_WAY) {
  const batches = Array.from({ length: UNDER_WAY }, (_, index) =>
    Array.from({ length: BATCH }, (_unused, i) => {
      const n = at + index * BATCH + i;
      return { n, timestamp: BEGAN + Math.floor(n * STEP_MS), message: benchLine(n) };
    }),
  );
  const beganMs = performance.now();
  await Promise.all(
    batches.map((events, index) => {
      const stream = `s${(at / BATCH + index) % STREAMS}`;
      const source = { container: stream, from: events[0]!.n, to: events.at(-1)!.n, skips: true };
      return store.append({ group: GROUP, stream, ingestedAt: events[0]!.timestamp, events, source });
    }),
  );
  storeMs += performance.now() - beganMs;
  for (const events of batches) {
    const text = Buffer.from(events.map(({ message }) => `${message}\n`).join(''));
    rawBytes += text.length;
    writeSync(flat, text);
    if (events[0]!.n < LINES / 10) fts.add(events);
  }
}
await store.close();
closeSync(flat);
const sizeOf = (path: string) => statSync(path).size;
const disk = readdirSync(lines).reduce((sum, name) => sum + sizeOf(join(lines, name)), 0);
fts.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
const perLineShare = (sizeOf(perLineFile) * 10) / rawBytes;

const reading = open();
const range = { group: GROUP, from: BEGAN, to: BEGAN + DAY_MS };
const scan = (more: Partial<Scan>) =>
  reading.scan({ ...range, backward: true, limit: 50, maxBytes: 1_000_000, budgetBytes: 1e12, ...more });
const count = (pattern: string | undefined, more: object = {}) =>
  reading.count({ ...range, binMs: DAY_MS, budgetBytes: 1e12, ...(pattern === undefined ? {} : { pattern }), ...more });
const ms = async (work: () => unknown) => {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
};
const hasRipgrep = (() => {
  try {
    return execFileSync('rg', ['--version']).length > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
})();
const ripgrep = (text: string) => ms(() => execFileSync('rg', ['--count', '--fixed-strings', text, flatFile]));
const ofLine = (match: string, sql: string) => () => ms(() => fts.database.prepare(sql).all(match));
const [NEWEST, COUNT] = [
  'SELECT rowid FROM f WHERE f MATCH ? ORDER BY rowid DESC LIMIT 50',
  'SELECT count(*) FROM f WHERE f MATCH ?',
];

const noon = { from: BEGAN + DAY_MS / 2, to: BEGAN + DAY_MS / 2 + HOUR_MS };
const contestants = {
  rare: () => ms(() => scan({ pattern: 'zebra' })),
  phrase: () => ms(() => scan({ pattern: '"connection reset"' })),
  rarePhrase: () => ms(() => scan({ pattern: `"${RARE_PHRASE}"` })),
  hour: () => ms(() => count('timeout', { ...noon, binMs: 60_000 })),
  total: () => ms(() => count('timeout')),
  totalPhrase: () => ms(() => count('"connection reset"')),
  everything: () => ms(() => count(undefined)),
  page: () => ms(() => scan({ streams: ['s7'], backward: false, limit: 1_000, from: BEGAN + DAY_MS / 3 })),
  lineRare: ofLine('zebra', NEWEST),
  linePhrase: ofLine('"connection reset"', NEWEST),
  lineRarePhrase: ofLine(`"${RARE_PHRASE}"`, NEWEST),
  lineTotal: ofLine('timeout', COUNT),
  lineTotalPhrase: ofLine('"connection reset"', COUNT),
  ...(hasRipgrep
    ? {
        rgRare: () => ripgrep('zebra'),
        rgPhrase: () => ripgrep('connection reset'),
        rgRarePhrase: () => ripgrep(RARE_PHRASE),
        rgTotal: () => ripgrep('timeout'),
      }
    : {}),
};
for (const [pattern, step] of [
  ['zebra', 100_003],
  [`"${RARE_PHRASE}"`, 1_250_003],
] as const) {
  const found = (await scan({ pattern })).events.length;
  const planted = Math.min(50, Math.ceil((LINES - 18) / step));
  if (found !== planted) throw new Error(`${found} lines of ${planted} have ${pattern}`);
}
const times: Record<string, number[]> = await interleaved(
  ROUNDS,
  contestants as typeof contestants & Record<string, () => Promise<number>>,
);
await reading.close();
fts.database.close();
rmSync(directory, { recursive: true });

const figure = (what: string, key: string, atMost: number, baseline: readonly [what: string, key: string]): Figure[] => {
  const rounds = times[baseline[1]];
  return [
    { what, unit: 'ms', rounds: times[key]!, target: { atMost }, ...(rounds ? { baseline: { what: baseline[0], rounds } } : {}) },
  ];
};
const beside = (what: string, key: string): Figure[] => [{ what: `… ${what}`, unit: 'ms', rounds: times[key]! }];
const PER_LINE = 'an entry a line, a tenth of the lines';
report(`log-queries: ${LINES.toLocaleString('en')} lines of ${(rawBytes / LINES - 1).toFixed(0)} bytes of one day`, [
  { what: 'taken and sealed, lines a second', unit: '', rounds: [LINES / (storeMs / 1_000)], target: { atLeast: 40_000 } },
  {
    what: 'on the disk, of the raw bytes',
    unit: '',
    rounds: [disk / rawBytes],
    target: { atMost: 0.4 },
    baseline: { what: `${PER_LINE}, index alone`, rounds: [perLineShare] },
  },
  ...figure('a rare word', 'rare', 50, ['ripgrep', 'rgRare']),
  ...beside(PER_LINE, 'lineRare'),
  ...figure('the last 50 of a common phrase', 'phrase', 50, ['ripgrep, all of them', 'rgPhrase']),
  ...beside(PER_LINE, 'linePhrase'),
  ...figure('a rare phrase of common words', 'rarePhrase', 50, ['ripgrep', 'rgRarePhrase']),
  ...beside(PER_LINE, 'lineRarePhrase'),
  ...figure('a word a minute, in an hour', 'hour', 200, ['ripgrep', '']),
  ...figure('a word in all of them, counted', 'total', 2_000, ['ripgrep', 'rgTotal']),
  ...beside(PER_LINE, 'lineTotal'),
  ...figure('a phrase in all of them, counted', 'totalPhrase', 2_000, ['ripgrep', 'rgPhrase']),
  ...beside(PER_LINE, 'lineTotalPhrase'),
  ...figure('all of them, counted', 'everything', 300, ['ripgrep', '']),
  ...figure('a page of 1,000 of a stream', 'page', 20, ['ripgrep', '']),
]);
