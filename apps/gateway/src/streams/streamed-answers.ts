import { EVENT_STREAM_TYPE, errors, type HttpResponse, type OperationModel } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import type { Caller } from '../authenticator.js';
import type { Limits } from '../limits.js';
import type { UpstreamCall } from '../upstream.js';
import { StreamedAnswer, type StreamDeps, type StreamPage } from './streamed-answer.js';

/** What a client that takes nothing more gets at the end; then its connection is cut. */
const LAST_WORDS_MS = 1_000;

/** Answers that are streams of events (`OperationModel.eventStream`): how many there are, and their end with this gateway. */
export class StreamedAnswers {
  private readonly open = new Set<StreamedAnswer>();
  private readonly seats = new Map<string, number>();
  private isClosing = false;

  constructor(
    private readonly deps: StreamDeps,
    private readonly limits: Pick<Limits, 'maxStreams' | 'maxStreamsOfAccount'>,
  ) {}

  /** A refusal is given before anything of a stream is. */
  async begin(
    operation: OperationModel,
    call: UpstreamCall,
    caller: Caller,
  ): Promise<HttpResponse | { readonly rejection: Rejection }> {
    const { maxStreams, maxStreamsOfAccount } = this.limits;
    const { accountId } = caller;
    const taken = this.seats.get(accountId) ?? 0;
    if (this.isClosing || this.open.size >= maxStreams) return { rejection: errors.unavailable(FULL) };
    if (taken >= maxStreamsOfAccount) return { rejection: tooMany(operation, maxStreamsOfAccount) };
    this.seats.set(accountId, taken + 1);
    const answer = await this.deps.upstream.call(call).catch((error: unknown) => {
      this.leave(accountId);
      throw error;
    });
    if ('rejection' in answer) {
      this.leave(accountId);
      return answer;
    }
    const stream = new StreamedAnswer(this.deps, { operation, call, caller, first: answer.output as StreamPage });
    this.open.add(stream);
    stream.once('close', () => {
      this.open.delete(stream);
      this.leave(accountId);
    });
    if (this.isClosing) stream.finish(STOPPING);
    return { status: 200, headers: headers(call.requestId), body: new Uint8Array(), stream };
  }

  /** Ends them all; clients begin anew elsewhere, or later. */
  close(): void {
    this.isClosing = true;
    for (const stream of this.open) {
      stream.finish(STOPPING);
      const cancel = this.deps.clock.after(LAST_WORDS_MS, () => stream.destroy());
      stream.once('close', cancel);
    }
  }

  private leave(accountId: string): void {
    const left = this.seats.get(accountId)! - 1;
    if (left > 0) this.seats.set(accountId, left);
    else this.seats.delete(accountId);
  }
}

const headers = (requestId: string) => ({
  'content-type': EVENT_STREAM_TYPE,
  'x-amzn-requestid': requestId,
  'cache-control': 'no-store',
  // nginx would gather the events into blocks.
  'x-accel-buffering': 'no',
  // A connection that would be kept for another request would keep a gateway from ending.
  connection: 'close',
});

const FULL = 'This gateway has no room for another stream. Try again later.';
const STOPPING = errors.unavailable('This gateway is stopping. Begin the stream again.');

const tooMany = ({ name }: OperationModel, limit: number): Rejection => ({
  code: 'LimitExceededException',
  message: `This account has ${limit} streams of ${name} and the like already, as many as it may have at a time.`,
  status: 400,
});
