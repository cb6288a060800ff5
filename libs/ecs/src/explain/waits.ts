import type { Instant } from '../model/common.js';
import type { Task } from '../model/task.js';
import type { Wait } from './explanation.js';
import { lifecycleWaits } from './lifecycle.js';
import { heldOf, isGivenUp, type LiveService, stoppingOf, throttledUntil, unreadyOf } from './live-service.js';
import { targetWaits } from './targets.js';
import { counted, instanceName, taskName } from './words.js';

/** Of many alike this many are named. */
const MAX_NAMED = 3;

/** What has to happen before the service can go on, with the time where time alone brings it. */
export function waitsOf(live: LiveService, isUnplaced: boolean): readonly Wait[] {
  const { rollout, counts, nowMs } = live;
  const { wanted, desiredCount, healthOf } = counts;
  if (isGivenUp(live) && counts.healthy.length < desiredCount) return [{ what: 'an update of the service' }];
  const throttledMs = throttledUntil(rollout, desiredCount, nowMs);
  const unready = unreadyOf(live);
  const starting = unready.filter((task) => healthOf(task).is === 'starting');
  const warming = unready.filter((task) => healthOf(task).is === 'warming');
  return [
    ...(wanted > 0 && throttledMs !== undefined
      ? [{ what: 'the pause after its last failure', until: new Date(throttledMs).toISOString() }]
      : []),
    ...named(starting, 'to start', (task) => {
      const [registration] = targetWaitsOf(task);
      if (registration && task.lastStatus === 'ACTIVATING') return registration;
      return { what: `${taskName(task.taskArn)} to start on ${instanceName(task.containerInstanceArn)} (${task.lastStatus})` };
    }),
    ...named(warming, 'to become healthy', (task) => {
      const [check] = targetWaitsOf(task);
      if (check) return check;
      const seen = healthOf(task);
      const atMs = 'atMs' in seen ? seen.atMs : undefined;
      const until: Instant | undefined = atMs === undefined ? undefined : new Date(atMs).toISOString();
      return { what: `${taskName(task.taskArn)} to become healthy`, ...(until ? { until } : {}) };
    }),
    ...(isUnplaced
      ? [{ what: 'a container instance that takes a task; any change of the instances makes the scheduler look again' }]
      : []),
    ...named(heldOf(live), 'to lose their protection', ({ taskArn, protectedUntil }) => ({
      what: `the protection of ${taskName(taskArn)} to end`,
      until: protectedUntil,
    })),
    ...named(stoppingOf(live), 'to end', (task) => {
      const [drain] = task.lastStatus === 'DEACTIVATING' ? targetWaitsOf(task) : [];
      return drain ?? { what: `${taskName(task.taskArn)} on ${instanceName(task.containerInstanceArn)} to end` };
    }),
    ...lifecycleWaits(live),
  ];
}

/** Of one task among others. */
const targetWaitsOf = (task: Task): Wait[] =>
  targetWaits(task).map(({ what, ...until }) => ({ what: `${taskName(task.taskArn)}: ${what}`, ...until }));

function named(tasks: readonly Task[], rest: string, wait: (task: Task) => Wait): Wait[] {
  const more = tasks.length - MAX_NAMED;
  if (more <= 1) return tasks.map(wait);
  return [...tasks.slice(0, MAX_NAMED).map(wait), { what: `${counted(more, 'more task')} ${rest}` }];
}
