/**
 * Commands per second through the writer and a real nats-server that syncs before it acknowledges, with 64 clients in the
 * writer's process. `node dist/test/bench/committer-nats.js [rounds]` (nats-server: see `test/support/nats-server.ts`).
 */
import { connect } from '@nats-io/transport-node';
import { Fold, NatsLeaseStore, openJetStreamJournal, Writer } from '#lib/journal';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { startNatsServer } from '../support/nats-server.js';
import { newToyStore, toyCommand, toyDecider, type ToyState } from '../support/toy-domain.js';
import { median, percentile } from './statistics.js';

const COMMANDS_A_ROUND = 5_000;
const CLIENTS = 64;
const TARGET_PER_SECOND = 3_000;

const server = await startNatsServer();
const connection = await connect({ servers: server.url });
const ports = { clock: systemClock, random: systemRandom, logger: silentLogger };
const journal = await openJetStreamJournal(connection, 'ecs', ports);
const fold = new Fold<ToyState>({
  name: 'ecs',
  journalId: journal.journalId,
  store: newToyStore(),
  decider: toyDecider,
  clock: systemClock,
});
let onPromoted: () => void;
const promoted = new Promise<void>((resolve) => (onPromoted = resolve));
const writer = new Writer({
  ...ports,
  journal,
  fold,
  leases: new NatsLeaseStore(connection),
  writer: 'bench',
  onPromoted: () => onPromoted(),
  onFatal: (error) => {
    throw error;
  },
});
writer.start();
await promoted;

const latenciesMs: number[] = [];
async function round(number: number): Promise<number> {
  const client = async (first: number) => {
    for (let i = first; i < COMMANDS_A_ROUND; i += CLIENTS) {
      const id = `${number}-${i}`;
      const sentMs = performance.now();
      const answer = await writer.submit(toyCommand(id, { open: id, owner: `owner-${i % 100}` }));
      latenciesMs.push(performance.now() - sentMs);
      if (!('output' in answer)) throw new Error(JSON.stringify(answer));
    }
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, (_, first) => client(first)));
  return COMMANDS_A_ROUND / ((performance.now() - beganMs) / 1_000);
}

const rounds = Number(process.argv[2] ?? 10);
await round(-1); // warm-up
latenciesMs.length = 0;
const results: number[] = [];
for (let i = 0; i < rounds; i++) results.push(await round(i));
const perSecond = median(results);
console.log(
  `committer over NATS: ${Math.round(perSecond).toLocaleString('en')} commands/s on disk (median of ${rounds}, at least ` +
    `${TARGET_PER_SECOND.toLocaleString('en')} wanted), p50 ${median(latenciesMs).toFixed(1)} ms, p99 ${percentile(latenciesMs, 99).toFixed(1)} ms with ${CLIENTS} clients`,
);
await writer.stop();
await connection.close();
await server.stop();
process.exitCode = perSecond >= TARGET_PER_SECOND ? 0 : 1;
