import { scopeKey } from '#lib/kernel';
import { logGroupArn } from './arns.js';
import { event } from './events.js';
import { groupNamed, nameIn } from './lookup.js';
import type { LogGroup, LogGroupClass, Tags } from './model.js';
import { placeFor } from './places.js';
import { page, type PageInput } from './pages.js';
import { refusals } from './refusals.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from './rule-types.js';
import { groupKey, type LoggingState } from './state.js';
import { checkTags } from './tags.js';

/** As AWS bounds an account. */
const MAX_GROUPS = 1_000_000;

interface GroupInput {
  readonly logGroupName: string;
}

interface CreateLogGroupInput extends GroupInput {
  readonly kmsKeyId?: string;
  readonly tags?: Tags;
  readonly logGroupClass?: LogGroupClass | 'DELIVERY';
  /** Not the caller's: the aggregators that live. */
  readonly places?: readonly number[];
}

const createLogGroup: CommandRule<CreateLogGroupInput> = {
  actors: ITSELF,
  decide(state, { logGroupName: name, kmsKeyId, tags = {}, logGroupClass = 'STANDARD', places }, context) {
    const { accountId, region } = context;
    if (/^aws\//i.test(name)) throw refusals.invalid('Log groups starting with AWS/ are reserved for AWS.');
    if (logGroupClass === 'DELIVERY') throw refusals.invalid("Longshore has no log groups of class 'DELIVERY'.");
    checkTags(tags);
    if (state.groups.has(groupKey(context, name))) throw refusals.groupExists();
    if (state.groups.countBy('scope', scopeKey(context)) >= MAX_GROUPS) throw refusals.limitExceeded();
    const place = placeFor(state, { accountId, region, name }, places);
    const key = kmsKeyId === undefined ? {} : { kmsKeyId };
    return [
      event('LogGroupCreated', { accountId, region, name, id: context.id('log-group'), logGroupClass, ...key, tags, place }),
    ];
  },
  reply: () => ({}),
};

const deleteLogGroup: CommandRule<GroupInput> = {
  actors: ITSELF,
  decide(state, { logGroupName }, context) {
    const { accountId, region, name } = groupNamed(state, context, logGroupName);
    return [event('LogGroupDeleted', { accountId, region, name })];
  },
  reply: () => ({}),
};

/** As AWS lists them: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const putRetentionPolicy: CommandRule<GroupInput & { retentionInDays: number }> = {
  actors: ITSELF,
  decide(state, { logGroupName, retentionInDays }, context) {
    if (!(RETENTIONS as readonly number[]).includes(retentionInDays)) {
      throw refusals.invalid(
        `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTIONS.join(', ')}]`,
      );
    }
    return retained(groupNamed(state, context, logGroupName), retentionInDays);
  },
  reply: () => ({}),
};

const deleteRetentionPolicy: CommandRule<GroupInput> = {
  actors: ITSELF,
  decide: (state, { logGroupName }, context) => retained(groupNamed(state, context, logGroupName), null),
  reply: () => ({}),
};

const retained = ({ accountId, region, name, retentionInDays: now }: LogGroup, retentionInDays: number | null) =>
  (now ?? null) === retentionInDays ? [] : [event('LogGroupRetentionSet', { accountId, region, name, retentionInDays })];

interface KeyInput {
  readonly logGroupName?: string;
  readonly kmsKeyId?: string;
  readonly resourceIdentifier?: string;
}

/** Keys are KMS's, which is another app's: what is given is kept and shown. */
const keySet = (isGiven: boolean): CommandRule<KeyInput> => ({
  actors: ITSELF,
  decide(state, { logGroupName, kmsKeyId, resourceIdentifier }, context) {
    if ((logGroupName === undefined) === (resourceIdentifier === undefined))
      throw refusals.invalid('Exactly one of logGroupName and resourceIdentifier must be specified.');
    if (resourceIdentifier?.endsWith(':query-result:*'))
      throw refusals.invalid('Longshore keeps results of queries for a short time only: no key can be set for them.');
    const group = groupNamed(state, context, nameIn(context, logGroupName ?? resourceIdentifier!));
    const { accountId, region, name } = group;
    const key = isGiven ? kmsKeyId! : null;
    return (group.kmsKeyId ?? null) === key ? [] : [event('LogGroupKeySet', { accountId, region, name, kmsKeyId: key })];
  },
  reply: () => ({}),
});

/** The aggregator's own: no line of these groups is on a disk any more. */
const recordErasedGroups: CommandRule<{ readonly ids: readonly string[] }> = {
  actors: ITSELF,
  decide: ({ deletedGroups }, { ids }) => ids.filter((id) => deletedGroups.has(id)).map((id) => event('LogGroupErased', { id })),
  reply: () => ({}),
};

interface DescribeLogGroupsInput extends PageInput {
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
  readonly logGroupClass?: string;
  readonly logGroupIdentifiers?: readonly string[];
  readonly accountIdentifiers?: readonly string[];
  /** Not the caller's: what the store knows, by group id. */
  readonly storedBytes?: Readonly<Record<string, number>>;
}

const describeLogGroups: QueryRule<DescribeLogGroupsInput> = (state, input, caller) => {
  const {
    logGroupNamePrefix: prefix,
    logGroupNamePattern: pattern,
    logGroupIdentifiers,
    logGroupClass,
    storedBytes = {},
  } = input;
  if (prefix !== undefined && pattern !== undefined) {
    throw refusals.invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  }
  const view = (group: LogGroup) =>
    logGroupView(group, storedBytes[group.id], state.metricFilters.countBy('group', groupKey(group, group.name)));
  if (logGroupIdentifiers) {
    const found = logGroupIdentifiers.flatMap((identifier) => {
      const group = state.groups.get(groupKey(caller, nameIn(caller, identifier)));
      return group ? [group] : [];
    });
    return { logGroups: found.map(view) };
  }
  const isAsked = (group: LogGroup) =>
    (prefix === undefined || group.name.startsWith(prefix)) &&
    (pattern === undefined || group.name.includes(pattern)) &&
    (logGroupClass === undefined || group.logGroupClass === logGroupClass);
  const list = JSON.stringify(['groups', prefix, pattern, logGroupClass]);
  const { items, nextToken } = page(input, list, (after) => groupsOf(state, caller, isAsked, after), nameOf);
  return { logGroups: items.map(view), nextToken };
};

const nameOf = ({ name }: LogGroup) => name;

function* groupsOf(
  state: LoggingState,
  caller: Parameters<typeof groupKey>[0],
  isAsked: (group: LogGroup) => boolean,
  after: string | undefined,
): Iterable<LogGroup> {
  const from = after === undefined ? undefined : groupKey(caller, after);
  for (const group of state.groups.ordered('scope', scopeKey(caller), from)) if (isAsked(group)) yield group;
}

interface ListLogGroupsInput extends PageInput {
  readonly logGroupNamePattern?: string;
  readonly logGroupClass?: string;
  readonly logGroupTags?: readonly { readonly key?: string; readonly values?: readonly string[] }[];
}

/** `a|^b`: names that contain `a` or begin with `b`. */
const listLogGroups: QueryRule<ListLogGroupsInput> = (state, input, caller) => {
  const { logGroupNamePattern, logGroupClass } = input;
  const parts = logGroupNamePattern?.split('|');
  const isAsked = ({ name, logGroupClass: of }: LogGroup) =>
    (parts === undefined ||
      parts.some((part) => (part.startsWith('^') ? name.startsWith(part.slice(1)) : name.includes(part)))) &&
    (logGroupClass === undefined || of === logGroupClass);
  const list = JSON.stringify(['list', logGroupNamePattern, logGroupClass]);
  const { items, nextToken } = page(input, list, (after) => groupsOf(state, caller, isAsked, after), nameOf);
  const logGroups = items.map((group) => ({
    logGroupName: group.name,
    logGroupArn: logGroupArn(group, group.name),
    logGroupClass: group.logGroupClass,
  }));
  return { logGroups, nextToken };
};

const logGroupView = (group: LogGroup, storedBytes = 0, metricFilterCount = 0) => ({
  logGroupName: group.name,
  creationTime: Date.parse(group.createdAt),
  ...(group.retentionInDays === undefined ? {} : { retentionInDays: group.retentionInDays }),
  ...(group.kmsKeyId === undefined ? {} : { kmsKeyId: group.kmsKeyId }),
  metricFilterCount,
  arn: `${logGroupArn(group, group.name)}:*`,
  logGroupArn: logGroupArn(group, group.name),
  storedBytes,
  logGroupClass: group.logGroupClass,
});

export const groupCommands: CommandRules = {
  CreateLogGroup: createLogGroup,
  DeleteLogGroup: deleteLogGroup,
  PutRetentionPolicy: putRetentionPolicy,
  DeleteRetentionPolicy: deleteRetentionPolicy,
  AssociateKmsKey: keySet(true),
  DisassociateKmsKey: keySet(false),
  RecordErasedGroups: recordErasedGroups,
};

export const groupQueries: QueryRules = { DescribeLogGroups: describeLogGroups, ListLogGroups: listLogGroups };
