import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { JournalMismatchError } from './errors.js';
import { type JournalName, streams, subjects } from '#lib/names';
import type { Revision } from './port.js';

/** Stream metadata: which incarnation of the journal this is, and how its messages are written. */
const JOURNAL_ID = 'longshore-journal-id';
const FORMAT = 'longshore-format';
const FORMAT_VERSION = '1';
/** Of a stream that only repeats a journal kept elsewhere: the revision that it has to reach before it tells the whole of it. */
const RELAYS_UP_TO = 'longshore-relays-up-to';

const STREAM_NAME_IN_USE = 10058;

/** What makes a stream a journal: nothing that is acknowledged ever leaves it. Compared field by field when it exists already. */
function journalConfig(name: JournalName) {
  return {
    name: streams.journal(name),
    subjects: [subjects.journal(name)],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_bytes: -1,
    max_age: 0,
    max_msg_size: -1,
    deny_delete: true,
    deny_purge: true,
    allow_rollup_hdrs: false,
    allow_direct: true,
    no_ack: false,
    sealed: false,
  } as const satisfies Partial<StreamConfig>;
}

/** Throws when the stream is not exactly a journal. Replicas, placement and description are the operator's business. */
export function journalIdOf(name: JournalName, { config }: StreamInfo): string {
  for (const [field, wanted] of Object.entries(journalConfig(name))) {
    const found = config[field as keyof StreamConfig] ?? absentValue(wanted);
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      throw new JournalMismatchError(
        name,
        `its stream ${config.name} has ${field} = ${JSON.stringify(found)} and must have ${JSON.stringify(wanted)}. ` +
          'It was left as it is; correct the stream, or move it away to start an empty journal',
      );
  }
  for (const field of ['mirror', 'sources', 'subject_transform', 'republish'] as const)
    if (config[field] !== undefined && JSON.stringify(config[field]) !== '[]')
      throw new JournalMismatchError(name, `its stream ${config.name} has ${field}, which a journal must not have`);
  const format = config.metadata?.[FORMAT];
  const journalId = config.metadata?.[JOURNAL_ID];
  if (!journalId || format !== FORMAT_VERSION)
    throw new JournalMismatchError(
      name,
      `its stream ${config.name} has metadata ${FORMAT} = ${format}, ${JOURNAL_ID} = ${journalId}; it was not made by this version of Longshore`,
    );
  return journalId;
}

/** Servers leave out a field that has Go's zero value. */
const absentValue = (wanted: unknown): unknown =>
  typeof wanted === 'boolean' ? false : typeof wanted === 'number' ? 0 : undefined;

export const isApiError = (error: unknown, code: number): error is JetStreamApiError =>
  error instanceof JetStreamApiError && error.code === code;

export interface JournalStream {
  readonly stream: string;
  readonly journalId: string;
  /** Undefined: it is the journal. Otherwise a relay of one that is kept elsewhere, of which so much was there when this was written. */
  readonly relaysUpTo: Revision | undefined;
}

function journalStream(name: JournalName, info: StreamInfo): JournalStream {
  const relaysUpTo = info.config.metadata?.[RELAYS_UP_TO];
  return {
    stream: info.config.name,
    journalId: journalIdOf(name, info),
    relaysUpTo: relaysUpTo === undefined ? undefined : (Number(relaysUpTo) as Revision),
  };
}

export async function findStream(manager: JetStreamManager, name: JournalName): Promise<JournalStream | undefined> {
  const info = await streamInfo(manager, streams.journal(name));
  return info && journalStream(name, info);
}

/** Of several replicas that create it at once one wins; the others get "name in use" (their ids differ) and take what is there. */
export async function createStream(
  manager: JetStreamManager,
  name: JournalName,
  { journalId, relaysUpTo, replicas = 1 }: { journalId: string; relaysUpTo?: Revision; replicas?: number },
): Promise<JournalStream> {
  const config = journalConfig(name);
  try {
    const info = await manager.streams.add({
      ...config,
      subjects: [...config.subjects],
      num_replicas: replicas,
      metadata: metadataOf(journalId, relaysUpTo),
    });
    return journalStream(name, info);
  } catch (error) {
    if (!isApiError(error, STREAM_NAME_IN_USE)) throw error;
    return journalStream(name, await manager.streams.info(config.name));
  }
}

/** Whether it is the journal or a relay of it, and of how much. */
export async function relabelStream(
  manager: JetStreamManager,
  name: JournalName,
  { journalId }: JournalStream,
  relaysUpTo: Revision | undefined,
): Promise<void> {
  await manager.streams.update(streams.journal(name), { metadata: metadataOf(journalId, relaysUpTo) });
}

const metadataOf = (journalId: string, relaysUpTo: Revision | undefined): Record<string, string> => ({
  [JOURNAL_ID]: journalId,
  [FORMAT]: FORMAT_VERSION,
  ...(relaysUpTo === undefined ? {} : { [RELAYS_UP_TO]: String(relaysUpTo) }),
});

export async function streamInfo(manager: JetStreamManager, stream: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(stream);
  } catch (error) {
    if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return undefined;
    throw error;
  }
}
