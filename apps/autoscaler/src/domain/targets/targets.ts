import { type Refusal, scopeKey } from '#lib/kernel';
import { event, type ScalingEvent } from '../events.js';
import type { Tags } from '../model.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { alarmKey, type ScalingState } from '../state.js';
import { type ListInput, namesTarget, pageFor, type TargetInput, targetOf } from './input.js';
import type { ScalableTarget, SuspendedState, TargetId } from './model.js';
import { targetArn, targetArnPrefix, targetKey } from './names.js';
import { targetRefusals as refusals } from './refusals.js';

/** AWS's quota for ECS. */
const MOST_TARGETS = 3_000;
const MOST_TAGS = 50;
const NOT_SUSPENDED: SuspendedState = {
  DynamicScalingInSuspended: false,
  DynamicScalingOutSuspended: false,
  ScheduledScalingSuspended: false,
};

/** What the app saw of ECS when the request came: its state is no part of this journal. */
export interface FromEcs {
  /** ACTIVE, and of the kind whose desired count can be set. */
  readonly isScalable: boolean;
}

interface RegisterInput extends TargetInput {
  readonly MinCapacity?: number;
  readonly MaxCapacity?: number;
  readonly RoleARN?: string;
  readonly SuspendedState?: Partial<SuspendedState>;
  readonly Tags?: Tags;
  readonly fromEcs?: FromEcs;
}

export const knownTarget = (state: ScalingState, id: TargetId): ScalableTarget => {
  const target = state.scalableTargets.get(targetKey(id));
  if (!target) throw refusals.noTarget(id.resourceId);
  return target;
};

function checkBounds(minCapacity: number, maxCapacity: number): void {
  if (minCapacity < 0) throw refusals.validation('Minimum capacity must be 0 or more.');
  if (maxCapacity < minCapacity) throw refusals.validation('Maximum capacity cannot be less than minimum capacity');
}

const serviceRole = ({ accountId }: TargetId): string =>
  `arn:aws:iam::${accountId}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`;

function checkTags(tags: Tags, tooMany: () => Refusal): void {
  if (Object.keys(tags).some((key) => /^aws:/i.test(key)))
    throw refusals.validation('aws: prefixed tag key names are not allowed for external use.');
  if (Object.keys(tags).length > MOST_TAGS) throw tooMany();
}

const registerScalableTarget: CommandRule<RegisterInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const id = targetOf(context, input);
    const known = state.scalableTargets.get(targetKey(id));
    const { MinCapacity, MaxCapacity, RoleARN, SuspendedState: given, Tags: tags = {} } = input;
    if (known) {
      if (Object.keys(tags).length > 0)
        throw refusals.validation('Tags can only be given for a new scalable target: use TagResource for one that is there.');
      return updatesOf(known, input);
    }
    if (MinCapacity === undefined || MaxCapacity === undefined)
      throw refusals.validation('MinCapacity and MaxCapacity are required to register a new scalable target.');
    checkBounds(MinCapacity, MaxCapacity);
    if (!input.fromEcs?.isScalable) throw refusals.validation(`ECS service doesn't exist: ${id.resourceId}`);
    checkTags(tags, () => refusals.limit(`A scalable target can have at most ${MOST_TAGS} tags.`));
    if (state.scalableTargets.countBy('scope', scopeKey(context)) >= MOST_TARGETS)
      throw refusals.limit(`The maximum number of scalable targets, ${MOST_TARGETS}, has been reached.`);
    return [
      event('ScalableTargetRegistered', {
        ...id,
        id: context.id('scalable-target'),
        minCapacity: MinCapacity,
        maxCapacity: MaxCapacity,
        roleArn: RoleARN ?? serviceRole(id),
        suspended: { ...NOT_SUSPENDED, ...given },
        tags,
      }),
    ];
  },
  reply(state, input, _events, caller) {
    const target = state.scalableTargets.get(targetKey(targetOf(caller, input)));
    return target ? { ScalableTargetARN: targetArn(target) } : {};
  },
};

