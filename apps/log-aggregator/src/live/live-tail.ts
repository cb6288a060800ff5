import { setImmediate } from 'node:timers/promises';
import type { Scope } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Clock, Random } from '#lib/platform';
import { logGroupArn } from '../domain/arns.js';
import { compileFilterPattern } from '../domain/filter-pattern/compile.js';
import type { Filter } from '../domain/filter-pattern/filter.js';
import { groupNamed, nameIn } from '../domain/lookup.js';
import type { LogGroup } from '../domain/model.js';
import { refusals } from '../domain/refusals.js';
import type { LoggingState } from '../domain/state.js';
import { answered } from '../events/answered.js';
import type { AllFeeds } from './all-feeds.js';
import type { FeedPage } from './line-feed.js';
import { type Place, formatPlace, parsePlace, Sample } from './tail-place.js';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html */
const SESSION_MS = 3 * 3_600_000;
const EVENTS_A_SECOND = 500;
/** Where nothing comes, an empty update tells that the session lives. */
const UPDATE_MS = 1_000;
/** From the first line of an update to its end: AWS waits for the second to pass. */
const GATHER_MS = 200;

export interface LiveTailDeps {
  readonly state: LoggingState;
  readonly feed: AllFeeds;
  readonly clock: Clock;
  readonly random: Random;
}

interface TailInput {
  readonly logGroupIdentifiers: readonly string[];
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefixes?: readonly string[];
  readonly logEventFilterPattern?: string;
  /** Not the client's: the place behind the update before, from the gateway. */
  readonly after?: string;
}

type Request = ApiRequest<TailInput>;

interface Tail {
  readonly scope: Scope;
  readonly groups: ReadonlyMap<string, LogGroup>;
  readonly filter: Pick<Filter, 'matches'>;
  readonly isMeant: (stream: string) => boolean;
}

/** `StartLiveTail`. A session is nothing here: each update is asked for with the place behind the one before, which says how old the session is. */
export class LiveTail {
  constructor(private readonly deps: LiveTailDeps) {}

  page(request: Request): Promise<ApiReply> {
    return answered(async () => {
      const { input, context } = request;
      const scope = { accountId: context.accountId, region: context.region } as Scope;
      const tail = this.tail(scope, input);
      if (input.after === undefined) return this.begun(request);
      const place = parsePlace(input.after);
      return this.deps.clock.now() - place.begunAtMs >= SESSION_MS ? TIMED_OUT : this.update(tail, place);
    });
  }

  private async begun({ input, context }: Request): Promise<object> {
    const { clock, feed, random } = this.deps;
    const hex = random.hex(16);
    const sessionStart = {
      requestId: context.requestId,
      sessionId: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'),
      logGroupIdentifiers: input.logGroupIdentifiers,
      logStreamNames: input.logStreamNames ?? [],
      logStreamNamePrefixes: input.logStreamNamePrefixes ?? [],
      logEventFilterPattern: input.logEventFilterPattern ?? '',
    };
    const nowMs = clock.now();
    return {
      events: [{ sessionStart }],
      after: formatPlace({ begunAtMs: nowMs, secondAtMs: nowMs, sent: 0, cursor: await feed.cursor() }),
    };
  }

  private tail(scope: Scope, input: TailInput): Tail {
    const { logGroupIdentifiers, logStreamNames: names, logStreamNamePrefixes: prefixes, logEventFilterPattern } = input;
    if (names && prefixes) throw refusals.invalid('Only one of logStreamNames and logStreamNamePrefixes can be specified.');
    if ((names ?? prefixes) && logGroupIdentifiers.length > 1)
      throw refusals.invalid('logStreamNames and logStreamNamePrefixes can be specified with one log group only.');
    const groups = new Map<string, LogGroup>();
    for (const identifier of logGroupIdentifiers) {
      if (identifier.endsWith('*')) throw refusals.invalid(`The log group ARN '${identifier}' must not end with an asterisk.`);
      const group = groupNamed(this.deps.state, scope, nameIn(scope, identifier));
      if (group.logGroupClass !== 'STANDARD')
        throw refusals.invalidOperation(
          `Live Tail is for log groups of the class STANDARD, and '${group.name}' is ${group.logGroupClass}.`,
        );
      groups.set(group.id, group);
    }
    return {
      scope,
      groups,
      filter: compileFilterPattern(logEventFilterPattern),
      isMeant: (stream) =>
        (!names || names.includes(stream)) && (!prefixes || prefixes.some((prefix) => stream.startsWith(prefix))),
    };
  }

  /** What came until the first line is a moment old, or nothing within a second. Of a second's lines beyond the limit, evenly some. */
  private async update(tail: Tail, place: Place): Promise<object> {
    const { clock, feed } = this.deps;
    const beganAtMs = clock.monotonicMs();
    const secondIsOver = clock.now() - place.secondAtMs >= UPDATE_MS || clock.now() < place.secondAtMs;
    const [secondAtMs, sent] = secondIsOver ? [clock.now(), 0] : [place.secondAtMs, place.sent];
    // Who has had a second's lines already waits for the next second.
    const isFull = sent >= EVENTS_A_SECOND;
    const sample = new Sample<object>(isFull ? EVENTS_A_SECOND : EVENTS_A_SECOND - sent);
    let endsAtMs = beganAtMs + (isFull ? secondAtMs + UPDATE_MS - clock.now() : UPDATE_MS);
    let [cursor, missed] = [place.cursor, false];
    const interest = { ...tail.scope, groups: [...tail.groups.keys()] };
    for (;;) {
      const page = await feed.read(cursor, interest, Math.max(0, endsAtMs - clock.monotonicMs()));
      [cursor, missed] = [page.cursor, missed || page.missed];
      for (const event of this.matching(page, tail)) {
        if (sample.seen === 0 && !isFull) endsAtMs = Math.min(endsAtMs, clock.monotonicMs() + GATHER_MS);
        sample.add(event);
      }
      if (clock.monotonicMs() >= endsAtMs) break;
      // Between two pages others have their turn.
      if (page.taken.length > 0) await setImmediate();
    }
    const sessionResults = sample.taken();
    const sampled = missed || sample.seen > sessionResults.length;
    return {
      events: [{ sessionUpdate: { sessionMetadata: { sampled }, sessionResults } }],
      after: formatPlace({
        ...place,
        ...(isFull
          ? { secondAtMs: clock.now(), sent: sessionResults.length }
          : { secondAtMs, sent: sent + sessionResults.length }),
        cursor,
      }),
    };
  }

  private *matching({ taken }: FeedPage, { groups, filter, isMeant }: Tail): Iterable<object> {
    const { streams } = this.deps.state;
    for (const { group: ref, stream: id, ingestedAt, events } of taken) {
      const group = groups.get(ref.id);
      const [stream] = group ? [...streams.by('id', id)] : [];
      if (!group || !stream || stream.group !== group.name || !isMeant(stream.name)) continue;
      for (const { timestamp, message } of events)
        if (filter.matches(message))
          yield {
            logStreamName: stream.name,
            logGroupIdentifier: logGroupArn(group, group.name),
            message,
            timestamp,
            ingestionTime: ingestedAt,
          };
    }
  }
}

const TIMED_OUT = {
  events: [{ SessionTimeoutException: { message: 'The Live Tail session is over: it was open for three hours.' } }],
};
