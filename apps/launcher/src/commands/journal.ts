import {
  DeliverPolicy,
  jetstream,
  type JetStreamManager,
  jetstreamManager,
  JetStreamApiError,
  type StoredMsg,
  type StreamInfo,
} from '@nats-io/jetstream';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitIn } from '#lib/journal';
import { inboxPrefix, JOURNALS, OPERATOR_USER, streams, type JournalName } from '#lib/names';
import { describeCommit } from './domain/describe-commit.js';
import { describeForeign, foreignMessage, type ForeignMessage } from './domain/describe-foreign.js';
import { revisionIn } from './domain/revision.js';
import { UserFault } from '../terminal/fault.js';
import type { Layout } from '../host/layout.js';
import { runningControlPlane } from '../supervise/run-state.js';
import { say } from '../terminal/terminal.js';

/** Commits are ≤ 256 KiB: a hundred stay far below the server's limit of pending bytes. */
const MESSAGES_AHEAD = 100;

export interface JournalOptions {
  /** By default `ecs`, or the one that a revision names. */
  readonly journal?: string;
  readonly json?: boolean;
}

/** `journal inspect <revision>`: everything about one commit. */
export async function inspectCommit(layout: Layout, text: string, options: JournalOptions): Promise<void> {
  const named = revisionIn(text);
  if (!named)
    throw new UserFault(`"${text}" is no revision, which is a whole number from 1: ./longshore journal inspect 42, or ecs.r42.`);
  const { revision } = named;
  if (named.journal !== undefined && options.journal !== undefined && named.journal !== options.journal)
    throw new UserFault(`${text} is a revision of the journal ${named.journal}, and --journal says ${options.journal}.`);
  await withJournal(layout, options.journal ?? named.journal, async ({ manager, name, stream }) => {
    const stored = await existing(manager.streams.getMessage(stream, { seq: revision }));
    if (!stored) throw new UserFault(`The journal ${name} has no revision ${revision}.`);
    const commit = commitIn(stored.data);
    if (!commit) return sayForeign(foreignMessage(revision, stored.time.toISOString(), stored.data), options.json);
    say(options.json ? JSON.stringify(commit, null, 2) : describeCommit(revision, commit, 'full'));
  });
}

/** `journal tail`: the last commits, then every new one until Ctrl-C. */
export async function tailJournal(
  layout: Layout,
  options: JournalOptions & { readonly lines: string; readonly follow: boolean },
): Promise<void> {
  if (!/^\d{1,9}$/.test(options.lines)) throw new UserFault('--lines takes a whole number.');
  await withJournal(layout, options.journal, async ({ connection, stream, info }) => {
    const last = info.state.last_seq;
    const first = Math.max(info.state.first_seq, last - Number(options.lines) + 1, 1);
    if (!options.follow && first > last) return;
    const consumer = await jetstream(connection).consumers.get(stream, {
      opt_start_seq: first,
      deliver_policy: DeliverPolicy.StartSequence,
    });
    const messages = await consumer.consume({ max_messages: MESSAGES_AHEAD });
    process.once('SIGINT', () => messages.stop());
    for await (const message of messages) {
      const commit = commitIn(message.data);
      if (!commit) sayForeign(foreignMessage(message.seq, message.time.toISOString(), message.data), options.json);
      else
        say(options.json ? JSON.stringify({ revision: message.seq, ...commit }) : describeCommit(message.seq, commit, 'short'));
      if (!options.follow && message.seq >= last) break;
    }
  });
}

/** `journal foreign`: what stands in the journal and is no commit. Reads all of it: a commit is told from its contents only. */
export async function listForeign(layout: Layout, options: JournalOptions): Promise<void> {
  await withJournal(layout, options.journal, async ({ connection, name, stream, info }) => {
    const { first_seq: first, last_seq: last, messages: count } = info.state;
    let found = 0;
    if (count > 0) {
      const consumer = await jetstream(connection).consumers.get(stream, { opt_start_seq: Math.max(first, 1) });
      for await (const message of await consumer.consume({ max_messages: MESSAGES_AHEAD })) {
        if (!commitIn(message.data)) {
          found++;
          sayForeign(foreignMessage(message.seq, message.time.toISOString(), message.data), options.json);
        }
        if (message.seq >= last) break;
      }
    }
    if (!options.json)
      say(
        found === 0 ? `All ${count} messages of the journal ${name} are commits.` : `${found} of ${count}; each is passed over.`,
      );
  });
}

const sayForeign = (message: ForeignMessage, json = false): void =>
  say(json ? JSON.stringify(message) : describeForeign(message));

/** The last revision of a journal before `at` (milliseconds since the epoch); 0 when it begins later. */
export async function revisionBefore(layout: Layout, at: number, journal: JournalName): Promise<number> {
  return withJournal(layout, journal, async ({ connection, stream, info }) => {
    const { last_seq: last, last_ts: lastAt } = info.state;
    if (last === 0 || Date.parse(lastAt) < at) return last;
    const consumer = await jetstream(connection).consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: new Date(at).toISOString(),
    });
    const first = await consumer.next();
    return first ? first.seq - 1 : last;
  });
}

interface OpenJournal {
  readonly name: JournalName;
  readonly stream: string;
  readonly info: StreamInfo;
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
}

const isJournal = (name: string): name is JournalName => JOURNALS.some((journal) => journal === name);

async function withJournal<T>(layout: Layout, name = 'ecs', use: (journal: OpenJournal) => Promise<T>): Promise<T> {
  if (!isJournal(name)) throw new UserFault(`There is no journal "${name}": --journal takes one of ${JOURNALS.join(', ')}.`);
  const { natsUrl } = runningControlPlane(layout);
  const connection = await connect({
    servers: natsUrl,
    authenticator: credsAuthenticator(readFileSync(join(layout.creds, `${OPERATOR_USER}.creds`))),
    inboxPrefix: inboxPrefix(OPERATOR_USER),
    name: 'longshore journal',
  });
  try {
    const manager = await jetstreamManager(connection);
    const stream = streams.journal(name);
    const info = await existing(manager.streams.info(stream));
    if (!info) throw new UserFault(`There is no journal ${name} (yet).`);
    return await use({ name, stream, info, connection, manager });
  } finally {
    await connection.close();
  }
}

/** Undefined for "not found", the one error that is an answer. */
async function existing<T extends StoredMsg | object>(lookup: Promise<T | null>): Promise<T | undefined> {
  try {
    return (await lookup) ?? undefined;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.status === 404) return undefined;
    throw error;
  }
}
