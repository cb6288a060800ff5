import { type EcsState, statusKey } from '../model/state.js';
import { type EcsEvent, event } from '../model/events.js';
import type { CommandRule } from '../model/rules.js';
import { drainOver } from './drain.js';
import { gaveUpWaiting, WAITS_FOR_CAPACITY_MS } from './place-waiting-tasks.js';
import { abandonForced } from './stop.js';

/** Stopped tasks stay describable for at least an hour (ECS); the journal keeps them for ever. */
const STOPPED_TASK_TTL_MS = 60 * 60 * 1000;
/** INACTIVE instances, capacity providers and clusters "may remain discoverable … for a period of time" on ECS [sdk DeleteCluster]; here as long as tasks. */
const INACTIVE_TTL_MS = STOPPED_TASK_TTL_MS;
/** A clientToken is remembered for 24 hours (ECS idempotency). */
const REQUEST_TOKEN_TTL_MS = 24 * 60 * 60 * 1000;
/** One commit forgets at most this much; the next round takes the rest. */
const BATCH = 500;
const ACTOR = 'state-store';

const olderThan = (instant: string | undefined, now: number, ttlMs: number) =>
  instant !== undefined && now - Date.parse(instant) >= ttlMs;

/** What has passed its deadline at `at`. Deadlines are fields; the lease holder's clock loop asks. */
export function expired(state: EcsState, at: string): EcsEvent[] {
  const now = Date.parse(at);
  const events: EcsEvent[] = [];
  for (const { containerInstanceArn } of state.containerInstances.by('inactive', 'yes')) {
    if (state.tasks.countBy('instance', containerInstanceArn) > 0) return abandonForced(state, containerInstanceArn, ACTOR);
  }
  for (const task of state.tasks.by('draining', 'yes')) {
    if (events.length >= BATCH) return events;
    if (olderThan(task.drainDeadlineAt, now, 0)) events.push(drainOver(task, ACTOR));
  }
  for (const task of state.tasks.by('waiting', 'yes')) {
    if (events.length >= BATCH) return events;
    if (olderThan(task.createdAt, now, WAITS_FOR_CAPACITY_MS)) events.push(...gaveUpWaiting(state, task, ACTOR));
  }
  for (const { containerInstanceArn, deregisteredAt } of state.containerInstances.by('inactive', 'yes')) {
    if (events.length >= BATCH) return events;
    if (olderThan(deregisteredAt, now, INACTIVE_TTL_MS))
      events.push(event('ContainerInstanceForgotten', { containerInstanceArn }));
  }
  for (const { clusterArn, deletedAt } of state.clusters.by('inactive', 'yes')) {
    if (events.length >= BATCH) return events;
    // What is remembered of it goes first.
    const isEmpty = (['RUNNING', 'STOPPED'] as const).every(
      (desired) => state.tasks.countBy('desired', statusKey(clusterArn, desired)) === 0,
    );
    if (isEmpty && olderThan(deletedAt, now, INACTIVE_TTL_MS)) events.push(event('ClusterForgotten', { clusterArn }));
  }
  for (const { capacityProviderArn, deletedAt } of state.capacityProviders.by('inactive', 'yes')) {
    if (events.length >= BATCH) return events;
    if (olderThan(deletedAt, now, INACTIVE_TTL_MS)) events.push(event('CapacityProviderForgotten', { capacityProviderArn }));
  }
  for (const task of state.tasks.by('stopped', 'yes')) {
    if (events.length >= BATCH) return events;
    if (olderThan(task.endedSince ?? task.stoppedAt, now, STOPPED_TASK_TTL_MS))
      events.push(event('TaskForgotten', { taskArn: task.taskArn }));
  }
  // Insertion order is age order, so the first young one ends the search.
  for (const [key, token] of state.requestTokens.entries()) {
    if (events.length >= BATCH || !olderThan(token.recordedAt, now, REQUEST_TOKEN_TTL_MS)) break;
    events.push(event('RequestTokenForgotten', { key }));
  }
  for (const { serviceArn, endedAt } of state.services.by('inactive', 'yes')) {
    if (events.length >= BATCH) return events;
    if (olderThan(endedAt, now, STOPPED_TASK_TTL_MS)) events.push(event('ServiceForgotten', { serviceArn }));
  }
  for (const definition of state.taskDefinitions.by('deleting', 'yes')) {
    if (events.length >= BATCH) return events;
    const { taskDefinitionArn } = definition;
    const used = (['tasks', 'services', 'taskSets'] as const).some(
      (table) => state[table].countBy('taskDefinition', taskDefinitionArn) > 0,
    );
    if (!used) {
      events.push(event('TaskDefinitionDeleted', { taskDefinitionArn }));
    }
  }
  return events;
}

/**
 * Issued by the writer's clock loop: forgets what is past its time, ends what a large instance that is gone has left, and drains that
 * no load balancer has ended.
 */
export const expire: CommandRule = {
  actors: [ACTOR],
  decide: (state, _input, { at }) => expired(state, at),
  reply: () => ({}),
};
