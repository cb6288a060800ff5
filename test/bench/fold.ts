/**
 * Events per second folded from JSON, at 20 events a commit, into an empty state and into one with 100,000 rows (decoding,
 * evolving with indexes, recent commands). `node dist/test/bench/fold.js [rounds]`.
 */
import { type Commit, Fold, type Revision } from '#lib/journal';
import { systemClock } from '#lib/platform';
import { newToyStore, toyDecider, type ToyState } from '../support/toy-domain.js';
import { median } from './statistics.js';

const COMMITS = 5_000;
const EVENTS_A_COMMIT = 20;
const TARGET_PER_SECOND = 100_000;

function journal(rows: number): string[] {
  return Array.from({ length: COMMITS }, (_, i) => {
    const commit: Commit = {
      v: 1,
      journalId: 'bench',
      commitId: `commit-${i}`,
      at: new Date(1_760_000_000_000 + i).toISOString(),
      writer: 'bench',
      transactions: Array.from({ length: EVENTS_A_COMMIT }, (_unused, j) => ({
        commandId: `command-${i}-${j}`,
        actor: 'gateway',
        principal: 'arn:aws:iam::000000000001:root',
        accountId: '000000000001',
        region: 'here',
        requestId: `request-${i}-${j}`,
        operation: 'RunTask',
        events: [
          j % 4 === 0
            ? { type: 'AccountOpened', v: 1, data: { name: `new-${i}-${j}`, owner: `owner-${j}` } }
            : { type: 'MoneyMoved', v: 1, data: { name: `row-${(i * 7919 + j) % rows}`, amount: 1 } },
        ],
      })),
    };
    return JSON.stringify(commit);
  });
}

function round(commits: readonly string[], rows: number): number {
  const fold = new Fold<ToyState>({
    name: 'ecs',
    journalId: 'bench',
    store: newToyStore(),
    decider: toyDecider,
    clock: systemClock,
  });
  for (let i = 0; i < rows; i++) fold.state.accounts.put(`row-${i}`, { balance: 0, owner: `owner-${i % 1_000}` });
  const beganMs = performance.now();
  commits.forEach((json, i) => fold.apply(JSON.parse(json) as Commit, (i + 1) as Revision));
  return (COMMITS * EVENTS_A_COMMIT) / ((performance.now() - beganMs) / 1_000);
}

const rounds = Number(process.argv[2] ?? 10);
let isEnough = true;
const sizes = [1_000, 100_000].map((rows) => ({ rows, commits: journal(rows), perSecond: [] as number[] }));
for (const { commits, rows } of sizes) round(commits, rows); // warm-up
for (let i = 0; i < rounds; i++) for (const size of sizes) size.perSecond.push(round(size.commits, size.rows));
for (const { rows, perSecond } of sizes) {
  const result = median(perSecond);
  isEnough &&= result >= TARGET_PER_SECOND;
  console.log(
    `fold: ${Math.round(result).toLocaleString('en')} events/s over ${rows.toLocaleString('en')} rows ` +
      `(median of ${rounds}, at least ${TARGET_PER_SECOND.toLocaleString('en')} wanted)`,
  );
}
process.exitCode = isEnough ? 0 : 1;
