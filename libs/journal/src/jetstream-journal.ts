import {
  type ConsumerMessages,
  type ConsumerNotification,
  type JetStreamClient,
  JetStreamApiCodes,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Backoff, type Clock, type Logger, Periodic, type Random } from '#lib/platform';
import { JournalMismatchError, messageOf, MissingRevisionError } from './errors.js';
import { commitIn, countForeign, standIn } from './foreign-message.js';
import { isApiError, journalIdOf, openStream, streamInfo } from './jetstream-stream.js';
import { type JournalName, subjects } from '#lib/names';
import type { AppendOutcome, Commit, Journal, RecordedCommit, Revision } from './port.js';

export interface JetStreamJournalOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** When an unanswered append counts as unknown. */
  readonly appendTimeoutMs?: number;
  /** Of a stream that has to be created; an existing one keeps what it has. */
  readonly replicas?: number;
}

/** Commits that the server may send ahead: 100 × 256 KiB is well under its 64 MB of pending bytes, past which it cuts the client off. */
const MESSAGES_AHEAD = 100;
const REQUEST_TIMEOUT_MS = 2_000;
const HEARTBEAT_MS = 2_000;
const PAUSES = { firstMs: 20, longestMs: 1_000 };

/** So long nothing arrives although the stream has more: then the consumer is given up, and the missing revision is looked for. */
const STALL_MS = 3_000;
/** A server that has just started, or a replica that is behind, is given so many chances to show a revision. */
const TRIES_AT_A_REVISION = 3;

class StalledError extends Error {}

const SIGNS_OF_TROUBLE: ReadonlySet<string> = new Set<ConsumerNotification['type']>([
  'heartbeats_missed',
  'consumer_deleted',
  'consumer_not_found',
  'stream_not_found',
  'no_responders',
]);

/** Creates the stream when it is missing; throws `JournalMismatchError` when the one that is there is not a journal. */
export async function openJetStreamJournal(
  connection: NatsConnection,
  name: JournalName,
  options: JetStreamJournalOptions,
): Promise<JetStreamJournal> {
  const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS });
  const { stream, journalId } = await openStream(manager, name, options.random, options.replicas ?? 1);
  return new JetStreamJournal(connection, manager, name, journalId, stream, options);
}

export class JetStreamJournal implements Journal {
  private readonly client: JetStreamClient;
  private readonly subject: string;
  private readonly foreign = new Set<number>();

  constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    readonly name: JournalName,
    readonly journalId: string,
    private readonly stream: string,
    private readonly options: JetStreamJournalOptions,
  ) {
    this.client = jetstream(connection, { timeout: REQUEST_TIMEOUT_MS });
    this.subject = subjects.journal(name);
  }

  async append(commit: Commit, expected: Revision, json = JSON.stringify(commit)): Promise<AppendOutcome> {
    try {
      const ack = await this.client.publish(this.subject, json, {
        msgID: commit.commitId,
        timeout: this.options.appendTimeoutMs ?? 2_000,
        expect: { streamName: this.stream, lastSequence: expected },
      });
      // A duplicate's sequence is that of the first copy: ours if it is where we wanted it. Elsewhere, this append stored nothing.
      if (ack.seq === expected + 1) return { outcome: 'committed', revision: ack.seq as Revision };
      return ack.duplicate ? { outcome: 'conflict' } : { outcome: 'unknown', error: new Error(`acknowledged at ${ack.seq}`) };
    } catch (error) {
      if (isApiError(error, JetStreamApiCodes.StreamWrongLastSequence))
        return { outcome: 'conflict', head: headIn(error.message) };
      if (isApiError(error, JetStreamApiCodes.StreamWrongLastSequenceUnknown)) return { outcome: 'conflict' };
      return { outcome: 'unknown', error };
    }
  }

  async read(revision: Revision): Promise<Commit | undefined> {
    if (revision < 1) return undefined;
    const message = await this.message(revision);
    if (!message) return undefined;
    return commitIn(message.data) ?? this.passOver(revision, await this.timeBefore(revision));
  }

  async head(): Promise<Revision> {
    return (await this.checkedInfo(0 as Revision)).state.last_seq as Revision;
  }

  async *follow(after: Revision, signal: AbortSignal): AsyncIterable<RecordedCommit> {
    let last = after;
    const backoff = new Backoff(this.options.clock, PAUSES);
    let triesHere = 0;
    while (!signal.aborted) {
      try {
        if (triesHere >= TRIES_AT_A_REVISION) await this.insistOnHaving((last + 1) as Revision);
        triesHere++;
        for await (const recorded of this.session(last, signal)) {
          backoff.reset();
          triesHere = 0;
          last = recorded.revision;
          yield recorded;
          if (signal.aborted) return;
        }
      } catch (error) {
        if (error instanceof JournalMismatchError) throw error;
        if (error instanceof StalledError) triesHere = TRIES_AT_A_REVISION;
        if (signal.aborted) return;
        this.options.logger.warn({ journal: this.name, after: last }, `following is interrupted: ${messageOf(error)}`);
      }
      await backoff.pause({ signal });
    }
  }

  /**
   * One ordered consumer, from `after` until anything is not as it should be: a gap, a reconnect, missed heartbeats. Then it
   * ends, and the next session begins at the last revision seen. (The client would heal some of this itself, but waits up to
   * 30 s for it when the first try after a restart fails.)
   */
  private async *session(after: Revision, signal: AbortSignal): AsyncIterable<RecordedCommit> {
    const info = await this.checkedInfo(after);
    const consumer = await this.client.consumers.get(this.stream, { opt_start_seq: after + 1 });
    const messages = await consumer.consume({ max_messages: MESSAGES_AHEAD, idle_heartbeat: HEARTBEAT_MS });
    const stop = () => void messages.close();
    signal.addEventListener('abort', stop, { once: true });
    const unwatch = this.endOnTrouble(messages);
    let last = after;
    let lastAt: string | undefined;
    let head = info.state.last_seq;
    let hasArrived = false;
    let isStalled = false;
    const look = () => {
      isStalled = !hasArrived && last < head;
      hasArrived = false;
      if (isStalled) stop();
    };
    const looks = new Periodic(this.options.clock, STALL_MS, look, { first: 'after-interval' });
    looks.start();
    try {
      if (signal.aborted) return;
      for await (const message of messages) {
        hasArrived = true;
        if (message.seq <= last) continue;
        if (message.seq !== last + 1) throw new Error(`revision ${message.seq} came after ${last}`);
        const revision = message.seq as Revision;
        const commit = commitIn(message.data) ?? this.passOver(revision, lastAt ?? (await this.timeBefore(revision)));
        last = revision;
        lastAt = commit.at;
        head = Math.max(head, last + message.info.pending);
        yield { revision, commit, pending: message.info.pending };
      }
      if (isStalled) throw new StalledError(`revision ${last + 1} of ${head} does not come`);
    } finally {
      signal.removeEventListener('abort', stop);
      unwatch();
      looks.stop();
      await messages.close();
      // Best effort: the server drops it by itself after its inactivity threshold. After trouble nobody waits for an answer.
      const deleted = this.connection.isClosed() ? false : consumer.delete().catch(() => false);
      if (signal.aborted) await deleted;
    }
  }

  private message(revision: number): Promise<StoredMsg | null> {
    return this.manager.direct.getMessage(this.stream, { seq: revision });
  }

  /** Once a revision: reading it again says nothing new. */
  private passOver(revision: Revision, atBefore: string | undefined): Commit {
    if (!this.foreign.has(revision)) {
      this.foreign.add(revision);
      countForeign(this.name);
      this.options.logger.error(
        { journal: this.name, revision },
        `the message ${this.name}:${revision} is no commit, and nobody of Longshore has written it: it is passed over (longshore journal foreign)`,
      );
    }
    return standIn(this.journalId, revision, atBefore);
  }

  /** Of the last commit before `revision`; undefined when there is none. */
  private async timeBefore(revision: Revision): Promise<string | undefined> {
    for (let before = revision - 1; before > 0; before--) {
      const message = await this.message(before);
      if (!message) throw new Error(`revision ${before} cannot be read`);
      const commit = commitIn(message.data);
      if (commit) return commit.at;
    }
    return undefined;
  }

  /**
   * Reads the revision that no consumer delivers, by itself. A stream that counts it and does not have it has lost it: waiting
   * would be for ever, and going on after it would be another history.
   */
  private async insistOnHaving(revision: Revision): Promise<void> {
    if ((await this.head()) < revision) return;
    if (!(await this.read(revision))) throw new MissingRevisionError(this.name, revision);
  }

  /** Closes the messages, which ends their iteration, on the first sign that the consumer may be gone. */
  private endOnTrouble(messages: ConsumerMessages): () => void {
    const connectionStatus = this.connection.status();
    void (async () => {
      for await (const status of connectionStatus) if (status.type === 'reconnect') await messages.close();
    })();
    void (async () => {
      for await (const { type } of messages.status()) if (SIGNS_OF_TROUBLE.has(type)) await messages.close();
    })();
    // An iterator of the client's queue; its type just does not say so.
    return () => (connectionStatus as unknown as { stop(): void }).stop();
  }

  /** The stream as it is now, still this journal and at least as long as what was folded of it. */
  private async checkedInfo(atLeast: Revision) {
    if (this.connection.isClosed()) throw new JournalMismatchError(this.name, 'the connection was closed for good');
    const info = await streamInfo(this.manager, this.stream);
    if (!info) throw new JournalMismatchError(this.name, `its stream ${this.stream} has gone`);
    const journalId = journalIdOf(this.name, info);
    if (journalId !== this.journalId)
      throw new JournalMismatchError(this.name, `its stream now holds journal ${journalId}, not ${this.journalId}`);
    if (info.state.last_seq < atLeast)
      throw new JournalMismatchError(
        this.name,
        `it ends at revision ${info.state.last_seq}, but ${atLeast} was read from it before: acknowledged commits are missing`,
      );
    return info;
  }
}

/** `wrong last sequence: 17` → 17. */
function headIn(message: string): Revision | undefined {
  const head = /wrong last sequence: (\d+)/.exec(message)?.[1];
  return head === undefined ? undefined : (Number(head) as Revision);
}
