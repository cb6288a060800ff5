import { hostIdFrom } from '#lib/ecs/model';
import { event, type ScalingEvent } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import type { AutoScalingGroup, GroupId, GroupInstance, GroupScaling } from './model.js';
import { groupKey } from './names.js';
import { alarmsOfPoliciesGone } from './policy-alarms.js';

export const groupIdOf = ({ accountId, region, name }: GroupId): GroupId => ({ accountId, region, name });

/** Of the group's own; undefined: it is gone, or a host that only says that it is of the group. */
export const ownInstance = (
  { instances }: Pick<AutoScalingGroup, 'instances'>,
  id: string | undefined,
): GroupInstance | undefined => instances.find((one) => one.id === id);

/** A user has asked for its end: nothing is waited for. */
export function terminatingAtOnce(group: AutoScalingGroup, instanceId: string | undefined): readonly ScalingEvent[] {
  const own = ownInstance(group, instanceId);
  if (!own || (own.state === 'terminating' && !own.drains)) return [];
  return [event('AutoScalingGroupInstanceTerminating', { ...groupIdOf(group), instanceId: own.id, drains: false })];
}

/** What managed scaling or a policy found of one group, with the desired capacity that it had in view. */
export type GroupDecision = GroupId & Omit<GroupScaling, 'at'>;

const scale: CommandRule<{ readonly groups: readonly GroupDecision[] }> = {
  actors: ITSELF,
  decide: (state, { groups }) =>
    groups.flatMap(({ from, to, cause, base, policyName, cooldownSeconds, ...id }) => {
      const settings = state.autoScalingGroups.get(groupKey(id))?.settings;
      if (!settings || settings.DesiredCapacity !== from || to < settings.MinSize || to > settings.MaxSize || to === from)
        return [];
      const ofPolicy = policyName === undefined ? {} : { base, policyName, cooldownSeconds };
      return [event('AutoScalingGroupScaled', { ...groupIdOf(id), from, to, cause, ...ofPolicy })];
    }),
  reply: () => ({}),
};

/** So many hosts of a group are to be started. */
export interface Launches extends GroupId {
  readonly count: number;
  readonly cause: string;
  /** How many of its own the group had that are not terminating: of another number somebody has decided meanwhile. */
  readonly owned: number;
}

const ownedBy = ({ instances }: AutoScalingGroup): number => instances.filter(({ state }) => state !== 'terminating').length;

const launch: CommandRule<{ readonly launches: readonly Launches[] }> = {
  actors: ITSELF,
  decide: (state, { launches }, context) =>
    launches.flatMap(({ count, cause, owned, ...id }) => {
      const group = state.autoScalingGroups.get(groupKey(id));
      if (!group || ownedBy(group) !== owned) return [];
      return Array.from({ length: count }, (_, i) => {
        const instanceId = context.id(`instance ${groupKey(id)} ${i}`);
        return event('AutoScalingGroupInstanceLaunching', {
          ...groupIdOf(group),
          instanceId,
          activity: {
            id: context.id(`launching ${groupKey(id)} ${i}`),
            description: `Launching a new EC2 instance: ${hostIdFrom(instanceId)}`,
            cause: `At ${context.at} ${cause}`,
          },
        });
      });
    }),
  reply: () => ({}),
};

export interface Termination extends GroupId {
  readonly instanceId: string;
  readonly drains: boolean;
  readonly cause: string;
}

const terminate: CommandRule<{ readonly terminations: readonly Termination[] }> = {
  actors: ITSELF,
  decide: (state, { terminations }, context) =>
    terminations.flatMap(({ instanceId, drains, cause, ...id }) => {
      const group = state.autoScalingGroups.get(groupKey(id));
      const own = group && ownInstance(group, instanceId);
      if (!own || own.state === 'terminating') return [];
      const activity = {
        id: context.id(`terminating ${instanceId}`),
        description: `Terminating EC2 instance: ${hostIdFrom(instanceId)}`,
        cause: `At ${context.at} ${cause}`,
      };
      return [event('AutoScalingGroupInstanceTerminating', { ...groupIdOf(group), instanceId, drains, activity })];
    }),
  reply: () => ({}),
};

/** What became of a host: it was started, or it is no more. */
export interface InstanceOutcome extends GroupId {
  readonly instanceId: string;
  readonly outcome: 'launched' | 'gone';
  readonly failure?: string;
}

const record: CommandRule<{ readonly outcomes: readonly InstanceOutcome[] }> = {
  actors: ITSELF,
  decide: (state, { outcomes }) =>
    outcomes.flatMap(({ instanceId, outcome, failure, ...id }) => {
      const group = state.autoScalingGroups.get(groupKey(id));
      const own = group && ownInstance(group, instanceId);
      if (!own) return [];
      const named = { ...groupIdOf(group), instanceId };
      if (outcome === 'gone')
        return [event('AutoScalingGroupInstanceGone', { ...named, ...(failure === undefined ? {} : { failure }) })];
      return own.state === 'launching' ? [event('AutoScalingGroupInstanceLaunched', named)] : [];
    }),
  reply: () => ({}),
};

/** Those that were to go, and have no hosts any more. */
const finishDeletions: CommandRule<{ readonly groups: readonly GroupId[] }> = {
  actors: ITSELF,
  decide: (state, { groups }) =>
    groups.flatMap((id) => {
      const group = state.autoScalingGroups.get(groupKey(id));
      if (!group?.isDeleting || group.instances.length > 0) return [];
      return [event('AutoScalingGroupDeleted', groupIdOf(id)), ...alarmsOfPoliciesGone(state, group)];
    }),
  reply: () => ({}),
};

export const instanceCommands: CommandRules = {
  ScaleAutoScalingGroups: scale,
  LaunchGroupInstances: launch,
  TerminateGroupInstances: terminate,
  RecordGroupInstances: record,
  FinishGroupDeletions: finishDeletions,
};
