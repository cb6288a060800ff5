import type { Clock } from '#lib/platform';
import { inTime } from '../in-time.js';
import { type KurrentDbAddress, KurrentDbUrlError } from './kurrentdb-url.js';
import {
  CLIENT_PACKAGE,
  type EventSubscription,
  type OfficialClient,
  type OfficialPackage,
  type ProposedEvent,
  type RecordedEvent,
} from './official-client.js';

/** What an append came to, as the server says it. `last`: the revision of the stream's last event; undefined for no stream. */
export type StreamAppend = { readonly stored: bigint } | { readonly last: bigint | undefined };

/** The stream's name is used up for ever, or the server takes no event of this size: no retry heals it. */
export class StreamUnusableError extends Error {}

/** The last event of a stream, or the first one at or after a revision. */
export type EventPlace = 'last' | bigint;

const TIMEOUT_MS = 2_000;

/** Calls of the official client, each with a bound. It is loaded when it is first needed, and only then has to be there. */
export class KurrentDbClient {
  private constructor(
    private readonly client: OfficialClient,
    private readonly clock: Clock,
    private readonly appendTimeoutMs: number,
  ) {}

  static async connect(
    { connectionString, shown }: KurrentDbAddress,
    clock: Clock,
    appendTimeoutMs = TIMEOUT_MS,
  ): Promise<KurrentDbClient> {
    const { KurrentDBClient: Client } = await loadClient();
    try {
      return new KurrentDbClient(Client.connectionString(connectionString), clock, appendTimeoutMs);
    } catch {
      // What the client says repeats the connection string, with the password.
      throw new KurrentDbUrlError(`The client of KurrentDB refuses the address of ${shown}: see its options and files`);
    }
  }

  /** The first event of a stream. It is often the first call of all, and then a server has to be found: that takes its time. */
  create(stream: string, event: ProposedEvent): Promise<StreamAppend> {
    return this.append(stream, event, undefined, TIMEOUT_MS);
  }

  /** `expected`: revision of the last event, undefined for no stream. Throws when the outcome is not known. */
  async append(
    stream: string,
    event: ProposedEvent,
    expected: bigint | undefined,
    deadline = this.appendTimeoutMs,
  ): Promise<StreamAppend> {
    const options = { streamState: expected ?? 'no_stream', requiresLeader: true, deadline } as const;
    try {
      const appended = await this.bounded('an append', this.client.appendToStream(stream, event, options), deadline);
      // A connection string may ask for conflicts as results.
      return appended.success ? { stored: appended.nextExpectedRevision } : { last: nonNegative(appended.nextExpectedRevision) };
    } catch (error) {
      const { type, actualState } = error as { type?: string; actualState?: unknown };
      if (type === 'wrong-expected-version') return { last: typeof actualState === 'bigint' ? actualState : undefined };
      throw unusable(stream, error) ?? error;
    }
  }

  /** Undefined when there is no such event. */
  async read(stream: string, place: EventPlace): Promise<RecordedEvent | undefined> {
    const where =
      place === 'last'
        ? ({ direction: 'backwards', fromRevision: 'end' } as const)
        : ({ direction: 'forwards', fromRevision: place } as const);
    const first = async () => {
      for await (const { event } of this.client.readStream(stream, { ...where, maxCount: 1, requiresLeader: true })) return event;
      return undefined;
    };
    try {
      return await this.bounded('a read', first());
    } catch (error) {
      if ((error as { type?: string }).type === 'stream-not-found') return undefined;
      throw unusable(stream, error) ?? error;
    }
  }

  /** Events after `after`, those to come included. Its reader handles errors; whoever leaves it calls `end`. */
  subscribe(stream: string, after: bigint): { readonly events: EventSubscription; end(): void } {
    const events = this.client.subscribeToStream(stream, { fromRevision: after, requiresLeader: true });
    // A failure that comes when nobody reads any more must not end the process.
    events.on('error', () => undefined);
    return {
      events,
      end: () => {
        events.destroy();
        events.unsubscribe().catch(() => undefined);
      },
    };
  }

  async close(): Promise<void> {
    await this.bounded('closing', this.client.dispose());
  }

  /** Deadlines of gRPC do not cover finding a server, nor the reads, which have none. */
  private bounded<T>(what: string, call: Promise<T>, timeoutMs = TIMEOUT_MS): Promise<T> {
    return inTime(this.clock, timeoutMs, `${what} of KurrentDB`, call);
  }
}

const nonNegative = (revision: bigint): bigint | undefined => (revision < 0n ? undefined : revision);

async function loadClient(): Promise<OfficialPackage> {
  try {
    return (await import(CLIENT_PACKAGE)) as OfficialPackage;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const why = `The client of KurrentDB is not installed (npm package ${CLIENT_PACKAGE}): see docs/operations.md, "KurrentDB"`;
    throw new Error(why, { cause: error });
  }
}

function unusable(stream: string, error: unknown): StreamUnusableError | undefined {
  const { type, maxAppendSize } = error as { type?: string; maxAppendSize?: number };
  switch (type) {
    case 'stream-deleted':
    case 'stream-tombstoned':
      return new StreamUnusableError(`its stream ${stream} was deleted for ever`);
    case 'maximum-append-size-exceeded':
      return new StreamUnusableError(
        `the server takes no event of this size (MaxAppendSize ${maxAppendSize ?? 'unknown'}): it has to be 512 KiB at least`,
      );
    default:
      return undefined;
  }
}
