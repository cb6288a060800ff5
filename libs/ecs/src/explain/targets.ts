import type { TargetChange } from '../model/events.js';
import type { Task, TaskTarget } from '../model/task.js';
import type { Wait } from './explanation.js';

/** `targetgroup/web/50dc6c495c0c9188` of its ARN: the group's name is in it. */
const groupName = ({ targetGroupArn }: Pick<TaskTarget, 'targetGroupArn'>): string =>
  `target group ${targetGroupArn.split('/')[1] ?? targetGroupArn}`;

const why = ({ reason }: Pick<TaskTarget, 'reason'>): string => (reason ? ` (${reason})` : '');

/** What happened to a target, in a line. */
export function targetLine(target: TargetChange): string {
  const { containerName, containerPort, state, health } = target;
  const what = `${containerName}:${containerPort} in ${groupName(target)}`;
  if (state === 'pending') return `${what} is not registered yet${why(target)}`;
  if (state !== 'registered') return `${what} is ${state}`;
  return health === 'initial'
    ? `${what} is registered; its first health checks are under way`
    : `${what} is ${health}${why(target)}`;
}

/** What of its targets keeps a task from serving, or from stopping. */
export function targetWaits({ lastStatus, targets = [], drainDeadlineAt }: Task): Wait[] {
  if (lastStatus === 'ACTIVATING') {
    return targets
      .filter(({ state }) => state === 'pending')
      .map((target) => ({ what: `the load balancer to register it in ${groupName(target)}${why(target)}` }));
  }
  if (lastStatus === 'DEACTIVATING') {
    const groups = targets.filter(({ state }) => state !== 'drained').map(groupName);
    const until = drainDeadlineAt === undefined ? {} : { until: drainDeadlineAt };
    return [
      { what: `its connections from ${[...new Set(groups)].join(' and ')} to end, before its containers are stopped`, ...until },
    ];
  }
  return targets
    .filter(({ health }) => health !== 'healthy')
    .map((target) => ({ what: `the health checks of ${groupName(target)} to pass: ${target.health}${why(target)}` }));
}
