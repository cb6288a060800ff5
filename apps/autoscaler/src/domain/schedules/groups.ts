import { sameContent, type Scope, scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { page } from '../pages.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { ScalingState } from '../state.js';
import { checkTags, tagsOf } from '../tags.js';
import type { ScheduleGroup, ScheduleGroupId } from './model.js';
import { DEFAULT_GROUP, groupArn, scheduleGroupKey } from './names.js';
import { scheduleRefusals as refusals } from './refusals.js';
import { deletionOf } from './schedules.js';
import { knownGroup } from './known-group.js';

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html */
const MOST_GROUPS = 500;
const MOST_RESULTS = 100;

type TagList = readonly { readonly Key: string; readonly Value: string }[];

function groupOfArn(state: ScalingState, scope: Scope, arn: string): ScheduleGroup {
  const name = /^arn:[^:]+:scheduler:[^:]+:\d+:schedule-group\/([^/]+)$/.exec(arn)?.[1];
  const id = name === undefined ? undefined : { accountId: scope.accountId, region: scope.region, name };
  const group = id && groupArn(id) === arn ? state.scheduleGroups.get(scheduleGroupKey(id)) : undefined;
  if (id?.name === DEFAULT_GROUP) throw refusals.validation('The default schedule group has no tags.');
  if (!group) throw refusals.noResource(arn);
  return group;
}

const createScheduleGroup: CommandRule<{ readonly Name: string; readonly Tags?: TagList; readonly ClientToken?: string }> = {
  actors: ITSELF,
  decide(state, input, { accountId, region }) {
    const id = { accountId, region, name: input.Name };
    const before = state.scheduleGroups.get(scheduleGroupKey(id));
    const clientToken = input.ClientToken;
    if (before && clientToken !== undefined && before.clientToken === clientToken) return [];
    if (before || id.name === DEFAULT_GROUP) throw refusals.groupExists(id.name);
    if (state.scheduleGroups.countBy('scope', scopeKey(id)) >= MOST_GROUPS) throw refusals.limit(MOST_GROUPS, 'schedule groups');
    const tags = tagsOf(input.Tags ?? []);
    checkTags(tags, refusals.validation);
    return [event('ScheduleGroupCreated', { ...id, tags, ...(clientToken === undefined ? {} : { clientToken }) })];
  },
  reply: (_state, { Name: name }, _events, { accountId, region }) => ({
    ScheduleGroupArn: groupArn({ accountId, region, name }),
  }),
};

/** With all of its schedules, at once: AWS takes them one after another. */
const deleteScheduleGroup: CommandRule<{ readonly Name: string }> = {
  actors: ITSELF,
  decide(state, { Name: name }, { accountId, region }) {
    if (name === DEFAULT_GROUP) throw refusals.validation('The default schedule group cannot be deleted.');
    const id = { accountId, region, name };
    knownGroup(state, id);
    const schedules = [...state.schedules.by('group', scheduleGroupKey(id))];
    return [...schedules.flatMap((schedule) => deletionOf(state, schedule)), event('ScheduleGroupDeleted', id)];
  },
  reply: () => ({}),
};

const described = (id: ScheduleGroupId, group: ScheduleGroup | undefined) => ({
  Arn: groupArn(id),
  Name: id.name,
  State: 'ACTIVE',
  CreationDate: group?.createdAt,
  LastModificationDate: group?.modifiedAt,
});

const getScheduleGroup: QueryRule<{ readonly Name: string }> = (state, { Name: name }, { accountId, region }) => {
  const id = { accountId, region, name };
  return described(id, knownGroup(state, id));
};

const listScheduleGroups: QueryRule<{
  readonly NamePrefix?: string;
  readonly NextToken?: string;
  readonly MaxResults?: number;
}> = (state, input, { accountId, region }) => {
  const { NamePrefix: prefix = '', NextToken: token, MaxResults: limit = MOST_RESULTS } = input;
  const scope = { accountId, region };
  const all = [{ ...scope, name: DEFAULT_GROUP }, ...state.scheduleGroups.by('scope', scopeKey(scope))]
    .filter(({ name }) => name.startsWith(prefix))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const list = JSON.stringify(['schedule groups', prefix]);
  const { items, nextToken } = page(all, scheduleGroupKey, { list, limit, token, badToken: refusals.badToken });
  return {
    ScheduleGroups: items.map((id) => described(id, state.scheduleGroups.get(scheduleGroupKey(id)))),
    NextToken: nextToken,
  };
};

interface OfArn {
  readonly ResourceArn: string;
}

const tagScheduleGroup: CommandRule<OfArn & { readonly Tags: TagList }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region, name, tags: before } = groupOfArn(state, context, input.ResourceArn);
    const tags = tagsOf(input.Tags);
    const after = { ...before, ...tags };
    checkTags(after, refusals.validation);
    return sameContent(after, before) ? [] : [event('ScheduleGroupTagged', { accountId, region, name, tags })];
  },
  reply: () => ({}),
};

const untagScheduleGroup: CommandRule<OfArn & { readonly TagKeys: readonly string[] }> = {
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region, name, tags } = groupOfArn(state, context, input.ResourceArn);
    const tagKeys = [...new Set(input.TagKeys)].filter((key) => Object.hasOwn(tags, key));
    return tagKeys.length === 0 ? [] : [event('ScheduleGroupUntagged', { accountId, region, name, tagKeys })];
  },
  reply: () => ({}),
};

const tagsOfScheduleGroup: QueryRule<OfArn> = (state, { ResourceArn }, caller) => ({
  Tags: Object.entries(groupOfArn(state, caller, ResourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
});

export const scheduleGroupCommands: CommandRules = {
  CreateScheduleGroup: createScheduleGroup,
  DeleteScheduleGroup: deleteScheduleGroup,
  TagScheduleGroup: tagScheduleGroup,
  UntagScheduleGroup: untagScheduleGroup,
};

export const scheduleGroupQueries: QueryRules = {
  GetScheduleGroup: getScheduleGroup,
  ListScheduleGroups: listScheduleGroups,
  ListTagsOfScheduleGroup: tagsOfScheduleGroup,
};
