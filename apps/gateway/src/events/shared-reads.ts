import { longshoreModel } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';
import type { Clock, Random } from '#lib/platform';
import type { Caller } from '../authenticator.js';
import { randomRequestId } from '../request-id.js';
import type { Upstream } from '../upstream.js';
import type { Feed, FeedPage } from './feed.js';

/** What one reader asks; `deadlineMs` from now on. */
export interface Read {
  readonly feed: Feed;
  readonly caller: Caller;
  readonly filter: object;
  readonly after?: string;
  readonly waitMs: number;
  readonly deadlineMs: number;
}

const { service } = longshoreModel;

/**
 * Readers that are up to date all ask what follows the same place. Those with the same filters and rights get one question to the
 * state store and one page of text: what a hundred of them cost over one is a hundred writes.
 */
export class SharedReads {
  private readonly underWay = new Map<string, Promise<FeedPage | { rejection: Rejection }>>();

  constructor(
    private readonly deps: { readonly upstream: Pick<Upstream, 'call'>; readonly clock: Clock; readonly random: Random },
    /** The gateway stops. A reader that leaves ends no question: others may wait for its answer. */
    private readonly signal: AbortSignal,
  ) {}

  read(read: Read): Promise<FeedPage | { rejection: Rejection }> {
    const { accountId, region } = read.caller;
    const question = JSON.stringify([accountId, region, read.feed.operation.name, read.feed.inputOf(read)]);
    let answer = this.underWay.get(question);
    if (!answer) {
      answer = this.ask(read).finally(() => this.underWay.delete(question));
      this.underWay.set(question, answer);
    }
    return answer;
  }

  private async ask(read: Read): Promise<FeedPage | { rejection: Rejection }> {
    const { upstream, clock, random } = this.deps;
    const { principalArn, accountId, region } = read.caller;
    const answer = await upstream.call({
      service,
      operation: read.feed.operation.name,
      input: read.feed.inputOf(read),
      requestId: randomRequestId(random),
      principal: principalArn,
      accountId,
      region,
      deadlineAtMs: clock.monotonicMs() + read.deadlineMs,
      signal: this.signal,
    });
    if ('rejection' in answer) return answer;
    return read.feed.pageOf(answer.output);
  }
}
