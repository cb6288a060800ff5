import { ecs } from '#lib/ecs';
import {
  copyJournal,
  digestOfJournal,
  JetStreamStreams,
  type Journal,
  type JournalDigest,
  KurrentDb,
  type KurrentDbAddress,
} from '#lib/journal';
import { type AppRow, APPS, type ControlPlaneApp, JOURNALS, type JournalName } from '#lib/names';
import { silentLogger, systemClock, systemRandom } from '#lib/platform';
import { JOURNAL_VARIABLE, journalPlace } from '../host/journal-place.js';
import { ensureKurrentDbClient } from '../host/kurrentdb-client.js';
import type { Layout } from '../host/layout.js';
import { type LoneBroker, withLoneBroker } from '../supervise/lone-broker.js';
import { messageOf, UserFault } from '../terminal/fault.js';
import { say } from '../terminal/terminal.js';

type Place = 'nats' | 'kurrentdb';

export interface CopyPlaces {
  readonly from: Place;
  readonly to: Place;
}

/** What each journal means; one without a row here has no owner yet. */
const DOMAINS: Partial<Record<JournalName, typeof ecs>> = { ecs };
const OPTIONS = { clock: systemClock, random: systemRandom, logger: silentLogger };
const TELL_EVERY = 10_000;

/** `journal copy`: while nobody writes, and with this installation's own broker. Returns the exit code. */
export async function copyJournals(layout: Layout, places: CopyPlaces): Promise<number> {
  if (places.from === places.to) throw new UserFault('A journal is copied from one place to the other: nats and kurrentdb.');
  const address = journalPlace(process.env);
  if (!address) throw new UserFault(`Say where KurrentDB is: ${JOURNAL_VARIABLE}=kurrentdb://user:password@host:2113`);
  await ensureKurrentDbClient(layout.root);
  return withLoneBroker(layout, (broker) => copyAll(broker, address, places));
}

async function copyAll(broker: LoneBroker, address: KurrentDbAddress, places: CopyPlaces): Promise<number> {
  const db = await KurrentDb.connect(address, OPTIONS);
  try {
    let found = 0;
    for (const name of JOURNALS) {
      if (!DOMAINS[name]) continue;
      const streams = await JetStreamStreams.open(await broker.connect(ownerOf(name)), OPTIONS);
      const outcome = await copyOne(name, { nats: streams, kurrentdb: db }, places);
      if (outcome === 'differs') return 1;
      if (outcome === 'copied') found++;
    }
    if (found === 0) throw new UserFault(`There is no journal in ${shown(places.from, db)}.`);
    say(
      places.to === 'nats'
        ? `NATS is the journal's place again: start it without ${JOURNAL_VARIABLE}.`
        : `Start it with this ${JOURNAL_VARIABLE}; NATS relays it from then on.`,
    );
    return 0;
  } catch (error) {
    if (error instanceof UserFault) throw error;
    throw new UserFault(messageOf(error));
  } finally {
    await db.close();
  }
}

interface Places {
  readonly nats: JetStreamStreams;
  readonly kurrentdb: KurrentDb;
}

async function copyOne(name: JournalName, places: Places, { from, to }: CopyPlaces): Promise<'copied' | 'differs' | 'absent'> {
  const source = await places[from].find(name);
  if (!source) return 'absent';
  const target = (await places[to].find(name)) ?? (await places[to].create(name, source.journalId));
  const progress = (what: string, done: number, of: number) => {
    if (done % TELL_EVERY === 0) say(`${name}: ${what} ${done} of ${of} commits`);
  };
  const appended = await copyJournal(source, target, { clock: systemClock, progress });
  say(`${name}: ${appended} commits copied.`);
  const digestIn = async (journal: Journal, place: Place): Promise<JournalDigest> => {
    const digest = await digestOfJournal(journal, DOMAINS[name]!, systemClock);
    say(`  ${shown(place, places.kurrentdb)}: ${digest.commits} commits, digest of the state ${digest.digest}`);
    return digest;
  };
  const [original, copy] = [await digestIn(source, from), await digestIn(target, to)];
  if (original.commits !== copy.commits || original.digest !== copy.digest) {
    say(`${name}: the two differ. Leave the copy alone, and the source as it is.`);
    return 'differs';
  }
  if (to === 'nats') await places.nats.relabel((await places.nats.find(name))!, undefined);
  return 'copied';
}

const shown = (place: Place, db: KurrentDb): string => (place === 'nats' ? 'NATS' : db.shown);

/** Whose NATS user may write it. */
function ownerOf(name: JournalName): ControlPlaneApp {
  const [owner] = (Object.entries(APPS) as [ControlPlaneApp, AppRow][]).find(([, { owns }]) => owns?.includes(name))!;
  return owner;
}
