import { type EcsEvent, event } from '../../model/events.js';
import type { Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import type { TaskSet } from '../../model/task-sets.js';

/** The service's task sets, the oldest first: DRAINING ones, too, while they have tasks. */
export const taskSetsOf = (state: EcsState, { serviceArn }: Pick<Service, 'serviceArn'>): readonly TaskSet[] =>
  [...state.taskSets.by('service', serviceArn)].sort((a, b) =>
    a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? -1 : 1,
  );

/**
 * ECS rounds up. First to a millionth: 1.1 % of 1000 is 11, though 1000 * 1.1 / 100 is a little more.
 */
export function computedDesiredCount({ desiredCount }: Pick<Service, 'desiredCount'>, { status, scale }: TaskSet): number {
  return status === 'DRAINING' ? 0 : Math.ceil(Number(((desiredCount * scale.value) / 100).toFixed(6)));
}

/**
 * With a change of what is wanted: whoever waits for stability and asks right after the change would otherwise still read of the
 * steady state before it.
 */
export function unsettled({ serviceArn, taskSetArn, stabilityStatus }: TaskSet, before: number, after: number): EcsEvent[] {
  if (before === after || stabilityStatus === 'STABILIZING') return [];
  return [event('TaskSetStabilityChanged', { serviceArn, taskSetArn, stabilityStatus: 'STABILIZING' })];
}
