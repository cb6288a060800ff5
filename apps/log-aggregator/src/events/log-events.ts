import type { Scope } from '#lib/kernel';
import type { ApiRequest } from '#lib/messaging';
import type { Clock } from '#lib/platform';
import { logGroupArn } from '../domain/arns.js';
import { compileFilterPattern } from '../domain/filter-pattern/compile.js';
import { groupNamed, groupOf, type NamesGroup, streamNamed } from '../domain/lookup.js';
import type { LogGroup, LogStream } from '../domain/model.js';
import { refusals } from '../domain/refusals.js';
import { partitionOfGroup } from '../domain/places.js';
import { groupKey, type LoggingState } from '../domain/state.js';
import { SEQUENCE_TOKEN } from '../domain/streams.js';
import { DAY_MS, END_OF_TIME, type GroupRef, type LogStore, type Page, type Position } from '../store/log-store.js';
import { answered } from './answered.js';
import { eventId, formatEventToken, formatPosition, parseEventToken, parsePointer, parsePosition } from './positions.js';
import { acceptEvents, type InputLogEvent } from './put-rules.js';

/** A page: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
const MAX_EVENTS = 10_000;
const MAX_PAGE_BYTES = 1_048_576;
/** What one call looks at: about half a second of a processor. AWS's pages end early, too, and have a token then. */
const BUDGET_BYTES = 128 * 1024 * 1024;

export interface LogEventsDeps {
  readonly state: LoggingState;
  readonly store: LogStore;
  readonly clock: Pick<Clock, 'now'>;
}

interface GetInput extends NamesGroup {
  readonly logStreamName: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startFromHead?: boolean;
}

interface FilterInput extends NamesGroup {
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefix?: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly filterPattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
}

export const groupRef = (group: LogGroup): GroupRef => ({
  id: group.id,
  partition: partitionOfGroup(group),
  place: group.place,
});

/** Lines that are older are not shown, even while they are on the disk. */
export const keptFrom = ({ retentionInDays }: Pick<LogGroup, 'retentionInDays'>, nowMs: number): number | undefined =>
  retentionInDays === undefined ? undefined : nowMs - retentionInDays * DAY_MS;

/** The operations on lines: what the journal knows of their groups, and what the store has. */
export class LogEvents {
  constructor(private readonly deps: LogEventsDeps) {}

  put({ input, context }: ApiRequest<{ logGroupName: string; logStreamName: string; logEvents: readonly InputLogEvent[] }>) {
    return answered(async () => {
      const { state, store, clock } = this.deps;
      const group = groupNamed(state, scopeOf(context), input.logGroupName);
      const stream = streamNamed(state, scopeOf(context), group.name, input.logStreamName);
      const nowMs = clock.now();
      const { events, rejected } = acceptEvents(input.logEvents, nowMs, keptFrom(group, nowMs));
      const request = context.requestId || undefined;
      if (events.length > 0)
        await store.append({ group: groupRef(group), stream: stream.id, ingestedAt: nowMs, events, request });
      return { nextSequenceToken: SEQUENCE_TOKEN, ...(rejected ? { rejectedLogEventsInfo: rejected } : {}) };
    });
  }

  get({ input, context }: ApiRequest<GetInput>) {
    return answered(async () => {
      const { state, store } = this.deps;
      const group = groupOf(state, scopeOf(context), input);
      const stream = streamNamed(state, scopeOf(context), group.name, input.logStreamName);
      const given = input.nextToken === undefined ? undefined : parseEventToken(input.nextToken, stream.id);
      const backward = given ? given.direction === 'b' : input.startFromHead !== true;
      const page = await store.scan({
        ...this.asked(group, input.startTime, input.endTime ?? END_OF_TIME),
        streams: [stream.id],
        backward,
        after: given?.position,
        limit: input.limit ?? MAX_EVENTS,
      });
      const events = backward ? page.events.toReversed() : page.events;
      return {
        events: events.map(({ timestamp, message, ingestedAt }) => ({ timestamp, message, ingestionTime: ingestedAt })),
        ...tokensOf(page, events, given?.position, backward, stream),
      };
    });
  }

