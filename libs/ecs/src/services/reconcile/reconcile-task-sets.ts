import { type EcsEvent, event } from '../../model/events.js';
import type { Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import type { TaskSet } from '../../model/task-sets.js';
import { converge, NOTHING, type ReconcileMoment, resetFailures, type ServiceSteps } from './converge.js';
import { subjectOf } from '../../tasks/service-lines.js';
import { messages, type ServiceLine } from './messages.js';
import { countsOf } from './service-counts.js';
import { taskSetsOf } from './task-sets.js';

/**
 * A service whose deployments someone else controls: each task set is brought to its share of the desired count, for itself. None
 * completes, fails or replaces another; what they share with deployments is `converge`.
 */
export function reconcileTaskSets(state: EcsState, service: Service, moment: ReconcileMoment): ServiceSteps {
  const all = taskSetsOf(state, service).map((taskSet) => reconcileOne(state, service, taskSet, moment));
  // One set at a time stops tasks: what happens in a step is bounded, so that it fits into a commit. What another would start
  // counts on its own stops, so it waits with them.
  const stopping = all.find(({ stop }) => stop.length > 0);
  const steps = all.map((each) => (each.stop.length > 0 && each !== stopping ? { ...each, place: [], stop: [] } : each));
  const wakes = steps.flatMap(({ wakeAtMs }) => wakeAtMs ?? []);
  return {
    place: steps.flatMap(({ place }) => place),
    stop: stopping?.stop ?? [],
    transitions: steps.flatMap(({ transitions }) => transitions),
    messages: steps.flatMap((step) => step.messages),
    ...(wakes.length > 0 ? { wakeAtMs: Math.min(...wakes) } : {}),
  };
}

function reconcileOne(state: EcsState, service: Service, taskSet: TaskSet, moment: ReconcileMoment): ServiceSteps {
  const { serviceArn, taskSetArn, status } = taskSet;
  const counts = countsOf(state, service, taskSet, moment.nowMs);
  if (status === 'DRAINING' && counts.tasks.length === 0) {
    return { ...NOTHING, transitions: [event('TaskSetDrained', { serviceArn, taskSetArn })] };
  }
  const reset = resetFailures(service, counts);
  if (reset.length > 0) return { ...NOTHING, transitions: reset };
  const { isDone, ...steps } = converge(state, service, counts, moment);
  const { transitions, lines } = stability(service, taskSet, isDone);
  return { ...steps, transitions, messages: [...steps.messages, ...lines] };
}

/** A transition is an event: `stabilityStatusAt` is its time. */
function stability(
  service: Service,
  taskSet: TaskSet,
  isDone: boolean,
): { readonly transitions: readonly EcsEvent[]; readonly lines: readonly ServiceLine[] } {
  const { serviceArn, taskSetArn } = taskSet;
  const stabilityStatus = isDone ? 'STEADY_STATE' : 'STABILIZING';
  if (stabilityStatus === taskSet.stabilityStatus) return { transitions: [], lines: [] };
  return {
    transitions: [event('TaskSetStabilityChanged', { serviceArn, taskSetArn, stabilityStatus })],
    lines:
      stabilityStatus === 'STEADY_STATE'
        ? [{ ...messages.steady(subjectOf(service, taskSet)), eventName: 'TASKSET_STEADY_STATE', taskSetArns: [taskSetArn] }]
        : [],
  };
}
