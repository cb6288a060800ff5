import {
  checkInput,
  DEFAULT_PROTOCOL,
  errors,
  type HttpRequest,
  type HttpResponse,
  longshoreModel,
  parseSignature,
} from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import type { Clock, Logger, Random } from '#lib/platform';
import type { Authenticator, Caller } from '../authenticator.js';
import type { Authorizer } from '../authorizer.js';
import { type Limits, PAUSES } from '../limits.js';
import { randomRequestId } from '../request-id.js';
import type { Upstream } from '../upstream.js';
import type { EventMetrics } from './event-metrics.js';
import type { Feed, FeedPage, FeedRequest } from './feed.js';
import { feedOf } from './feeds.js';
import { SharedReads } from './shared-reads.js';
import { sse } from './sse.js';

/** One HTTP exchange with a reader. Either `answer`, or `begin` and then `write` until `end`. */
export interface Connection {
  /** Aborts when the reader has gone. */
  readonly gone: AbortSignal;
  answer(response: HttpResponse): void;
  begin(headers: Readonly<Record<string, string>>): void;
  /** Resolves when the reader has taken enough of it that there is room for more, or when `signal` aborts. */
  write(text: string, signal: AbortSignal): Promise<void>;
  end(): void;
}

export interface EventStreamsDeps {
  readonly upstream: Pick<Upstream, 'call'>;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: EventMetrics;
  readonly limits: Limits;
}

/** A key that cannot be checked yet is waited for this long: browsers never try again after an answer that is not 200. */
const OPENING_MS = 30_000;
/** An app waits this long for an event; less than the timeout of an attempt. */
const WAIT_MS = 2_500;
/** Of one question, with its second attempt. The next one begins where this one did, so nothing is lost by giving up. */
const READ_MS = 5_000;
/** With READ_MS and a pause less than the 15 s after which proxies and readers lose patience. */
const KEEP_ALIVE_MS = 8_000;
/** A reader whose key was deleted is sent away within a minute: this, the memory of the key source (10 s) and one read. */
const CHECK_KEY_MS = 20_000;
/** `retry:` of the stream. */
const RECONNECT_MS = 1_000;

/**
 * `GET /events`, and whatever else is a feed. A reader is a loop here and nothing at the app that is asked: it asks what follows its cursor, writes that, waits until
 * the reader has taken it, and asks again. So a slow reader only asks less often; and whatever dies between, the next question
 * repeats the cursor of the last page that was written: no event is left out, none is written twice.
 */
export class EventStreams {
  private readonly readers = new Set<AbortController>();
  private readonly readersOfAccount = new Map<string, number>();
  private readonly closing = new AbortController();
  private readonly reads: SharedReads;

  constructor(private readonly deps: EventStreamsDeps) {
    this.reads = new SharedReads(deps, this.closing.signal);
  }

  /** Resolves when the exchange is over. Never throws. */
  async serve(request: HttpRequest, connection: Connection): Promise<void> {
    const { logger, limits, metrics, random } = this.deps;
    const requestId = randomRequestId(random);
    if (this.closing.signal.aborted || this.readers.size >= limits.maxEventReaders)
      return connection.answer(
        refusal(this.closing.signal.aborted ? STOPPING : tooManyReaders(limits.maxEventReaders), requestId),
      );
    const reader = new AbortController();
    const leave = () => reader.abort();
    connection.gone.addEventListener('abort', leave, { once: true });
    if (connection.gone.aborted) leave();
    this.readers.add(reader);
    metrics.reading(this.readers.size);
    try {
      await unlessAborted(this.stream(request, requestId, connection, reader.signal), reader.signal);
    } catch (error) {
      logger.error({ err: error, requestId }, 'an event stream failed');
    } finally {
      connection.gone.removeEventListener('abort', leave);
      this.readers.delete(reader);
      reader.abort();
      metrics.reading(this.readers.size);
      connection.end();
    }
  }

  /** Ends every stream; readers connect again elsewhere, or later, with the id that they have. */
  close(): void {
    this.closing.abort();
    for (const reader of this.readers) reader.abort();
  }

  private async stream(request: HttpRequest, requestId: string, connection: Connection, signal: AbortSignal): Promise<void> {
    const opened = await this.open(request, requestId, signal);
    if (signal.aborted) return;
    if ('rejection' in opened) return connection.answer(refusal(opened.rejection, requestId));
    const { accountId } = opened.caller;
    if (!this.takeSeat(accountId, signal)) return connection.answer(refusal(TOO_MANY_OF_ACCOUNT, requestId));
    connection.begin({ ...STREAM_HEADERS, 'x-amzn-requestid': requestId });
    await this.follow(opened, connection, signal);
  }

  /** Half of all seats at most, so that the other half is for the others; free again when `signal` aborts. */
  private takeSeat(accountId: string, signal: AbortSignal): boolean {
    const taken = this.readersOfAccount.get(accountId) ?? 0;
    if (taken >= Math.ceil(this.deps.limits.maxEventReaders / 2)) return false;
    this.readersOfAccount.set(accountId, taken + 1);
    signal.addEventListener('abort', () => this.leaveSeat(accountId), { once: true });
    return true;
  }