  filter({ input, context }: ApiRequest<FilterInput>) {
    return answered(async () => {
      const { state, store } = this.deps;
      const scope = scopeOf(context);
      const group = groupOf(state, scope, input);
      compileFilterPattern(input.filterPattern);
      const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
      if (names && prefix !== undefined) {
        throw refusals.invalid('Only one of logStreamNames and logStreamNamePrefix can be specified.');
      }
      if (input.startTime !== undefined && input.endTime !== undefined && input.startTime > input.endTime) {
        throw refusals.invalid('startTime must not be later than endTime.');
      }
      const streams = new Map<string, LogStream>();
      for (const stream of state.streams.by('group', groupKey(scope, group.name))) {
        if ((!names || names.includes(stream.name)) && stream.name.startsWith(prefix ?? '')) streams.set(stream.id, stream);
      }
      for (const name of names ?? []) streamNamed(state, scope, group.name, name);
      const list = `filter ${group.id}`;
      const page = await store.scan({
        // Unlike that of GetLogEvents, the end is part of it.
        ...this.asked(group, input.startTime, (input.endTime ?? END_OF_TIME) + 1),
        ...(names || prefix !== undefined ? { streams: [...streams.keys()] } : {}),
        backward: false,
        after: input.nextToken === undefined ? undefined : parsePosition(input.nextToken, list),
        limit: input.limit ?? MAX_EVENTS,
        pattern: input.filterPattern,
      });
      const events = page.events.flatMap(({ stream, timestamp, message, ingestedAt, ...position }) => {
        // A stream that was deleted is not shown.
        const logStreamName = streams.get(stream)?.name;
        if (logStreamName === undefined) return [];
        return [{ logStreamName, timestamp, message, ingestionTime: ingestedAt, eventId: eventId({ timestamp, ...position }) }];
      });
      return { events, searchedLogStreams: [], ...(page.next ? { nextToken: formatPosition(page.next, list) } : {}) };
    });
  }

  record({ input, context }: ApiRequest<{ logRecordPointer: string }>) {
    return answered(async () => {
      const { state, store } = this.deps;
      const { group: id, position } = parsePointer(input.logRecordPointer);
      const [group] = state.groups.by('id', id);
      if (!group || group.accountId !== context.accountId || group.region !== context.region) throw refusals.resourceNotFound();
      const { timestamp } = position;
      const page = await store.scan({
        ...this.asked(group, timestamp, timestamp + 1),
        backward: false,
        after: { ...position, index: position.index - 1 },
        limit: 1,
      });
      const [event] = page.events;
      const [stream] = event ? state.streams.by('id', event.stream) : [];
      if (event?.run !== position.run || event.index !== position.index || !stream) throw refusals.resourceNotFound();
      return {
        logRecord: {
          ...jsonFields(event.message),
          '@ptr': input.logRecordPointer,
          '@message': event.message,
          '@timestamp': String(event.timestamp),
          '@ingestionTime': String(event.ingestedAt),
          '@logStream': stream.name,
          '@log': `${group.accountId}:${group.name}`,
          '@entity.KeyAttributes.Identifier': logGroupArn(group, group.name),
        },
      };
    });
  }

  private asked(group: LogGroup, startTime: number | undefined, to: number) {
    const from = Math.max(startTime ?? 0, keptFrom(group, this.deps.clock.now()) ?? 0);
    return { group: groupRef(group), from, to, maxBytes: MAX_PAGE_BYTES, budgetBytes: BUDGET_BYTES };
  }
}

const scopeOf = ({ accountId, region }: ApiRequest['context']): Scope => ({ accountId, region }) as Scope;

/** Where there is nothing more, the token is the one that was given: so clients know the end. */
function tokensOf(page: Page, events: Page['events'], given: Position | undefined, backward: boolean, { id: list }: LogStream) {
  // Of a stream without a line: whatever comes is behind it.
  const nowhere: Position = { timestamp: 0, run: 0, index: 0 };
  const [first, last] = [events[0], events.at(-1)];
  const early = page.next && events.length === 0 ? page.next : undefined;
  const forward = last ?? (backward ? (given ?? nowhere) : (early ?? given ?? nowhere));
  const back = first ?? (backward ? (early ?? given ?? nowhere) : (given ?? nowhere));
  return {
    nextForwardToken: formatEventToken({ direction: 'f', position: forward }, list),
    nextBackwardToken: formatEventToken({ direction: 'b', position: back }, list),
  };
}

function jsonFields(message: string): Record<string, string> {
  if (!message.trimStart().startsWith('{')) return {};
  try {
    const fields = Object.entries(JSON.parse(message) as object);
    return Object.fromEntries(fields.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