/** Members that are not given stay; a suspended state changes as far as it is given. */
function updatesOf(known: ScalableTarget, input: RegisterInput): readonly ScalingEvent[] {
  const { MinCapacity = known.minCapacity, MaxCapacity = known.maxCapacity, RoleARN, SuspendedState: given } = input;
  checkBounds(MinCapacity, MaxCapacity);
  const suspended = { ...known.suspended, ...given };
  const isSuspendedAnew = Object.entries(suspended).some(
    ([key, value]) => known.suspended[key as keyof SuspendedState] !== value,
  );
  const changes = {
    ...(MinCapacity === known.minCapacity ? {} : { minCapacity: MinCapacity }),
    ...(MaxCapacity === known.maxCapacity ? {} : { maxCapacity: MaxCapacity }),
    ...(RoleARN === undefined || RoleARN === known.roleArn ? {} : { roleArn: RoleARN }),
    ...(isSuspendedAnew ? { suspended } : {}),
  };
  const { accountId, region, resourceId } = known;
  return Object.keys(changes).length === 0 ? [] : [event('ScalableTargetUpdated', { accountId, region, resourceId, ...changes })];
}

const deregisterScalableTarget: CommandRule<TargetInput> = {
  actors: ITSELF,
  decide(state, input, context) {
    const id = targetOf(context, input);
    knownTarget(state, id);
    const { accountId, region } = id;
    const alarms = [...state.scalingPolicies.by('target', targetKey(id))].flatMap((policy) => policy.alarms);
    return [
      event('ScalableTargetDeregistered', id),
      ...alarms
        .filter((name) => state.alarms.has(alarmKey(id, name)))
        .map((name) => event('AlarmDeleted', { accountId, region, name })),
    ];
  },
  reply: () => ({}),
};

type DescribeInput = Omit<ListInput, 'ResourceId'> & { readonly ResourceIds?: readonly string[] };

const describeScalableTargets: QueryRule<DescribeInput> = (state, { ResourceIds, ...input }, caller) => {
  const wanted = ResourceIds && ResourceIds.length > 0 ? new Set(ResourceIds) : undefined;
  const all = [...state.scalableTargets.ordered('scope', scopeKey(caller))];
  const matching = wanted ? all.filter(({ resourceId }) => wanted.has(resourceId)) : all;
  const { items, nextToken } = pageFor(matching, ({ resourceId }) => resourceId, input, [ResourceIds]);
  return {
    ScalableTargets: items.map((target) => ({
      ...namesTarget(target),
      MinCapacity: target.minCapacity,
      MaxCapacity: target.maxCapacity,
      RoleARN: target.roleArn,
      CreationTime: target.createdAt,
      SuspendedState: target.suspended,
      ScalableTargetARN: targetArn(target),
    })),
    NextToken: nextToken,
  };
};

function targetWithArn(state: ScalingState, caller: Parameters<typeof targetArnPrefix>[0], arn: string): ScalableTarget {
  const prefix = targetArnPrefix(caller);
  const [target] = arn.startsWith(prefix) ? state.scalableTargets.by('id', arn.slice(prefix.length)) : [];
  if (!target || targetArn(target) !== arn) throw refusals.noResource(arn);
  return target;
}

const tagScalableTarget: CommandRule<{ ResourceARN: string; Tags: Tags }> = {
  actors: ITSELF,
  decide(state, { ResourceARN, Tags: given }, context) {
    const { accountId, region, resourceId, tags: now } = targetWithArn(state, context, ResourceARN);
    checkTags({ ...now, ...given }, () => refusals.tooManyTags(ResourceARN));
    const tags = Object.fromEntries(Object.entries(given).filter(([key, value]) => now[key] !== value));
    return Object.keys(tags).length === 0 ? [] : [event('ScalableTargetTagged', { accountId, region, resourceId, tags })];
  },
  reply: () => ({}),
};

const untagScalableTarget: CommandRule<{ ResourceARN: string; TagKeys: readonly string[] }> = {
  actors: ITSELF,
  decide(state, { ResourceARN, TagKeys }, context) {
    const { accountId, region, resourceId, tags } = targetWithArn(state, context, ResourceARN);
    const tagKeys = [...new Set(TagKeys)].filter((key) => Object.hasOwn(tags, key));
    return tagKeys.length === 0 ? [] : [event('ScalableTargetUntagged', { accountId, region, resourceId, tagKeys })];
  },
  reply: () => ({}),
};

const tagsOfScalableTarget: QueryRule<{ ResourceARN: string }> = (state, { ResourceARN }, caller) => ({
  Tags: targetWithArn(state, caller, ResourceARN).tags,
});

export const targetCommands: CommandRules = {
  RegisterScalableTarget: registerScalableTarget,
  DeregisterScalableTarget: deregisterScalableTarget,
  TagScalableTarget: tagScalableTarget,
  UntagScalableTarget: untagScalableTarget,
};

export const targetQueries: QueryRules = {
  DescribeScalableTargets: describeScalableTargets,
  ListTagsOfScalableTarget: tagsOfScalableTarget,
};
