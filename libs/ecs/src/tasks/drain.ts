import type { Instant } from '../model/common.js';
import { type EcsEvent, event } from '../model/events.js';
import type { Task } from '../model/task.js';
import { assertMayMove } from './transitions.js';

/**
 * Of a target that is not known to be registered: the load balancer may have registered it a moment ago, and says at once that it
 * has not when it is alive.
 */
const UNTOLD_DELAY_MS = 10_000;

/** Whether connections may go to it, so that it may stop only after they have ended. */
export const hasToDrain = ({ targets, lastStatus }: Task): boolean =>
  (lastStatus === 'RUNNING' || lastStatus === 'ACTIVATING') && (targets?.some(({ state }) => state !== 'drained') ?? false);

/** DEACTIVATING: its targets get no new connections, and it runs on until the others have ended, or have had their time. */
export function drainEvents(task: Task, actor: string, at: Instant): EcsEvent[] {
  if (!hasToDrain(task)) return [];
  const delayMs = Math.max(...task.targets!.map(({ deregistrationDelayMs = UNTOLD_DELAY_MS }) => deregistrationDelayMs));
  const drainDeadlineAt = new Date(Date.parse(at) + delayMs).toISOString();
  return [moved(task, actor, 'DEACTIVATING', { drainDeadlineAt })];
}

/** Drained, or out of time: from here on its host stops it. */
export const drainOver = (task: Task, actor: string): EcsEvent => moved(task, actor, 'STOPPING');

/** A step that is the control plane's, and no report of a host. */
export function moved(
  task: Task,
  actor: string,
  to: Task['lastStatus'],
  more: { readonly drainDeadlineAt?: Instant } = {},
): EcsEvent {
  const change = { taskArn: task.taskArn, from: task.lastStatus, to, timed: true as const, ...more };
  assertMayMove(actor, change, task);
  return event('TaskStatusChanged', change);
}
