import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Commit, JetStreamStreams, type Revision } from '#lib/journal';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { KurrentDbDouble } from '../../../../test/support/kurrentdb/kurrentdb-double.js';
import { findNatsServer } from '../../../../test/support/nats-server.js';
import { layoutOf, type Layout } from '../host/layout.js';
import { JOURNAL_VARIABLE } from '../host/journal-place.js';
import { acquireLock, releaseLock } from '../supervise/lock.js';
import { type LoneBroker, withLoneBroker } from '../supervise/lone-broker.js';
import { UserFault } from '../terminal/fault.js';
import { copyJournals, type CopyPlaces } from './journal-copy.js';

const root = join(import.meta.dirname, '../../../..');
const recorded = (file: string) => JSON.parse(readFileSync(join(root, 'test/recorded', file), 'utf8')) as unknown;
const NAME = '2026-11-28-service.journal.json';
const COMMITS = recorded(NAME) as Commit[];
const DIGEST = (recorded('digests.json') as Record<string, string>)[NAME];

/** A real broker of an installation's own, with its users; the double of a KurrentDB. */
describe('journal copy', () => {
  const directories: string[] = [];
  const before = { [JOURNAL_VARIABLE]: process.env[JOURNAL_VARIABLE], LONGSHORE_NATS_SERVER: process.env.LONGSHORE_NATS_SERVER };
  const printed: string[] = [];
  let server: KurrentDbDouble;
  let nats: Layout;

  const installation = (): Layout => {
    directories.push(mkdtempSync(join(tmpdir(), 'longshore-copy-')));
    return layoutOf(root, directories.at(-1));
  };
  const streamsOf = async (broker: LoneBroker) =>
    JetStreamStreams.open(await broker.connect('state-store'), {
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });
  const copy = async (layout: Layout, from: CopyPlaces['from'], to: CopyPlaces['to']) => {
    printed.length = 0;
    return copyJournals(layout, { from, to });
  };
  const stored = () => server.streams.events('longshore-ecs')!.slice(1);

  beforeAll(async () => {
    server = await KurrentDbDouble.start();
    process.env[JOURNAL_VARIABLE] = server.url;
    process.env.LONGSHORE_NATS_SERVER = findNatsServer();
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    nats = installation();
    await withLoneBroker(nats, async (broker) => {
      const journal = await (await streamsOf(broker)).create('ecs', 'world');
      for (const [at, commit] of COMMITS.entries()) await journal.append(commit, at as Revision);
    });
  }, 30_000);
  afterAll(() => {
    jest.restoreAllMocks();
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    server.kill();
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  it('brings the journal from NATS into KurrentDB, and shows that both mean the same state', async () => {
    expect(await copy(nats, 'nats', 'kurrentdb')).toBe(0);
    expect(stored().map(({ data }) => JSON.parse(Buffer.from(data).toString()) as unknown)).toEqual(COMMITS);
    const text = printed.join('');
    expect(text).toContain(`ecs: ${COMMITS.length} commits copied.`);
    expect(text).toContain(`NATS: ${COMMITS.length} commits, digest of the state ${DIGEST}`);
    expect(text).toContain(`/longshore: ${COMMITS.length} commits, digest of the state ${DIGEST}`);
  }, 30_000);

  it('has nothing to do a second time', async () => {
    expect(await copy(nats, 'nats', 'kurrentdb')).toBe(0);
    expect(printed.join('')).toContain('ecs: 0 commits copied.');
    expect(stored()).toHaveLength(COMMITS.length);
  }, 30_000);

  it('brings it back, also to an installation that has none, whose owner may write it then', async () => {
    const fresh = installation();
    await withLoneBroker(fresh, async (broker) => {
      // What a relay looks like that was interrupted.
      const journal = await (await streamsOf(broker)).create('ecs', 'world', COMMITS.length as Revision);
      await journal.append(COMMITS[0]!, 0 as Revision);
    });
    expect(await copy(fresh, 'kurrentdb', 'nats')).toBe(0);
    expect(printed.join('')).toContain(`NATS: ${COMMITS.length} commits, digest of the state ${DIGEST}`);
    await withLoneBroker(fresh, async (broker) => {
      const journal = (await (await streamsOf(broker)).find('ecs'))!;
      expect(await journal.head()).toBe(COMMITS.length);
      expect(journal.relaysUpTo).toBeUndefined();
    });
  }, 30_000);

  it('refuses a target that holds something else, and leaves it alone', async () => {
    const other = installation();
    await withLoneBroker(other, async (broker) => {
      const journal = await (await streamsOf(broker)).create('ecs', 'world');
      await journal.append({ ...COMMITS[0]!, commitId: 'other' }, 0 as Revision);
    });
    await expect(copy(other, 'kurrentdb', 'nats')).rejects.toThrow(/different commits at revision 1/);
    await expect(copy(other, 'nats', 'kurrentdb')).rejects.toThrow(/cannot be copied/);
    expect(stored()).toHaveLength(COMMITS.length);
  }, 30_000);

  it('refuses while the installation runs', async () => {
    acquireLock(nats.lock);
    await expect(copy(nats, 'nats', 'kurrentdb')).rejects.toThrow(UserFault);
    releaseLock(nats.lock);
  });
});
