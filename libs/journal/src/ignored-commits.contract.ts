import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Transaction } from '#lib/kernel';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { type NatsServer, startNatsServer } from '../../../test/support/nats-server.js';
import { subjects } from '#lib/names';
import { openJetStreamJournal } from './jetstream-journal.js';
import type { Commit, Ignores, Journal, RecordedCommit, Revision } from './port.js';

const transaction = (commandId: string, ...types: string[]): Transaction => ({
  commandId,
  actor: 'a',
  principal: 'p',
  accountId: '0',
  region: 'r',
  requestId: commandId,
  operation: 'o',
  events: types.map((type) => ({ type, v: 1, data: { text: '"transactions":[' } })),
});

describe('a follower that ignores events', () => {
  let server: NatsServer;
  let connection: NatsConnection;
  let journal: Journal;
  const commit = (commitId: string, ...transactions: Transaction[]): Commit => ({
    v: 1,
    journalId: journal.journalId,
    commitId,
    at: new Date(Date.UTC(2026, 10, 23, 12)).toISOString(),
    writer: 'w',
    transactions,
  });
  const ignores: Ignores = ({ type, v }) => type === 'Ignored' && v === 1;
  const followed = async (count: number): Promise<RecordedCommit[]> => {
    const aborting = new AbortController();
    const seen: RecordedCommit[] = [];
    for await (const recorded of journal.follow(0 as Revision, aborting.signal, ignores)) {
      seen.push(recorded);
      if (seen.length === count) break;
    }
    aborting.abort();
    return seen;
  };

  beforeAll(async () => {
    server = await startNatsServer();
    connection = await connect({ servers: server.url });
    journal = await openJetStreamJournal(connection, 'ecs', {
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });
  }, 30_000);
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  it('gets every revision, and of commits without others only what is around them', async () => {
    const wanted = transaction('3', 'Ignored', 'Wanted');
    await journal.append(commit('ignored', transaction('1', 'Ignored'), transaction('2', 'Ignored', 'Ignored')), 0 as Revision);
    await journal.append(commit('wanted', transaction('4', 'Ignored'), wanted), 1 as Revision);
    await journal.append(commit('barrier'), 2 as Revision);
    // What an earlier version wrote says nothing of its events.
    const older = commit('older', transaction('5', 'Ignored'));
    await connection.request(subjects.journal('ecs'), JSON.stringify(older), { timeout: 2_000 });
    const seen = await followed(4);
    expect(seen.map(({ revision }) => revision)).toEqual([1, 2, 3, 4]);
    expect(seen.map((recorded) => recorded.commit)).toEqual([
      commit('ignored'),
      commit('wanted', transaction('4', 'Ignored'), wanted),
      commit('barrier'),
      older,
    ]);
  });
});
