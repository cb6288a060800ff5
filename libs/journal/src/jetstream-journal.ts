import {
  type JetStreamClient,
  JetStreamApiCodes,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type Clock, type Logger, Periodic, type Random } from '#lib/platform';
import { endOnTrouble } from './end-on-trouble.js';
import { JournalMismatchError } from './errors.js';
import { followInSessions, STALL_MS, StalledError } from './follow-in-sessions.js';
import { commitIn, ForeignMessages } from './foreign-message.js';
import {
  createStream,
  findStream,
  isApiError,
  journalIdOf,
  type JournalStream,
  relabelStream,
  streamInfo,
} from './jetstream-stream.js';
import { type JournalName, subjects } from '#lib/names';
import { envelopeOfIgnored, eventsHeader } from './events-header.js';
import type { AppendOutcome, Commit, Ignores, RecordedCommit, Revision } from './port.js';
import type { BrokerJournal, BrokerStreams } from './relay/places.js';

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

/** Creates the stream when it is missing; throws `JournalMismatchError` when the one that is there is not a journal. */
export async function openJetStreamJournal(
  connection: NatsConnection,
  name: JournalName,
  options: JetStreamJournalOptions,
): Promise<JetStreamJournal> {
  const streams = await JetStreamStreams.open(connection, options);
  return (await streams.find(name)) ?? streams.create(name, options.random.hex(16));
}

/** The streams of journals on one broker. */
export class JetStreamStreams implements BrokerStreams<JetStreamJournal> {
  private constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    private readonly options: JetStreamJournalOptions,
  ) {}

  static async open(connection: NatsConnection, options: JetStreamJournalOptions): Promise<JetStreamStreams> {
    return new JetStreamStreams(connection, await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS }), options);
  }

  async find(name: JournalName): Promise<JetStreamJournal | undefined> {
    const found = await findStream(this.manager, name);
    return found && this.journal(name, found);
  }

  async create(name: JournalName, journalId: string, relaysUpTo?: Revision): Promise<JetStreamJournal> {
    const { replicas } = this.options;
    return this.journal(name, await createStream(this.manager, name, { journalId, relaysUpTo, replicas }));
  }

  async relabel({ name, stream }: JetStreamJournal, relaysUpTo: Revision | undefined): Promise<void> {
    await relabelStream(this.manager, name, stream, relaysUpTo);
  }

  async remove({ stream }: JetStreamJournal): Promise<void> {
    await this.manager.streams.delete(stream.stream);
  }

  private journal(name: JournalName, stream: JournalStream): JetStreamJournal {
    return new JetStreamJournal(this.connection, this.manager, name, stream, this.options);
  }
}

export class JetStreamJournal implements BrokerJournal {
  private readonly client: JetStreamClient;
  private readonly subject: string;
  private readonly foreign: ForeignMessages;

  constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    readonly name: JournalName,
    /** As it was opened. */
    readonly stream: JournalStream,
    private readonly options: JetStreamJournalOptions,
  ) {
    this.client = jetstream(connection, { timeout: REQUEST_TIMEOUT_MS });
    this.subject = subjects.journal(name);
    const commitAt = async (revision: Revision) => {
      const message = await this.message(revision);
      if (!message) throw new Error(`revision ${revision} cannot be read`);
      return commitIn(message.data);
    };
    this.foreign = new ForeignMessages(name, stream.journalId, commitAt, options.logger);
  }

  get journalId(): string {
    return this.stream.journalId;
  }

  get relaysUpTo(): Revision | undefined {
    return this.stream.relaysUpTo;
  }

  async append(commit: Commit, expected: Revision, json = JSON.stringify(commit)): Promise<AppendOutcome> {
    try {
      const ack = await this.client.publish(this.subject, json, {
        msgID: commit.commitId,
        headers: eventsHeader(commit),
        timeout: this.options.appendTimeoutMs ?? 2_000,
        expect: { streamName: this.stream.stream, lastSequence: expected },
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
    return commitIn(message.data) ?? this.foreign.passOver(revision);
  }

  async head(): Promise<Revision> {
    return (await this.checkedInfo(0 as Revision)).state.last_seq as Revision;
  }

  follow(after: Revision, signal: AbortSignal, ignores?: Ignores): AsyncIterable<RecordedCommit> {
    const { clock, logger } = this.options;
    const session = (last: Revision, until: AbortSignal) => this.session(last, until, ignores);
    return followInSessions({ journal: this, clock, logger, session }, after, signal);
  }

  /**
   * One ordered consumer, from `after` until anything is not as it should be: a gap, a reconnect, missed heartbeats. Then it
   * ends, and the next session begins at the last revision seen. (The client would heal some of this itself, but waits up to
   * 30 s for it when the first try after a restart fails.)
   */
  private async *session(after: Revision, signal: AbortSignal, ignores?: Ignores): AsyncIterable<RecordedCommit> {
    const info = await this.checkedInfo(after);
    const consumer = await this.client.consumers.get(this.stream.stream, { opt_start_seq: after + 1 });
    const messages = await consumer.consume({ max_messages: MESSAGES_AHEAD, idle_heartbeat: HEARTBEAT_MS });
    const stop = () => void messages.close();
    signal.addEventListener('abort', stop, { once: true });
    const unwatch = endOnTrouble(this.connection, messages);
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
        const unread = ignores && envelopeOfIgnored(message, ignores);
        const commit = unread ?? commitIn(message.data) ?? (await this.foreign.passOver(revision, lastAt));
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
    return this.manager.direct.getMessage(this.stream.stream, { seq: revision });
  }

  /** The stream as it is now, still this journal and at least as long as what was folded of it. */
  private async checkedInfo(atLeast: Revision) {
    if (this.connection.isClosed()) throw new JournalMismatchError(this.name, 'the connection was closed for good');
    const info = await streamInfo(this.manager, this.stream.stream);
    if (!info) throw new JournalMismatchError(this.name, `its stream ${this.stream.stream} has gone`);
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
