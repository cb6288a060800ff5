import type { JournalName } from '#lib/names';
import { type Clock, type Logger, Periodic } from '#lib/platform';
import { JournalMismatchError, messageOf } from '../errors.js';
import { followInSessions, STALL_MS, StalledError } from '../follow-in-sessions.js';
import { asCommit, ForeignMessages } from '../foreign-message.js';
import type { AppendOutcome, Commit, Journal, RecordedCommit, Revision } from '../port.js';
import type { JournalSource } from '../relay/places.js';
import { KurrentDbClient, StreamUnusableError } from './kurrentdb-client.js';
import { commitEvent, createStream, findJournalId } from './kurrentdb-stream.js';
import type { KurrentDbAddress } from './kurrentdb-url.js';
import type { RecordedEvent } from './official-client.js';

export interface KurrentDbOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** When an unanswered append counts as unknown. */
  readonly appendTimeoutMs?: number;
}

/** A KurrentDB and the journals on it. */
export class KurrentDb implements JournalSource {
  private constructor(
    private readonly client: KurrentDbClient,
    private readonly address: KurrentDbAddress,
    private readonly options: KurrentDbOptions,
  ) {}

  /** Loads the client and checks the address; nothing is sent yet. */
  static async connect(address: KurrentDbAddress, options: KurrentDbOptions): Promise<KurrentDb> {
    return new KurrentDb(await KurrentDbClient.connect(address, options.clock, options.appendTimeoutMs), address, options);
  }

  get shown(): string {
    return this.address.shown;
  }

  async find(name: JournalName): Promise<Journal | undefined> {
    const journalId = await findJournalId(this.client, this.streamOf(name), name);
    return journalId === undefined ? undefined : this.journal(name, journalId);
  }

  async create(name: JournalName, journalId: string): Promise<Journal> {
    return this.journal(name, await createStream(this.client, this.streamOf(name), name, journalId));
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private streamOf(name: JournalName): string {
    return `${this.address.prefix}-${name}`;
  }

  private journal(name: JournalName, journalId: string): Journal {
    return new KurrentDbJournal(this.client, this.streamOf(name), name, journalId, this.options);
  }
}

class KurrentDbJournal implements Journal {
  private readonly foreign: ForeignMessages;

  constructor(
    private readonly client: KurrentDbClient,
    private readonly stream: string,
    readonly name: JournalName,
    readonly journalId: string,
    private readonly options: KurrentDbOptions,
  ) {
    const commitAt = async (revision: Revision) => {
      const event = await this.event(revision);
      if (!event) throw new Error(`revision ${revision} cannot be read`);
      return asCommit(event.data);
    };
    this.foreign = new ForeignMessages(name, journalId, commitAt, options.logger);
  }

  async append(commit: Commit, expected: Revision): Promise<AppendOutcome> {
    try {
      const appended = await this.client.append(this.stream, commitEvent(commit), BigInt(expected));
      if (!('stored' in appended)) {
        return { outcome: 'conflict', ...(appended.last === undefined ? {} : { head: revisionOf(appended.last) }) };
      }
      // A repetition is answered with where the first one was stored: ours if it is where we wanted it.
      if (appended.stored === BigInt(expected) + 1n) return { outcome: 'committed', revision: revisionOf(appended.stored) };
      return { outcome: 'unknown', error: new Error(`acknowledged at ${appended.stored}`) };
    } catch (error) {
      if (error instanceof StreamUnusableError) throw new JournalMismatchError(this.name, messageOf(error));
      return { outcome: 'unknown', error };
    }
  }

  async read(revision: Revision): Promise<Commit | undefined> {
    if (revision < 1) return undefined;
    const event = await this.event(revision);
    return event && (asCommit(event.data) ?? (await this.foreign.passOver(revision)));
  }

  async head(): Promise<Revision> {
    const last = await this.reading(this.client.read(this.stream, 'last'));
    if (!last) throw new JournalMismatchError(this.name, `its stream ${this.stream} has gone`);
    // The last commit says whose it is; where it is none, the stream's first event does.
    const commit = last.revision === 0n ? undefined : asCommit(last.data);
    const journalId = commit?.journalId ?? (await this.reading(findJournalId(this.client, this.stream, this.name)));
    if (journalId !== this.journalId)
      throw new JournalMismatchError(
        this.name,
        `its stream ${this.stream} now holds journal ${journalId}, not ${this.journalId}`,
      );
    return revisionOf(last.revision);
  }

  follow(after: Revision, signal: AbortSignal): AsyncIterable<RecordedCommit> {
    const { clock, logger } = this.options;
    return followInSessions({ journal: this, clock, logger, session: (last, until) => this.session(last, until) }, after, signal);
  }

  /** One catch-up subscription, from `after` until it breaks, or is silent although there is more. */
  private async *session(after: Revision, signal: AbortSignal): AsyncIterable<RecordedCommit> {
    let head = await this.headFrom(after);
    const subscription = this.client.subscribe(this.stream, BigInt(after));
    const stop = () => subscription.end();
    signal.addEventListener('abort', stop, { once: true });
    let last = after;
    let lastAt: string | undefined;
    let hasArrived = false;
    let isStalled = false;
    const look = async () => {
      if (!hasArrived) {
        const seen = await this.head().catch((error: unknown) => error);
        // Nobody answers: then the subscription breaks by itself. Another journal is there: the next session says so.
        if (seen instanceof JournalMismatchError) stop();
        if (typeof seen !== 'number') return;
        head = seen as Revision;
        isStalled = !hasArrived && last < head;
        if (isStalled) stop();
      }
      hasArrived = false;
    };
    const looks = new Periodic(this.options.clock, STALL_MS, look, { first: 'after-interval' });
    looks.start();
    try {
      if (signal.aborted) return;
      for await (const { event } of subscription.events) {
        if (!event || event.revision <= BigInt(last)) continue;
        hasArrived = true;
        const revision = revisionOf(event.revision);
        if (revision !== last + 1) throw new Error(`revision ${revision} came after ${last}`);
        const commit = asCommit(event.data) ?? (await this.foreign.passOver(revision, lastAt));
        last = revision;
        lastAt = commit.at;
        head = Math.max(head, last) as Revision;
        yield { revision, commit, pending: head - last };
      }
    } catch (error) {
      if (!isStalled) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      looks.stop();
      stop();
    }
    if (isStalled) throw new StalledError(`revision ${last + 1} of ${head} does not come`);
  }

  /** The head of a journal that still has what was read from it. */
  private async headFrom(after: Revision): Promise<Revision> {
    const head = await this.head();
    if (head < after)
      throw new JournalMismatchError(
        this.name,
        `it ends at revision ${head}, but ${after} was read from it before: acknowledged commits are missing`,
      );
    return head;
  }

  /** Undefined when there is none (yet), also where the server has forgotten it and shows a later one. */
  private async event(revision: Revision): Promise<RecordedEvent | undefined> {
    const event = await this.reading(this.client.read(this.stream, BigInt(revision)));
    return event?.revision === BigInt(revision) ? event : undefined;
  }

  private async reading<T>(read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (error) {
      if (error instanceof StreamUnusableError) throw new JournalMismatchError(this.name, messageOf(error));
      throw error;
    }
  }
}

const revisionOf = (revision: bigint): Revision => Number(revision) as Revision;
