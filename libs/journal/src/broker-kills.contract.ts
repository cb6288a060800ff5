import { describe, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { startNatsServer } from '../../../test/support/nats-server.js';
import { newToyStore, toyCommand, toyDecider, type ToyState } from '../../../test/support/toy-domain.js';
import { digestOf } from './digest.js';
import { Fold } from './fold.js';
import { openJetStreamJournal } from './jetstream-journal.js';
import { NatsLeaseStore } from './nats-lease-store.js';
import type { Revision } from './port.js';
import { Writer } from './writer.js';

const KILLS = 20;
const CLIENTS = 16;
const ACKNOWLEDGED_BETWEEN_KILLS = 100;

/** Everything of one replica, on a connection of its own. */
async function startReplica(url: string, name: string) {
  const connection = await connect({ servers: url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
  const ports = { clock: systemClock, random: systemRandom, logger: silentLogger };
  const journal = await openJetStreamJournal(connection, 'ecs', { ...ports, appendTimeoutMs: 300 });
  const fold = new Fold<ToyState>({
    name: 'ecs',
    journalId: journal.journalId,
    store: newToyStore(),
    decider: toyDecider,
    clock: systemClock,
  });
  const fatal: unknown[] = [];
  const writer = new Writer({
    ...ports,
    journal,
    fold,
    leases: new NatsLeaseStore(connection),
    writer: name,
    onFatal: (error) => void fatal.push(error),
  });
  writer.start();
  return { connection, journal, fold, writer, fatal };
}

describe('a broker killed under load', () => {
  it(`loses no acknowledged commit and doubles none (${KILLS} times)`, async () => {
    const server = await startNatsServer();
    const replicas = [await startReplica(server.url, 'a'), await startReplica(server.url, 'b')];
    const acknowledged = new Map<string, Revision>();
    let isLoaded = true;
    let reached: (() => void) | undefined;

    /** One command after another, each retried with its id until it is answered, at whichever replica. */
    const client = async (number: number) => {
      for (let i = 0; isLoaded; i++) {
        const command = toyCommand(`${number}-${i}`, { open: `account-${number}-${i}`, owner: `client-${number}` });
        for (let isDone = false; !isDone;) {
          const leader = replicas.find(({ writer }) => writer.epoch !== undefined) ?? replicas[0]!;
          const answer = await leader.writer.submit(command, { timeoutMs: 3_000 });
          isDone = 'output' in answer;
          if ('output' in answer) acknowledged.set(command.id, answer.revision);
          else if ('rejection' in answer) throw new Error(`refused: ${answer.rejection.message}`);
          else await systemClock.sleep(5);
        }
        reached?.();
      }
    };
    const clients = Array.from({ length: CLIENTS }, (_, number) => client(number));
    const failed = Promise.all(clients);

    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const wanted = acknowledged.size + ACKNOWLEDGED_BETWEEN_KILLS;
        while (acknowledged.size < wanted) await Promise.race([failed, new Promise<void>((resolve) => (reached = resolve))]);
        await server.kill();
        await server.restart();
      }
      isLoaded = false;
      await failed;

      const head = await replicas[0]!.journal.head();
      for (const { fold } of replicas) expect(await fold.waitFor(head, 10_000)).toBe(true);
      const stored = new Map<string, Revision>();
      for (let revision = 1; revision <= head; revision++)
        for (const { commandId } of (await replicas[0]!.journal.read(revision as Revision))!.transactions) {
          expect(stored.has(commandId)).toBe(false);
          stored.set(commandId, revision as Revision);
        }
      expect(stored).toEqual(acknowledged);
      expect(digestOf(replicas[0]!.fold.store)).toBe(digestOf(replicas[1]!.fold.store));
      expect(replicas.flatMap(({ fatal }) => fatal)).toEqual([]);
    } finally {
      for (const { writer, connection } of replicas) {
        await writer.stop();
        await connection.close();
      }
      await server.stop();
    }
  }, 120_000);
});
