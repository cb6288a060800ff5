import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { type NatsServer, startNatsServer } from '../../../test/support/nats-server.js';
import { type JetStreamJournal, openJetStreamJournal } from './jetstream-journal.js';
import { streams } from './nats-names.js';
import { BEFORE_ALL, type Commit, type Revision } from './port.js';

const COMMITS = 60;

let server: NatsServer;
let connection: NatsConnection;

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
  await connection.close();
  await server.end();
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
