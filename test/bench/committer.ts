/**
 * Commands per second through the committer, in process, with the journal in memory: what deciding, evolving on a draft,
 * checking, encoding and answering cost together. `node dist/test/bench/committer.js [rounds]`.
 */
import { Committer, Fold, MemoryJournal, MemoryJournalServer, type Revision } from '#lib/journal';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { newToyStore, toyCommand, toyDecider, type ToyState } from '../support/toy-domain.js';
import { median, percentile } from './statistics.js';

const COMMANDS = 30_000;
/** Commands under way at once: what the committer can gather while an append is in flight. */
const CLIENTS = 256;
const TARGET_PER_SECOND = 30_000;

async function round(rows: number): Promise<{ perSecond: number; p99Ms: number; perCommit: number }> {
  const server = new MemoryJournalServer('ecs', 'bench');
  const fold = new Fold<ToyState>({
    name: 'ecs',
    journalId: 'bench',
    store: newToyStore(),
    decider: toyDecider,
    clock: systemClock,
  });
  for (let i = 0; i < rows; i++) fold.state.accounts.put(`row-${i}`, { balance: 1_000, owner: `owner-${i % 1_000}` });
  const committer = new Committer({
    journal: new MemoryJournal(server, { clock: systemClock }),
    fold,
    writer: 'bench',
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    holdsCertainly: () => true,
    onStepDown: (reason) => {
      throw new Error(reason);
    },
    onFatal: (error) => {
      throw error;
    },
  });
  committer.open();

  const latenciesMs: number[] = [];
  const client = async (number: number) => {
    for (let i = number; i < COMMANDS; i += CLIENTS) {
      const input = i % 2 === 0 ? { open: `account-${i}`, owner: `owner-${i % 1_000}` } : { move: `row-${i % rows}`, amount: 1 };
      const sentMs = performance.now();
      const answer = await committer.submit(toyCommand(`command-${i}`, input), { timeoutMs: 5_000 });
      latenciesMs.push(performance.now() - sentMs);
      if (!('output' in answer)) throw new Error(JSON.stringify(answer));
    }
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  const seconds = (performance.now() - beganMs) / 1_000;
  if (fold.recent.size !== COMMANDS || server.at(server.head as Revision) === undefined) throw new Error('commands are missing');
  return { perSecond: COMMANDS / seconds, p99Ms: percentile(latenciesMs, 99), perCommit: COMMANDS / server.head };
}

const rounds = Number(process.argv[2] ?? 10);
await round(1_000); // warm-up
const results = [];
for (let i = 0; i < rounds; i++) results.push(await round(10_000));
const perSecond = median(results.map((result) => result.perSecond));
console.log(
  `committer: ${Math.round(perSecond).toLocaleString('en')} commands/s (median of ${rounds}, at least ${TARGET_PER_SECOND.toLocaleString('en')} wanted), ` +
    `p99 ${median(results.map((result) => result.p99Ms)).toFixed(1)} ms with ${CLIENTS} clients, ${median(results.map((result) => result.perCommit)).toFixed(0)} commands a commit`,
);
process.exitCode = perSecond >= TARGET_PER_SECOND ? 0 : 1;
