import { scopeKey } from '#lib/kernel';
import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import type { ScalingState } from '../state.js';
import { type ListInput, namesTarget, pageFor } from './input.js';
import type { ActivityStatus, NotScaledReason, ScalingActivity, ScalingStep, TargetId } from './model.js';
import { targetKey, uuid } from './names.js';

/** What the loop decided of one target. */
export interface Decision extends TargetId {
  /** Of the activity before it: it was made with that one in view, and is left if there is another meanwhile. */
  readonly after: string | undefined;
  readonly cause: string;
  readonly details?: string;
  /** What is to be done; without it something was to be done and is not, for `notScaled`. */
  readonly scaling?: ScalingStep;
  readonly notScaled?: readonly NotScaledReason[];
}

export const logOf = (state: ScalingState, target: TargetId): readonly ScalingActivity[] =>
  state.activityLogs.get(targetKey(target))?.activities ?? [];

/** What was done, or is being done: what was left alone is no part of it. */
export const lastScaling = (state: ScalingState, target: TargetId): (ScalingActivity & { scaling: ScalingStep }) | undefined =>
  logOf(state, target).findLast((one): one is ScalingActivity & { scaling: ScalingStep } => one.scaling !== undefined);

/** Desired counts before anything is sent: what is under way can then be taken up by whoever writes next. */
const recordDecisions: CommandRule<{ readonly decisions: readonly Decision[] }> = {
  actors: ITSELF,
  decide: (state, { decisions }, context) =>
    decisions.flatMap(({ after, cause, details, scaling, notScaled, ...id }) => {
      if (!state.scalableTargets.has(targetKey(id)) || logOf(state, id).at(-1)?.id !== after) return [];
      const description = scaling
        ? `Setting desired count to ${scaling.to}.`
        : 'Attempting to scale due to alarm triggered, but nothing was done.';
      const activity = {
        id: uuid(context.id(`activity ${targetKey(id)}`)),
        description,
        cause,
        ...(details === undefined ? {} : { details }),
        ...(scaling
          ? { status: 'Pending' as const, scaling, isOver: false }
          : { status: 'Unfulfilled' as const, notScaled: notScaled ?? [], isOver: true }),
      };
      return [event('ScalingActivityStarted', { ...id, activity })];
    }),
  reply: () => ({}),
};

export interface ActivityResult extends TargetId {
  readonly id: string;
  readonly status: ActivityStatus;
  readonly statusMessage: string;
  readonly ecsRevision?: number;
}

const recordResults: CommandRule<{ readonly results: readonly ActivityResult[] }> = {
  actors: ITSELF,
  decide: (state, { results }) =>
    results.flatMap((result) => {
      const known = logOf(state, result).find(({ id }) => id === result.id);
      if (!known || known.endedAt !== undefined || known.status === result.status) return [];
      return [event('ScalingActivityChanged', { ...result, isOver: result.status !== 'InProgress' })];
    }),
  reply: () => ({}),
};

const settleTargets: CommandRule<{ readonly targets: readonly TargetId[] }> = {
  actors: ITSELF,
  decide: (state, { targets }) =>
    targets
      .filter((id) => state.scalableTargets.get(targetKey(id))?.hasNewBounds)
      .map(({ accountId, region, resourceId }) => event('ScalableTargetSettled', { accountId, region, resourceId })),
  reply: () => ({}),
};

type DescribeInput = ListInput & { readonly IncludeNotScaledActivities?: boolean };

const describeScalingActivities: QueryRule<DescribeInput> = (state, input, caller) => {
  const { IncludeNotScaledActivities: all = false } = input;
  const found = [...state.activityLogs.ordered('scope', scopeKey(caller))]
    .flatMap(({ activities, ...id }) => activities.map((activity) => ({ ...id, activity })))
    .filter(({ activity }) => all || activity.notScaled === undefined);
  // The newest first. A page's place is a key that rises, so it is counted down from a time that no activity is after.
  const keyOf = ({ activity }: (typeof found)[number]) =>
    `${String(1e15 - Date.parse(activity.startedAt)).padStart(16, '0')} ${activity.id}`;
  found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const { items, nextToken } = pageFor(found, keyOf, input, [all]);
  return {
    ScalingActivities: items.map(({ activity, ...id }) => ({
      ActivityId: activity.id,
      ...namesTarget(id),
      Description: activity.description,
      Cause: activity.cause,
      StartTime: activity.startedAt,
      EndTime: activity.endedAt,
      StatusCode: activity.status,
      StatusMessage: activity.statusMessage,
      Details: activity.details,
      NotScaledReasons: activity.notScaled,
    })),
    NextToken: nextToken,
  };
};

export const activityCommands: CommandRules = {
  RecordScalingDecisions: recordDecisions,
  RecordActivityResults: recordResults,
  SettleScalableTargets: settleTargets,
};

export const activityQueries: QueryRules = { DescribeScalingActivities: describeScalingActivities };
