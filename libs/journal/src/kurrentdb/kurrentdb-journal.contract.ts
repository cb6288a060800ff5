import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as official from '@kurrent/kurrentdb-client';
import type { JournalName } from '#lib/names';
import { silentLogger, systemClock } from '#lib/platform';
import { KurrentDbDouble } from '../../../../test/support/kurrentdb/kurrentdb-double.js';
import type { StoredEvent } from '../../../../test/support/kurrentdb/stored-streams.js';
import { JournalMismatchError, MissingRevisionError } from '../errors.js';
import { MAX_COMMIT_BYTES, type Commit, type Journal, type RecordedCommit, type Revision } from '../port.js';
import { KurrentDb } from './kurrentdb-journal.js';
import { parseKurrentDbUrl } from './kurrentdb-url.js';
import type { OfficialPackage } from './official-client.js';

const STREAM = 'longshore-ecs';
const AT = '2026-11-23T12:00:00.000Z';

let lastCommit = 0;
const commitOf = (journal: Journal, bytes = 0): Commit => ({
  v: 1,
  journalId: journal.journalId,
  commitId: `commit-${++lastCommit}`,
  at: AT,
  writer: 'w'.repeat(1 + bytes),
  transactions: [],
});
const event = (type: string, data: unknown): StoredEvent => ({
  id: `00000000-0000-0000-0000-${String(++lastCommit).padStart(12, '0')}`,
  type,
  contentType: 'application/json',
  data: Buffer.from(JSON.stringify(data)),
  createdMs: 0,
});

async function followed(journal: Journal, after: number, count: number): Promise<RecordedCommit[]> {
  const aborting = new AbortController();
  const seen: RecordedCommit[] = [];
  for await (const recorded of journal.follow(after as Revision, aborting.signal)) {
    seen.push(recorded);
    if (seen.length === count) break;
  }
  aborting.abort();
  return seen;
}

