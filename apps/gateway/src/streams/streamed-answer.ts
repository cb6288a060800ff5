import { Readable } from 'node:stream';
import { eventFrames, type OperationModel } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import type { Clock, Logger, Random } from '#lib/platform';
import type { Authenticator, Caller } from '../authenticator.js';
import { PAUSES } from '../limits.js';
import { randomRequestId } from '../request-id.js';
import type { Upstream, UpstreamCall } from '../upstream.js';

/** What an app answers to an operation whose answer is a stream of events: those that there are, and the place to be asked from next. */
export interface StreamPage {
  readonly events: readonly object[];
  /** Absent: these were the last. */
  readonly after?: string;
}

export interface StreamDeps {
  readonly upstream: Pick<Upstream, 'call'>;
  readonly authenticator: Pick<Authenticator, 'stillValid'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** One client's stream: what was asked, by whom, and the first page of its answer. */
export interface Streamed {
  readonly operation: OperationModel;
  readonly call: UpstreamCall;
  readonly caller: Caller;
  readonly first: StreamPage;
}

/** Of one question, with its second attempt; an app waits less for events. */
const READ_MS = 5_000;
/** As readers of events are: a deleted key's are sent away within a minute. */
const CHECK_KEY_MS = 20_000;
/** An app that is away for so long ends the stream: nothing shows sooner whether its client is still there. */
const LONGEST_SILENCE_MS = 60_000;

/**
 * The same call again and again with the place of its last page, as fast as the client takes what came of it. So no app keeps anything
 * for a client, and whatever dies between, the next question is the last one again.
 */
export class StreamedAnswer extends Readable {
  private after: string | undefined;
  private pending: readonly object[] | undefined;
  private isOver = false;
  private readonly left = new AbortController();
  private checkedAtMs: number;
  private answeredAtMs: number;

  constructor(
    private readonly deps: StreamDeps,
    private readonly streamed: Streamed,
  ) {
    // One page ahead of the client.
    super({ highWaterMark: 1 });
    this.after = streamed.first.after;
    this.pending = streamed.first.events;
    this.checkedAtMs = this.answeredAtMs = deps.clock.monotonicMs();
    this.push(eventFrames.initialResponse());
  }

  override _read(): void {
    this.next().catch((error: unknown) => {
      this.deps.logger.error({ err: error, requestId: this.streamed.call.requestId }, 'a streamed answer failed');
      this.finish(FAILED);
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.isOver = true;
    this.left.abort();
    done(error);
  }

  /** Nothing more comes, and the client is told why. */
  finish(reason?: Pick<Rejection, 'code' | 'message'>): void {
    if (this.isOver) return;
    this.isOver = true;
    this.left.abort();
    if (reason) this.push(eventFrames.error(reason));
    this.push(null);
  }

  private async next(): Promise<void> {
    const { clock, authenticator } = this.deps;
    while (!this.isOver) {
      if (clock.monotonicMs() - this.checkedAtMs >= CHECK_KEY_MS) {
        if (!(await authenticator.stillValid(this.streamed.caller))) return this.finish(KEY_GONE);
        this.checkedAtMs = clock.monotonicMs();
      }
      const events = this.pending ?? (await this.ask());
      this.pending = undefined;
      if (this.isOver) return;
      if (events && events.length > 0)
        this.push(Buffer.concat(events.map((one) => eventFrames.event(this.streamed.operation, one))));
      if (events && this.after === undefined) return this.finish();
      if (events && events.length > 0) return;
    }
  }

  /** Undefined: nobody could be asked, or it is told already why the stream ends. */
  private async ask(): Promise<readonly object[] | undefined> {
    const { upstream, clock, random } = this.deps;
    const { call } = this.streamed;
    const askedAtMs = clock.monotonicMs();
    const answer = await upstream.call({
      ...call,
      input: { ...(call.input as object), after: this.after },
      requestId: randomRequestId(random),
      deadlineAtMs: askedAtMs + READ_MS,
      signal: this.left.signal,
    });
    const isLate = clock.monotonicMs() - this.answeredAtMs >= LONGEST_SILENCE_MS;
    if ('rejection' in answer && (answer.rejection.status < 500 || isLate)) this.finish(answer.rejection);
    const page = 'output' in answer ? (answer.output as StreamPage) : undefined;
    // Who has nothing and did not wait for anything is stopping; who fails at once shall not be asked at once.
    const isIdle = page?.events.length === 0 && page.after !== undefined && clock.monotonicMs() - askedAtMs < PAUSES.longestMs;
    if (!page || isIdle) await this.rest();
    if (!page) return undefined;
    this.after = page.after;
    this.answeredAtMs = clock.monotonicMs();
    return page.events;
  }

  private async rest(): Promise<void> {
    await this.deps.clock.sleep(PAUSES.longestMs, this.left.signal).catch(() => undefined);
  }
}

const FAILED = { code: 'InternalFailure', message: 'The stream ended for a reason inside Longshore. Its log has it.' };
const KEY_GONE = { code: 'UnrecognizedClientException', message: 'The access key of this stream is not valid any more.' };
