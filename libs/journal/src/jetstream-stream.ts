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
import type { Random } from '#lib/platform';
import { JournalMismatchError } from './errors.js';
import { type JournalName, streams, subjects } from '#lib/names';

/** Stream metadata: which incarnation of the journal this is, and how its messages are written. */
const JOURNAL_ID = 'longshore-journal-id';
const FORMAT = 'longshore-format';
const FORMAT_VERSION = '1';

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

/**
 * The journal's stream, created with a new journal id when there is none. Of several replicas that create it at once one wins;
 * the others get "name in use" (their ids differ) and take what is there.
 */
export async function openStream(
  manager: JetStreamManager,
  name: JournalName,
  random: Random,
  replicas: number,
): Promise<{ stream: string; journalId: string }> {
  const config = journalConfig(name);
  let info = await streamInfo(manager, config.name);
  if (!info) {
    try {
      info = await manager.streams.add({
        ...config,
        subjects: [...config.subjects],
        num_replicas: replicas,
        metadata: { [JOURNAL_ID]: random.hex(16), [FORMAT]: FORMAT_VERSION },
      });
    } catch (error) {
      if (!isApiError(error, STREAM_NAME_IN_USE)) throw error;
      info = await manager.streams.info(config.name);
    }
  }
  return { stream: config.name, journalId: journalIdOf(name, info) };
}

export async function streamInfo(manager: JetStreamManager, stream: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(stream);
  } catch (error) {
    if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return undefined;
    throw error;
  }
}