describe('a journal on KurrentDB', () => {
  let server: KurrentDbDouble;
  const opened: KurrentDb[] = [];

  beforeAll(async () => {
    server = await KurrentDbDouble.start();
    await connect();
  });
  beforeEach(() => {
    server.forgetEverything();
  });
  afterAll(async () => {
    for (const db of opened) await db.close();
    server.kill();
  });

  const connect = async (appendTimeoutMs?: number): Promise<KurrentDb> => {
    const options = { clock: systemClock, logger: silentLogger, appendTimeoutMs };
    opened.push(await KurrentDb.connect(parseKurrentDbUrl(server.url), options));
    return opened.at(-1)!;
  };
  const db = () => opened[0]!;
  const create = (journalId = 'j1') => db().create('ecs', journalId);
  const append = async (journal: Journal, from: number, to: number, bytes = 0) => {
    for (let revision = from; revision <= to; revision++)
      expect(await journal.append(commitOf(journal, bytes), (revision - 1) as Revision)).toEqual({
        outcome: 'committed',
        revision,
      });
  };

  it('is reached through the official client, which is as we describe it', () => {
    // Compared when this is compiled.
    expect((official satisfies OfficialPackage).KurrentDBClient).toBeDefined();
  });

  it('is the same journal for replicas that create it at once, and is found afterwards', async () => {
    expect(await db().find('ecs')).toBeUndefined();
    const replicas = [db(), await connect(), await connect()];
    const made = await Promise.all(replicas.map((replica, at) => replica.create('ecs', `id-${at}`)));
    expect(new Set(made.map(({ journalId }) => journalId)).size).toBe(1);
    expect((await db().find('ecs'))?.journalId).toBe(made[0]!.journalId);
    expect(await db().find('scaling')).toBeUndefined();
  });

  it('is created also where appends have less time than finding the server takes', async () => {
    const hurried = await connect(1);
    expect((await hurried.create('ecs', 'j1')).journalId).toBe('j1');
  });

  it('has the revisions that the server counts', async () => {
    const journal = await create();
    await append(journal, 1, 2);
    expect(server.streams.events(STREAM)).toHaveLength(3);
    expect(await journal.head()).toBe(2);
  });

  it.each<[string, RegExp, (stored: readonly StoredEvent[]) => readonly StoredEvent[]]>([
    ['was begun by somebody else', /OrderPlaced/, () => [event('OrderPlaced', {})]],
    [
      'is another journal',
      /not the beginning/,
      () => [event('LongshoreJournal', { journalId: 'x', journal: 'scaling', format: 1 })],
    ],
    [
      'is of a later format',
      /not the beginning/,
      () => [event('LongshoreJournal', { journalId: 'x', journal: 'ecs', format: 2 })],
    ],
  ])('refuses a stream that %s, and leaves it alone', async (_what, why, change) => {
    const stream = change([]);
    server.streams.replace(STREAM, stream);
    await expect(db().find('ecs')).rejects.toThrow(JournalMismatchError);
    await expect(create()).rejects.toThrow(why);
    expect(server.streams.events(STREAM)).toEqual(stream);
  });

  it.each(['$maxCount', '$maxAge', '$tb'])('refuses a stream of which the server forgets (%s)', async (name) => {
    await create();
    server.streams.append(`$$${STREAM}`, [event('$metadata', { [name]: 5 })], 'any');
    await expect(db().find('ecs')).rejects.toThrow(name);
  });

  it('is refused where it was deleted, and never begun anew', async () => {
    server.streams.append(`$$${STREAM}`, [event('$metadata', { $tb: 9 })], 'any');
    await expect(db().find('ecs')).rejects.toThrow(/deleted/);
  });

  it('passes over what is no commit, and gives it the time of the commit before it', async () => {
    const journal = await create();
    await append(journal, 1, 1);
    server.streams.append(STREAM, [event('OrderPlaced', { price: 1 })], 'any');
    expect(await journal.append(commitOf(journal), 1 as Revision)).toEqual({ outcome: 'conflict', head: 2 });
    await append(journal, 3, 3);
    const all = await followed(journal, 0, 3);
    expect(all.map(({ revision }) => Number(revision))).toEqual([1, 2, 3]);
    expect(all[1]!.commit).toEqual({ v: 1, journalId: 'j1', commitId: 'foreign-2', at: AT, writer: 'nobody', transactions: [] });
    expect(await journal.read(2 as Revision)).toEqual(all[1]!.commit);
  });

  it('takes the largest commit, and replays many of them', async () => {
    const journal = await create();
    await append(journal, 1, 40, MAX_COMMIT_BYTES - 1_000);
    expect((await followed(journal, 0, 40)).map(({ revision }) => Number(revision)).at(-1)).toBe(40);
  });

  it('ends, and does not go round, where the server never takes a commit of that size', async () => {
    const journal = await create();
    server.streams.maxAppendBytes = 1_000;
    await expect(journal.append(commitOf(journal, 2_000), 0 as Revision)).rejects.toThrow(/MaxAppendSize 1000/);
    expect(await journal.head()).toBe(0);
  });

  it('ends where its stream was deleted for ever', async () => {
    const journal = await create();
    await append(journal, 1, 2);
    const following = followed(journal, 0, 3);
    server.streams.tombstone(STREAM);
    await expect(following).rejects.toThrow(JournalMismatchError);
    await expect(journal.head()).rejects.toThrow(JournalMismatchError);
    await expect(journal.append(commitOf(journal), 2 as Revision)).rejects.toThrow(JournalMismatchError);
  });

  it('ends following when the stream is no longer the journal that was opened', async () => {
    const journal = await create();
    await append(journal, 1, 2);
    const header = (journalId: string) =>
      event('LongshoreJournal', { journalId, journal: 'ecs' satisfies JournalName, format: 1 });
    const other = { ...commitOf(journal), journalId: 'j2' };
    server.streams.replace(STREAM, [header('j2'), event('LongshoreCommit', other), event('LongshoreCommit', other)]);
    await expect(followed(journal, 2, 1)).rejects.toThrow(/holds journal j2/);
    server.streams.replace(STREAM, [header('j2')]);
    await expect(journal.head()).rejects.toThrow(/holds journal j2/);
  });

  it('ends following when commits that were read have gone', async () => {
    const journal = await create();
    await append(journal, 1, 3);
    server.streams.replace(STREAM, server.streams.events(STREAM)!.slice(0, 3));
    await expect(followed(journal, 3, 1)).rejects.toThrow(/ends at revision 2/);
  });

  it('finds out what a subscription keeps to itself', async () => {
    const journal = await create();
    server.isDeaf = true;
    const following = followed(journal, 0, 2);
    await append(journal, 1, 1);
    // Until this session is given up for its silence, and another one begins.
    let sessions = 0;
    await new Promise<void>((resolve) => (server.onSubscription = () => ++sessions === 2 && resolve()));
    server.isDeaf = false;
    await append(journal, 2, 2);
    expect((await following).map(({ revision }) => Number(revision))).toEqual([1, 2]);
  }, 20_000);

  it('names a revision that is counted and cannot be read', async () => {
    const journal = await create();
    await append(journal, 1, 3);
    server.streams.hide(STREAM, 2);
    await expect(followed(journal, 0, 3)).rejects.toThrow(MissingRevisionError);
  });

  it('cannot tell while nobody answers, and goes on afterwards', async () => {
    const journal = await create();
    await append(journal, 1, 1);
    server.kill();
    expect(await journal.append(commitOf(journal), 1 as Revision)).toMatchObject({ outcome: 'unknown' });
    await expect(journal.head()).rejects.toThrow();
    await server.restart();
    const again = commitOf(journal);
    while ((await journal.append(again, 1 as Revision)).outcome === 'unknown') continue;
    expect((await journal.read(2 as Revision))?.commitId).toBe(again.commitId);
  }, 20_000);
});
