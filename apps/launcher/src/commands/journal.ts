import { DeliverPolicy, jetstream, jetstreamManager, JetStreamApiError, type StoredMsg } from '@nats-io/jetstream';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitIn } from '#lib/journal';

import { inboxPrefix, OPERATOR_USER, streams } from '#lib/names';
import { describeCommit } from './domain/describe-commit.js';
import { describeForeign, foreignMessage, type ForeignMessage } from './domain/describe-foreign.js';
import { UserFault } from '../terminal/fault.js';
import type { Layout } from '../host/layout.js';
import { runningControlPlane } from '../supervise/run-state.js';
import { say } from '../terminal/terminal.js';

/** Commits are ≤ 256 KiB: a hundred stay far below the server's limit of pending bytes. */
const MESSAGES_AHEAD = 100;

/** `journal inspect <revision>`: everything about one commit. */
export async function inspectCommit(layout: Layout, journal: string, revision: string, json: boolean): Promise<void> {
  const sequence = Number(revision.replace(/^.*r/, ''));
  if (!Number.isInteger(sequence) || sequence < 1)
    throw new UserFault('A revision is a whole number from 1, for example: ./longshore journal inspect 42.');
  await withOperator(layout, async (connection) => {
    const manager = await jetstreamManager(connection);
    const stored = await existing(manager.streams.getMessage(streams.journal(journal), { seq: sequence }));
    if (!stored) throw new UserFault(`The journal ${journal} has no revision ${sequence}.`);
    const commit = commitIn(stored.data);
    if (!commit) return sayForeign(foreignMessage(sequence, stored.time.toISOString(), stored.data), json);
    say(json ? JSON.stringify(commit, null, 2) : describeCommit(sequence, commit, 'full'));
  });
}

/** `journal tail`: the last commits, then every new one until Ctrl-C. */
export async function tailJournal(
  layout: Layout,
  journal: string,
  options: { lines: number; json: boolean; follow: boolean },
): Promise<void> {
  await withOperator(layout, async (connection) => {
    const stream = streams.journal(journal);
    const manager = await jetstreamManager(connection);
    const info = await existing(manager.streams.info(stream));
    if (!info) throw new UserFault(`There is no journal ${journal} (yet).`);
    const last = info.state.last_seq;
    const first = Math.max(info.state.first_seq, last - options.lines + 1, 1);
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
export async function listForeign(layout: Layout, journal: string, json: boolean): Promise<void> {
  await withOperator(layout, async (connection) => {
    const stream = streams.journal(journal);
    const info = await existing((await jetstreamManager(connection)).streams.info(stream));
    if (!info) throw new UserFault(`There is no journal ${journal} (yet).`);
    const { first_seq: first, last_seq: last, messages: count } = info.state;
    let found = 0;
    if (count > 0) {
      const consumer = await jetstream(connection).consumers.get(stream, { opt_start_seq: Math.max(first, 1) });
      for await (const message of await consumer.consume({ max_messages: MESSAGES_AHEAD })) {
        if (!commitIn(message.data)) {
          found++;
          sayForeign(foreignMessage(message.seq, message.time.toISOString(), message.data), json);
        }
        if (message.seq >= last) break;
      }
    }
    if (!json)
      say(
        found === 0
          ? `All ${count} messages of the journal ${journal} are commits.`
          : `${found} of ${count}; each is passed over.`,
      );
  });
}

const sayForeign = (message: ForeignMessage, json: boolean): void =>
  say(json ? JSON.stringify(message) : describeForeign(message));

/** The last revision before `at` (milliseconds since the epoch); 0 when the journal begins later. */
export async function revisionBefore(layout: Layout, journal: string, at: number): Promise<number> {
  return withOperator(layout, async (connection) => {
    const stream = streams.journal(journal);
    const info = await existing((await jetstreamManager(connection)).streams.info(stream));
    if (!info) throw new UserFault(`There is no journal ${journal} (yet).`);
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

async function withOperator<T>(layout: Layout, use: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const { natsUrl } = runningControlPlane(layout);
  const connection = await connect({
    servers: natsUrl,
    authenticator: credsAuthenticator(readFileSync(join(layout.creds, `${OPERATOR_USER}.creds`))),
    inboxPrefix: inboxPrefix(OPERATOR_USER),
    name: 'longshore journal',
  });
  try {
    return await use(connection);
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
