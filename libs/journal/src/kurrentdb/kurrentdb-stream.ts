import { createHash } from 'node:crypto';
import type { JournalName } from '#lib/names';
import { JournalMismatchError } from '../errors.js';
import type { Commit } from '../port.js';
import type { KurrentDbClient } from './kurrentdb-client.js';
import type { ProposedEvent, RecordedEvent } from './official-client.js';

/**
 * A journal's stream: event 0 says which journal it is, event n is the commit of revision n. So a revision is the server's own number,
 * an append always names the event before it, and no stream that was deleted and made again can pass for the journal.
 */
const HEADER_TYPE = 'LongshoreJournal';
const COMMIT_TYPE = 'LongshoreCommit';
const FORMAT_VERSION = 1;
const HEADER_REVISION = 0n;

interface Header {
  readonly journalId: string;
  readonly journal: JournalName;
  readonly format: typeof FORMAT_VERSION;
}

/** Metadata with which a server forgets events. */
const FORGETTING = ['$maxCount', '$maxAge', '$tb'];

/**
 * The server recognises a repeated event by its id, which has to be a UUID: the same commit has the same one, whoever sends it again.
 */
export function eventIdOf(commitId: string): string {
  const hex = createHash('sha256').update(commitId).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

const jsonEvent = (id: string, type: string, data: object): ProposedEvent => ({
  id: eventIdOf(id),
  type,
  contentType: 'application/json',
  data: data as Record<string, unknown>,
  metadata: undefined,
});

export const commitEvent = (commit: Commit): ProposedEvent => jsonEvent(commit.commitId, COMMIT_TYPE, commit);

/** The journal's id; undefined when there is no such stream. Throws when what is there is no journal. */
export async function findJournalId(client: KurrentDbClient, stream: string, journal: JournalName): Promise<string | undefined> {
  const [first, metadata] = await Promise.all([client.read(stream, HEADER_REVISION), client.read(`$$${stream}`, 'last')]);
  const forgets = FORGETTING.filter((name) => name in ((metadata?.data ?? {}) as object));
  if (forgets.length > 0)
    throw new JournalMismatchError(
      journal,
      `its stream ${stream} was deleted, or its metadata lets the server forget commits (${forgets.join(', ')}). It was left as it is`,
    );
  if (first) return journalIdIn(first, stream, journal);
  if (await client.read(stream, 'last')) throw new JournalMismatchError(journal, `the beginning of its stream ${stream} is gone`);
  return undefined;
}

function journalIdIn({ revision, type, data }: RecordedEvent, stream: string, journal: JournalName): string {
  if (revision !== HEADER_REVISION)
    throw new JournalMismatchError(journal, `its stream ${stream} begins at event ${revision}: what was before is gone`);
  const header = (data ?? {}) as Partial<Header>;
  if (type !== HEADER_TYPE || header.format !== FORMAT_VERSION || !header.journalId || header.journal !== journal)
    throw new JournalMismatchError(
      journal,
      `its stream ${stream} begins with an event of type ${type}, which is not the beginning of this journal as this version of Longshore writes it`,
    );
  return header.journalId;
}

/** Of several that create it at once one wins; the id of the journal that is there then. */
export async function createStream(
  client: KurrentDbClient,
  stream: string,
  journal: JournalName,
  journalId: string,
): Promise<string> {
  const header: Header = { journalId, journal, format: FORMAT_VERSION };
  await client.create(stream, jsonEvent(`${stream} ${journalId}`, HEADER_TYPE, header));
  const found = await findJournalId(client, stream, journal);
  if (found === undefined) throw new Error(`the stream ${stream} cannot be read after it was created`);
  return found;
}