  private leaveSeat(accountId: string): void {
    const left = this.readersOfAccount.get(accountId)! - 1;
    if (left > 0) this.readersOfAccount.set(accountId, left);
    else this.readersOfAccount.delete(accountId);
  }

  private async open(request: HttpRequest, requestId: string, signal: AbortSignal): Promise<Reader | { rejection: Rejection }> {
    const { authenticator, clock } = this.deps;
    const { feed, isAsOf } = feedOf(request.method, request.target)!;
    if (isAsOf) return { rejection: feed.notAsOf };
    const deadlineAtMs = clock.monotonicMs() + OPENING_MS;
    const caller = await authenticator.authenticate(
      request,
      parseSignature(request),
      longshoreModel.service,
      deadlineAtMs,
      signal,
    );
    if ('rejection' in caller) return caller;
    const asked = feed.parse(request);
    if ('rejection' in asked) return asked;
    const read = { feed, caller, ...asked, waitMs: 0, deadlineMs: deadlineAtMs - clock.monotonicMs() };
    const checked = checkInput(feed.operation.input, feed.inputOf(read), longshoreModel.validationErrorCode);
    if ('rejection' in checked) return checked;
    const { service } = longshoreModel;
    const denied = await this.deps.authorizer.refusal(caller, {
      service,
      operation: feed.operation.name,
      input: checked.input,
      deadlineAtMs,
    });
    if (denied) return { rejection: denied };
    const reader = { requestId, feed, caller, asked };
    const first = await this.reads.read(read);
    if (!('rejection' in first)) return { ...reader, first };
    // Who has a place to go on from is taken in, whatever is away at the moment.
    return isUnavailable(first.rejection) && asked.after !== undefined ? reader : first;
  }

  private async follow(reader: Reader, connection: Connection, signal: AbortSignal): Promise<void> {
    const { requestId, feed, caller, asked, first } = reader;
    const { clock, authenticator, logger, metrics } = this.deps;
    let cursor = first?.cursor ?? asked.after!;
    let page = first;
    let writtenAtMs = clock.monotonicMs();
    let checkedAtMs = writtenAtMs;
    await connection.write(sse.retry(RECONNECT_MS) + (asked.after === undefined ? sse.position(cursor) : ''), signal);
    while (!signal.aborted) {
      if (page) cursor = page.cursor;
      if (page?.text || clock.monotonicMs() - writtenAtMs >= KEEP_ALIVE_MS) {
        await connection.write(page?.text || sse.position(cursor) + sse.comment('keep-alive'), signal);
        writtenAtMs = clock.monotonicMs();
        metrics.sent(page?.count ?? 0);
      }
      if (clock.monotonicMs() - checkedAtMs >= CHECK_KEY_MS) {
        if (!(await authenticator.stillValid(caller))) return;
        checkedAtMs = clock.monotonicMs();
      }
      const askedAtMs = clock.monotonicMs();
      const next = await this.reads.read({
        feed,
        caller,
        filter: asked.filter,
        after: cursor,
        waitMs: WAIT_MS,
        deadlineMs: READ_MS,
      });
      if ('rejection' in next && !isUnavailable(next.rejection)) {
        // The reader is told when it comes again.
        logger.info({ requestId, cursor, rejection: next.rejection }, 'an event stream cannot go on');
        return;
      }
      page = 'rejection' in next ? undefined : next;
      // An app that fails at once shall not be asked at once, nor one that has nothing and did not wait for anything: it is stopping, or
      // its clock says that the time to wait is over.
      const isIdle = page?.caughtUp && page.count === 0 && clock.monotonicMs() - askedAtMs < PAUSES.longestMs;
      if (!page || isIdle) await clock.sleep(PAUSES.longestMs, signal).catch(() => undefined);
    }
  }
}

interface Reader {
  readonly requestId: string;
  readonly feed: Feed;
  readonly caller: Caller;
  readonly asked: FeedRequest;
  /** Absent: nobody could be asked yet. */
  readonly first?: FeedPage;
}

/** A page of another origin may read: the right to is in the URL, never in a cookie. */
const CROSS_ORIGIN = { 'access-control-allow-origin': '*' };

const STREAM_HEADERS = {
  ...CROSS_ORIGIN,
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // nginx would gather the events into blocks.
  'x-accel-buffering': 'no',
  // A connection that would be kept for another request would keep a gateway from ending.
  connection: 'close',
};

const refusal = (rejection: Rejection, requestId: string): HttpResponse => {
  const response = DEFAULT_PROTOCOL.error(undefined, rejection, requestId);
  return { ...response, headers: { ...response.headers, ...CROSS_ORIGIN } };
};

const isUnavailable = ({ status }: Rejection): boolean => status >= 500;

const STOPPING = errors.unavailable('This gateway is stopping. Connect again.');

const tooManyReaders = (limit: number): Rejection =>
  errors.unavailable(
    `This gateway has ${limit} readers of events already, which is its limit (LONGSHORE_GATEWAY_EVENT_READERS). Try again later.`,
  );

const TOO_MANY_OF_ACCOUNT = errors.unavailable(
  'This account has as many readers of events at this gateway as one account may have, half of all (LONGSHORE_GATEWAY_EVENT_READERS). Try again later.',
);

/** What `promise` comes to, or nothing as soon as `signal` aborts: a question that waits for an event holds up nobody who leaves. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    promise.then(resolve, reject);
  });
}
