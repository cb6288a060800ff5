import type { EcsState, Task, TaskTarget } from '#lib/ecs/model';
import type { TargetReport } from '#lib/ecs/tasks';
import { secondsOf } from '../domain/attributes.js';
import type { Target, TargetGroup, TargetGroupArn } from '../domain/model.js';
import type { LoadBalancingState } from '../domain/state.js';
import type { RegisteredTargetInput } from '../domain/target-input.js';
import { healthView } from '../domain/target-health.js';
import { placeOf } from './place.js';

/** What has to be done and told for the targets of one task. Nothing of it: all is as it should be. */
export interface Due {
  readonly register: readonly { readonly group: TargetGroup; readonly target: RegisteredTargetInput }[];
  readonly deregister: readonly Target[];
  readonly reports: readonly TargetReport[];
}

/** A task that is known to `ecs` no more, or is STOPPED, may have left targets. */
export function dueOf(ecs: EcsState, own: LoadBalancingState, taskArn: string): Due {
  const due = { register: [] as Due['register'][number][], deregister: [] as Target[], reports: [] as TargetReport[] };
  const left = new Set(own.targets.by('task', taskArn));
  const task = ecs.tasks.get(taskArn);
  if (task && task.lastStatus !== 'STOPPED') {
    for (const target of task.targets ?? []) dueOfTarget(ecs, own, task, target, left, due);
  }
  // Of a port that a container has no more, or of a task that is over.
  for (const target of left) if (target.drainDeadlineAt === undefined) due.deregister.push(target);
  return due;
}

function dueOfTarget(
  ecs: EcsState,
  own: LoadBalancingState,
  task: Task,
  target: TaskTarget,
  left: Set<Target>,
  due: { register: Due['register'][number][]; deregister: Target[]; reports: TargetReport[] },
): void {
  const { targetGroupArn, containerName, containerPort, state } = target;
  const { taskArn } = task;
  const key = { taskArn, targetGroupArn, containerName, containerPort };
  const isOfIt = (known: Target) =>
    known.targetGroupArn === targetGroupArn &&
    known.task!.containerName === containerName &&
    known.task!.containerPort === containerPort;
  const known = [...left].filter(isOfIt);
  if (state === 'draining' || state === 'drained') {
    // What is draining stays until nobody is connected, or its time is over: then nothing of it is left here.
    if (state === 'draining' && known.length === 0) due.reports.push({ ...key, state: 'drained' });
    return;
  }
  // It stops without having been sent anything: what was registered in that moment goes again.
  if (state === 'pending' && (task.lastStatus !== 'ACTIVATING' || task.desiredStatus === 'STOPPED')) return;
  const tell = (reason: string) => {
    if (state === 'pending' && reason !== target.reason) due.reports.push({ ...key, reason });
  };
  const group = own.targetGroups.get(targetGroupArn as TargetGroupArn);
  if (!group) return tell(`The target group ${targetGroupArn} does not exist.`);
  const place = placeOf(ecs, task, target, group);
  if ('reason' in place) return tell(place.reason);
  const here = known.find(
    ({ id, port, address, drainDeadlineAt }) =>
      id === place.id && port === place.port && address === place.address && drainDeadlineAt === undefined,
  );
  if (!here) {
    const { id: Id, port: Port, address: Address, availabilityZone: AvailabilityZone } = place;
    due.register.push({
      group,
      target: { Id, Port, Address, AvailabilityZone, Task: { taskArn, containerName, containerPort } },
    });
    return;
  }
  left.delete(here);
  const report = reportOf(target, group, here);
  if (report) due.reports.push({ ...key, ...report });
}

function reportOf(target: TaskTarget, group: TargetGroup, known: Target): Partial<TargetReport> | undefined {
  const deregistrationDelayMs = secondsOf(group, 'deregistration_delay.timeout_seconds') * 1_000;
  const { State, Description } = healthView(known.health);
  const health = State as TaskTarget['health'];
  const reason = health === 'unhealthy' ? Description : undefined;
  const told = { health, ...(reason === undefined ? {} : { reason }) };
  if (target.state === 'pending') return { state: 'registered', deregistrationDelayMs, ...told };
  const isNews = target.health !== health || (health === 'unhealthy' && target.reason !== reason);
  const isDelayNews = target.deregistrationDelayMs !== deregistrationDelayMs;
  if (!isNews && !isDelayNews) return undefined;
  return { ...(isDelayNews ? { deregistrationDelayMs } : {}), ...(isNews ? told : {}) };
}
