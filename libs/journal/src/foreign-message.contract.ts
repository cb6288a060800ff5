import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { subjects } from '#lib/names';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { type NatsServer, startNatsServer } from '../../../test/support/nats-server.js';
import { openJetStreamJournal } from './jetstream-journal.js';
import type { Commit, Journal, RecordedCommit, Revision } from './port.js';
import { revisionAt } from './time-travel.js';

/** What nobody of Longshore writes: an answer of the broker, an acknowledgement, nothing, JSON of something else. */
const FOREIGN = ['{"type":"io.nats.jetstream.api.v1.account_info_response"}', '+OK', '', 'null', '[1]'];
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 12, 0, seconds)).toISOString();

describe('a message in a journal’s stream that is no commit', () => {
  let server: NatsServer;
  let connection: NatsConnection;
  let journal: Journal;
  const errors: unknown[] = [];
  const logger = { ...silentLogger, error: (...said: unknown[]) => void errors.push(said) } as typeof silentLogger;

  const open = (withLogger = silentLogger) =>
    openJetStreamJournal(connection, 'ecs', { clock: systemClock, random: systemRandom, logger: withLogger });
  const commit = (id: string, seconds: number): Commit => ({
    v: 1,
    journalId: journal.journalId,
    commitId: id,
    at: at(seconds),
    writer: 'w',
    transactions: [],
  });
  const intrude = async (texts: readonly string[]) => {
    for (const text of texts) await connection.request(subjects.journal('ecs'), text, { timeout: 2_000 });
  };
  const followed = async (after: number, count: number, from = journal): Promise<RecordedCommit[]> => {
    const aborting = new AbortController();
    const seen: RecordedCommit[] = [];
    for await (const recorded of from.follow(after as Revision, aborting.signal)) {
      seen.push(recorded);
      if (seen.length === count) break;
    }
    aborting.abort();
    return seen;
  };

  // 1 foreign · 2 first · 3–7 foreign · 8 second
  beforeAll(async () => {
    server = await startNatsServer();
    connection = await connect({ servers: server.url });
    journal = await open();
    await intrude(['+OK']);
    await journal.append(commit('first', 10), 1 as Revision);
    await intrude(FOREIGN);
    expect(await journal.append(commit('second', 20), 7 as Revision)).toEqual({ outcome: 'committed', revision: 8 });
  }, 30_000);
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  it('is passed over, keeps its place among the revisions, and changes nothing', async () => {
    const all = await followed(0, 8);
    expect(all.map(({ revision }) => Number(revision))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(all.filter(({ commit }) => commit.writer === 'w').map(({ commit }) => commit.commitId)).toEqual(['first', 'second']);
    expect(all.every(({ commit }) => commit.journalId === journal.journalId && commit.transactions.length === 0)).toBe(true);
  });

  it('is the same to everybody, wherever they begin, and has a time that only rises', async () => {
    const all = (await followed(0, 8)).map(({ commit }) => commit);
    expect((await followed(4, 4)).map(({ commit }) => commit)).toEqual(all.slice(4));
    for (const [index, known] of all.entries()) expect(await journal.read((index + 1) as Revision)).toEqual(known);
    expect(all.map(({ at: time }) => time)).toEqual([new Date(0).toISOString(), ...Array<string>(6).fill(at(10)), at(20)]);
    expect(await revisionAt(journal, Date.parse(at(15)))).toBe(7);
  });

  it('is what a writer has to expect, and no place that it may take', async () => {
    expect(await journal.head()).toBe(8);
    await intrude(['+OK']);
    expect(await journal.append(commit('third', 30), 8 as Revision)).toEqual({ outcome: 'conflict', head: 9 });
    expect(await journal.append(commit('third', 30), 9 as Revision)).toEqual({ outcome: 'committed', revision: 10 });
  });

  it('is said once', async () => {
    const loud = await open(logger);
    await followed(0, 8, loud);
    await followed(0, 8, loud);
    expect(errors).toHaveLength(6);
    expect(JSON.stringify(errors[0])).toContain('ecs:1 is no commit');
  });
});
