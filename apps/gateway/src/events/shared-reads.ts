import { longshoreModel } from '#lib/aws-api';
import type { EventFilter, ReadEventsInput, ReadEventsOutput, Rejection } from '#lib/kernel';
import type { Clock, Random } from '#lib/platform';
import type { Caller } from '../authenticator.js';
import { randomRequestId } from '../request-id.js';
import type { Upstream } from '../upstream.js';
import { sse } from './sse.js';

/** A page as it is written to readers. */
export interface EventsPage {
  readonly text: string;
  readonly count: number;
  /** Everything up to here was considered. */
  readonly cursor: string;
  /** False: there is more already. */
  readonly caughtUp: boolean;
}

/** What one reader asks; `deadlineMs` from now on. */
export interface Read {
  readonly caller: Caller;
  readonly filter: EventFilter;
  readonly after?: string;
  readonly waitMs: number;
  readonly deadlineMs: number;
}

const PAGE = 100;
const { service } = longshoreModel;
export const READ_EVENTS = longshoreModel.operation('ReadEvents')!;

export const inputOf = ({ filter, after, waitMs }: Pick<Read, 'filter' | 'after' | 'waitMs'>): ReadEventsInput => ({
  ...filter,
  ...(after === undefined ? {} : { after }),
  maxResults: PAGE,
  waitMs,
});

/**
 * Readers that are up to date all ask what follows the same place. Those with the same filters and rights get one question to the
 * state store and one page of text: what a hundred of them cost over one is a hundred writes.
 */
export class SharedReads {
  private readonly underWay = new Map<string, Promise<EventsPage | { rejection: Rejection }>>();

  constructor(
    private readonly deps: { readonly upstream: Pick<Upstream, 'call'>; readonly clock: Clock; readonly random: Random },
    /** The gateway stops. A reader that leaves ends no question: others may wait for its answer. */
    private readonly signal: AbortSignal,
  ) {}

  read(read: Read): Promise<EventsPage | { rejection: Rejection }> {
    const { accountId, region } = read.caller;
    const question = JSON.stringify([accountId, region, inputOf(read)]);
    let answer = this.underWay.get(question);
    if (!answer) {
      answer = this.ask(read).finally(() => this.underWay.delete(question));
      this.underWay.set(question, answer);
    }
    return answer;
  }

  private async ask(read: Read): Promise<EventsPage | { rejection: Rejection }> {
    const { upstream, clock, random } = this.deps;
    const { principalArn, accountId, region } = read.caller;
    const answer = await upstream.call({
      service,
      operation: READ_EVENTS.name,
      input: inputOf(read),
      requestId: randomRequestId(random),
      principal: principalArn,
      accountId,
      region,
      deadlineAtMs: clock.monotonicMs() + read.deadlineMs,
      signal: this.signal,
    });
    if ('rejection' in answer) return answer;
    const { events, cursor, caughtUp } = answer.output as ReadEventsOutput;
    const text = events.map((event) => sse.event(event.id, event['detail-type'], event)).join('');
    return { text, count: events.length, cursor, caughtUp };
  }
}
