import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { type NatsServer, startNatsServer } from '../../../test/support/nats-server.js';
import { lossSince } from './high-water-mark.js';
import { type JetStreamJournal, openJetStreamJournal } from './jetstream-journal.js';
import { NatsMarkStore } from './nats-mark-store.js';
import { streams } from '#lib/names';
import { BEFORE_ALL, type Commit, type Revision } from './port.js';

const COMMITS = 60;

let server: NatsServer;
let connection: NatsConnection;
let commitIdAtMark: string;

const open = async (): Promise<JetStreamJournal> => {
  connection = await connect({ servers: server.url });
  return openJetStreamJournal(connection, 'ecs', { clock: systemClock, random: systemRandom, logger: silentLogger });
};

/** The file that holds the newest commits. */
function newestBlock(): string {
  const directory = join(server.storeDir, 'jetstream/$G/streams', streams.journal('ecs'), 'msgs');
  const blocks = readdirSync(directory).filter((name) => name.endsWith('.blk'));
  return join(directory, blocks.sort().at(-1)!);
}

/** As a disk does it: one bit, at this part (0 to 1) of the newest block. */
function flipBit(part: number): void {
  const bytes = readFileSync(newestBlock());
  const at = Math.floor(bytes.length * part);
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(newestBlock(), bytes);
}

function cutAt(part: number): void {
  const bytes = readFileSync(newestBlock());
  writeFileSync(newestBlock(), bytes.subarray(0, Math.floor(bytes.length * part)));
}

beforeEach(async () => {
  server = await startNatsServer();
  const journal = await open();
  for (let i = 0; i < COMMITS; i++) {
    const commit: Commit = {
      v: 1,
      journalId: journal.journalId,
      commitId: `c${i}`,
      at: '2026-11-23T12:00:00.000Z',
      writer: 'w'.repeat(500),
      transactions: [],
    };
    expect(await journal.append(commit, i as Revision)).toEqual({ outcome: 'committed', revision: i + 1 });
  }
  commitIdAtMark = `c${COMMITS - 1}`;
  const marks = new NatsMarkStore(connection);
  const mark = { journalId: journal.journalId, revision: COMMITS as Revision, commitId: commitIdAtMark };
  expect(await marks.write('ecs', mark, 0)).toBeGreaterThan(0);
  await connection.close();
});
afterEach(async () => {
  await connection.close();
  await server.stop();
});

describe('following a journal that the disk has damaged', () => {
  it.each([
    ['in the middle', 0.5],
    ['in the last commit', 0.999],
  ])(
    'ends with the revision that is missing: %s',
    async (_where, part) => {
      await server.end();
      flipBit(part);
      await server.restart();
      const journal = await open();
      let last: number = BEFORE_ALL;
      const following = (async () => {
        for await (const { revision } of journal.follow(BEFORE_ALL, new AbortController().signal)) last = revision;
      })();
      await expect(following).rejects.toThrow(/revision \d+ is missing or unreadable: restore the journal from a backup/);
      await expect(following).rejects.toMatchObject({ name: 'MissingRevisionError', revision: last + 1 });
      expect(last).toBe(part > 0.9 ? COMMITS - 1 : COMMITS / 2);
    },
    30_000,
  );
});

describe('a journal that the server has cut off after it was killed', () => {
  it.each([
    ['one bit', () => flipBit(0.5), COMMITS / 2],
    ['the tail', () => cutAt(0.5), COMMITS / 2],
    ['the last bytes', () => cutAt(0.999), COMMITS - 1],
  ])('is behind its high-water mark: %s of its newest file', async (_what, damage, left) => {
    await server.kill();
    damage();
    await server.restart();
    const journal = await open();
    expect(await journal.head()).toBe(left);
    const stored = await new NatsMarkStore(connection).read('ecs');
    const loss = await lossSince(journal, stored!.mark, systemClock);
    expect(loss?.message).toMatch('had been acknowledged and cannot be found: the journal ends at');
    expect(loss).toMatchObject({ since: left + 1, until: COMMITS });
  });

  it('is whole as far as the mark can tell when nothing was damaged', async () => {
    await server.kill();
    await server.restart();
    const journal = await open();
    const stored = await new NatsMarkStore(connection).read('ecs');
    expect(stored?.mark.commitId).toBe(commitIdAtMark);
    expect(await lossSince(journal, stored!.mark, systemClock)).toBeUndefined();
  });

  it('is marked over the record that the writer names, and over no other', async () => {
    const journal = await open();
    const marks = new NatsMarkStore(connection);
    const { mark, version } = (await marks.read('ecs'))!;
    expect(await marks.write('ecs', { ...mark, commitId: 'x' }, version + 7)).toBeUndefined();
    expect(await marks.write('ecs', { ...mark, commitId: 'x' }, version)).toBeGreaterThan(version);
    expect(await lossSince(journal, { ...mark, commitId: 'x' }, systemClock)).toMatchObject({ since: COMMITS, until: COMMITS });
  });
});
