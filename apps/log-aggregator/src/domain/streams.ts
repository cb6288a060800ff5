import { logStreamArn } from './arns.js';
import { event } from './events.js';
import { groupNamed, groupOf, type NamesGroup, streamNamed } from './lookup.js';
import type { LogStream } from './model.js';
import { placeFor } from './places.js';
import { page, type PageInput } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { groupKey, streamKey } from './state.js';

interface StreamInput {
  readonly logGroupName: string;
  readonly logStreamName: string;
}

const createLogStream: CommandRule<StreamInput> = {
  actors: ITSELF,
  decide(state, { logGroupName, logStreamName: name }, context) {
    const { accountId, region, name: group } = groupNamed(state, context, logGroupName);
    if (state.streams.has(streamKey(context, group, name))) throw refusals.streamExists();
    return [event('LogStreamCreated', { accountId, region, group, name, id: context.id('log-stream') })];
  },
  reply: () => ({}),
};

const deleteLogStream: CommandRule<StreamInput> = {
  actors: ITSELF,
  decide(state, { logGroupName, logStreamName }, context) {
    const { name: group } = groupNamed(state, context, logGroupName);
    const { accountId, region, name } = streamNamed(state, context, group, logStreamName);
    return [event('LogStreamDeleted', { accountId, region, group, name })];
  },
  reply: () => ({}),
};

interface OpenLogStreamInput extends StreamInput {
  readonly createGroup: boolean;
  /** The aggregators that live. */
  readonly places?: readonly number[];
}

/** The aggregator's own, for a container that begins to write: makes what is not there, as far as its task definition lets it. */
const openLogStream: CommandRule<OpenLogStreamInput> = {
  actors: ITSELF,
  decide(state, { logGroupName, logStreamName: name, createGroup, places }, context) {
    const { accountId, region } = context;
    const hasGroup = state.groups.has(groupKey(context, logGroupName));
    if (!hasGroup && !createGroup) throw refusals.groupNotFound();
    if (state.streams.has(streamKey(context, logGroupName, name))) return [];
    const group = {
      accountId,
      region,
      name: logGroupName,
      id: context.id('log-group'),
      logGroupClass: 'STANDARD',
      tags: {},
      place: placeFor(state, { accountId, region, name: logGroupName }, places),
    } as const;
    return [
      ...(hasGroup ? [] : [event('LogGroupCreated', group)]),
      event('LogStreamCreated', { accountId, region, group: logGroupName, name, id: context.id('log-stream') }),
    ];
  },
  reply(state, { logGroupName, logStreamName }, _events, caller) {
    const [group, stream] = [
      state.groups.get(groupKey(caller, logGroupName)),
      state.streams.get(streamKey(caller, logGroupName, logStreamName)),
    ];
    return { groupId: group?.id, place: group?.place, streamId: stream?.id };
  },
};

/** What the store knows of a stream's lines (ms since 1970). */
export interface StreamTimes {
  readonly firstEventTimestamp: number;
  readonly lastEventTimestamp: number;
  readonly lastIngestionTime: number;
}

interface DescribeLogStreamsInput extends NamesGroup, PageInput {
  readonly logStreamNamePrefix?: string;
  readonly orderBy?: 'LogStreamName' | 'LastEventTime';
  readonly descending?: boolean;
  /** Not the caller's: the store's, by stream id. A moment of the past has none. */
  readonly times?: Readonly<Record<string, StreamTimes>>;
}

const describeLogStreams: QueryRule<DescribeLogStreamsInput> = (state, input, caller) => {
  const { logStreamNamePrefix: prefix, orderBy = 'LogStreamName', descending = false, times = {} } = input;
  const group = groupOf(state, caller, input);
  if (orderBy === 'LastEventTime' && prefix !== undefined) {
    throw refusals.invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  const key = groupKey(caller, group.name);
  // In an order of text: of equal times, by name.
  const keyOf = ({ id, name, createdAt }: LogStream) =>
    orderBy === 'LogStreamName'
      ? name
      : `${String(times[id]?.lastEventTimestamp ?? Date.parse(createdAt)).padStart(16, '0')} ${name}`;
  const streams = [...state.streams.by('group', key)].filter(({ name }) => prefix === undefined || name.startsWith(prefix));
  const sorted = streams.map((stream) => ({ stream, key: keyOf(stream) }));
  const direction = descending ? -1 : 1;
  sorted.sort((a, b) => (a.key < b.key ? -direction : a.key > b.key ? direction : 0));
  const list = JSON.stringify(['streams', group.id, prefix, orderBy, descending]);
  const { items, nextToken } = page(
    input,
    list,
    () => sorted,
    (item) => item.key,
    descending,
  );
  return { logStreams: items.map(({ stream }) => logStreamView(stream, times[stream.id])), nextToken };
};

const logStreamView = ({ group, ...stream }: LogStream, times?: StreamTimes) => ({
  logStreamName: stream.name,
  creationTime: Date.parse(stream.createdAt),
  ...times,
  arn: logStreamArn(stream, group, stream.name),
  // AWS's value since 2019, for every stream: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html
  storedBytes: 0,
  uploadSequenceToken: SEQUENCE_TOKEN,
});

/** Nobody needs one since 2023, and old clients hand it back. */
export const SEQUENCE_TOKEN = '49039859627440090031225010410137506024490411020019367426';

export const streamCommands: CommandRules = {
  CreateLogStream: createLogStream,
  DeleteLogStream: deleteLogStream,
  OpenLogStream: openLogStream,
};

export const streamQueries: QueryRules = { DescribeLogStreams: describeLogStreams };
