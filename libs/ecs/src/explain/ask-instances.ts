import type { PlacementConstraint, TaskDefinition } from '../model/task-definition.js';
import type { Resources } from '../model/common.js';
import type { EcsEvents } from '../model/events.js';
import type { ClusterArn } from '../model/ids.js';
import type { EcsState } from '../model/state.js';
import type { LaunchType } from '../model/task.js';
import { poolsFor } from '../placement/pools.js';
import { remaining } from '../placement/capacity.js';
import { type PlacementFailure, planOnNamed } from '../placement/plan.js';
import type { PlacementAnswers, RefusalGroup } from './explanation.js';

/** Of equal refusals this many instances are named. */
const MAX_NAMED_INSTANCES = 5;

export interface TaskToAsk {
  readonly clusterArn: ClusterArn;
  readonly launchType: LaunchType;
  readonly definition: TaskDefinition;
  readonly need: Resources;
  readonly group: string;
  readonly constraints: readonly PlacementConstraint[];
  /** Of the task, where a strategy chose one. */
  readonly capacityProviderName?: string;
}

/**
 * Asks every container instance that may be meant (or `only` these) whether it would take one such task, with the filters that
 * place it.
 */
export function askInstances(state: EcsState, task: TaskToAsk, only?: readonly string[]): PlacementAnswers {
  const pools = poolsFor(state, task.clusterArn, task.launchType);
  const all = pools.flatMap((pool) => [...state.containerInstances.by('cluster', pool)]);
  const instances = only ? all.filter(({ containerInstanceArn }) => only.includes(containerInstanceArn)) : all;
  const named = instances.map((found) => ({ arn: found.containerInstanceArn, found }));
  const providerOf = () => task.capacityProviderName;
  const { placements, failures } = planOnNamed(state, { ...task, providerOf, ordinals: named.map((_, i) => i) }, named);
  return { asked: instances.length, willing: placements.length, refusals: grouped(state, failures, task.need) };
}

/** Equal refusals together, the most frequent first. What is short is short by different amounts: the best one speaks for all. */
function grouped(state: EcsState, failures: readonly PlacementFailure[], need: Resources): readonly RefusalGroup[] {
  const groups = new Map<string, PlacementFailure[]>();
  for (const failure of failures) {
    const key = isShortage(failure.reason) ? failure.reason : `${failure.reason} ${whyOf(failure)}`;
    const group = groups.get(key);
    if (group) group.push(failure);
    else groups.set(key, [failure]);
  }
  return [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .map((group) => ({
      reason: group[0]!.reason,
      why: group.length > 1 && isShortage(group[0]!.reason) ? shortage(state, group, need) : whyOf(group[0]!),
      count: group.length,
      containerInstanceArns: group.slice(0, MAX_NAMED_INSTANCES).map(({ arn }) => arn!),
    }));
}

const SHORT = {
  'RESOURCE:CPU': { of: 'cpu', unit: 'CPU units' },
  'RESOURCE:MEMORY': { of: 'memoryMiB', unit: 'MiB of memory' },
  'RESOURCE:GPU': { of: 'gpu', unit: 'GPUs' },
} as const;
const isShortage = (reason: string): reason is keyof typeof SHORT => Object.hasOwn(SHORT, reason);

function shortage(state: EcsState, group: readonly PlacementFailure[], need: Resources): string {
  const { of, unit } = SHORT[group[0]!.reason as keyof typeof SHORT];
  const most = Math.max(...group.map(({ arn }) => remaining(state.containerInstances.get(arn!)!)[of]));
  return `needs ${need[of]} ${unit}, most free ${most}`;
}

/** The filter's sentence is "The container instance <id> has …": the group names its instances itself. */
const whyOf = ({ detail }: PlacementFailure): string => detail.replace(/^The container instance \S+ /, '').replace(/\.$/, '');

/** What a past state said to a task: asked of the state at the revision that its plan was made on. */
export type PlacementQuestion = Pick<
  EcsEvents['TaskPlaced'],
  | 'clusterArn'
  | 'launchType'
  | 'capacityProviderName'
  | 'taskDefinitionArn'
  | 'reservation'
  | 'group'
  | 'placementConstraints'
  | 'replica'
>;

export const questionOf = (placed: EcsEvents['TaskPlaced']): PlacementQuestion => {
  const { clusterArn, launchType, taskDefinitionArn, reservation, group, placementConstraints, replica } = placed;
  const { capacityProviderName } = placed;
  return { clusterArn, launchType, capacityProviderName, taskDefinitionArn, reservation, group, placementConstraints, replica };
};

/** No operation of the API: Explain asks it of the reader of the past. */
export function explainPlacement(state: EcsState, question: PlacementQuestion): PlacementAnswers {
  const { clusterArn, launchType, capacityProviderName, taskDefinitionArn, reservation: need, group, replica } = question;
  const definition = state.taskDefinitions.get(taskDefinitionArn);
  if (!definition) return { asked: 0, willing: 0, refusals: [], unavailable: 'the task definition was not known there' };
  const ofRequest = question.placementConstraints ?? [];
  const ofService = replica ? (state.services.get(replica.serviceArn)?.placementConstraints ?? []) : [];
  const constraints = [...definition.placementConstraints, ...ofService, ...ofRequest];
  return askInstances(state, { clusterArn, launchType, capacityProviderName, definition, need, group, constraints });
}
