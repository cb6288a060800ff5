import type { EcsEvents } from '../../model/events.js';
import type { Instant } from '../../model/common.js';
import type { TargetKey, Task } from '../../model/task.js';
import { lastSegment, type Scope } from '#lib/kernel';
import type { TaskSetArn } from '../../model/ids.js';
import type { LifecycleStage } from '../../model/lifecycle.js';
import type { Service, ServiceActionName } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { hostsElsewhere } from '../../placement/hosts-elsewhere.js';
import type { PlacementFailure } from '../../placement/plan.js';
import { unhealthyTarget } from '../../task-health/targets.js';

/**
 * A line of a service's `events[]`. Where ECS also sends a service action event, the line says which: programs get the name and
 * the reason's code, people the sentence.
 */
export type ServiceLine = string | ServiceActionLine;
export interface ServiceActionLine {
  readonly message: string;
  readonly eventName: ServiceActionName;
  /** A code, such as `RESOURCE:MEMORY`. */
  readonly reason?: string;
  readonly taskSetArns?: readonly TaskSetArn[];
}

/** The line as the journal's event has it. */
export function lineOf(line: ServiceLine): Pick<EcsEvents['ServiceMessageAdded'], 'message' | 'action'> {
  if (typeof line === 'string') return { message: line };
  const { message, ...action } = line;
  return { message, action };
}

/** In ECS's words where they are known (ecs-semantics §3.6). */
export const taskNames = (tasks: readonly Pick<Task, 'taskArn'>[]) =>
  tasks.map(({ taskArn }) => `(task ${lastSegment(taskArn)})`).join(' ');

/** Under which the target is registered: the host's. */
const portOf = ({ containers }: Task, { containerName, containerPort }: TargetKey): number =>
  containers
    .find(({ name }) => name === containerName)
    ?.networkBindings.find((binding) => binding.containerPort === containerPort)?.hostPort ?? containerPort;

export const messages = {
  started: ({ serviceName }: Service, tasks: readonly Pick<Task, 'taskArn'>[]) =>
    `(service ${serviceName}) has started ${tasks.length} tasks: ${taskNames(tasks)}.`,
  stopped: ({ serviceName }: Service, tasks: readonly Task[]): ServiceActionLine => ({
    eventName: 'TASKS_STOPPED',
    message: `(service ${serviceName}) has stopped ${tasks.length} running tasks: ${taskNames(tasks)}.`,
  }),
  unhealthy: ({ serviceName }: Service, task: Task) => {
    const target = unhealthyTarget(task);
    if (!target) return `(service ${serviceName}) ${taskNames([task])} failed container health checks.`;
    const { targetGroupArn, reason = 'Health checks failed' } = target;
    const port = portOf(task, target);
    return `(service ${serviceName}) (port ${port}) is unhealthy in (target-group ${targetGroupArn}) due to (reason ${reason})`;
  },
  completed: ({ serviceName }: Service, id: string) => `(service ${serviceName}) (deployment ${id}) deployment completed.`,
  steady: ({ serviceName }: Service): ServiceActionLine => ({
    eventName: 'SERVICE_STEADY_STATE',
    message: `(service ${serviceName}) has reached a steady state.`,
  }),
  failedBecause: ({ serviceName }: Service, id: string, reason: string) =>
    `(service ${serviceName}) (deployment ${id}) deployment failed: ${reason}`,
  stageReached: ({ serviceName }: Service, id: string, stage: LifecycleStage) =>
    `(service ${serviceName}) (deployment ${id}) has reached the lifecycle stage ${stage}.`,
  hookTimedOut: ({ serviceName }: Service, id: string, hook: string, stage: LifecycleStage) =>
    `(service ${serviceName}) (deployment ${id}) ${hook} did not end in time at ${stage}.`,
  /** Longshore's own line: ECS tells it in the scaling activities only. */
  scaled: ({ serviceName, desiredCount }: Service, to: number, why: string) =>
    `(service ${serviceName}) has its desired count set from ${desiredCount} to ${to} by the autoscaler: ${why}.`,
  rollingBack: ({ serviceName }: Service, id: string) => `(service ${serviceName}) rolling back to deployment ${id}.`,
  throttled: ({ serviceName }: Service): ServiceActionLine => ({
    eventName: 'SERVICE_TASK_START_IMPAIRED',
    message: `(service ${serviceName}) is unable to consistently start tasks successfully.`,
  }),
  /** ECS stops at "try again"; the rest says which number stands in the way. */
  impossible: (
    { serviceName, desiredCount, deploymentConfiguration }: Service,
    least: number,
    most: number,
  ): ServiceActionLine => ({
    eventName: 'SERVICE_TASK_CONFIGURATION_FAILURE',
    reason: 'DEPLOYMENT_CONFIGURATION',
    message:
      `(service ${serviceName}) was unable to stop or start tasks during a deployment because of the service deployment configuration. ` +
      `Update the minimumHealthyPercent or maximumPercent value and try again. With ${desiredCount} desired tasks, ` +
      `minimumHealthyPercent ${deploymentConfiguration.minimumHealthyPercent} lets no fewer than ${least} run and ` +
      `maximumPercent ${deploymentConfiguration.maximumPercent} no more than ${most}.`,
  }),
  protected: ({ serviceName }: Service, id: string): ServiceActionLine => ({
    eventName: 'TASKSET_SCALE_IN_FAILURE_BY_TASK_PROTECTION',
    message:
      `(service ${serviceName}) was unable to reach steady state because task set (${id}) was unable to scale in. ` +
      'Reason: The number of protected tasks are more than the desired count of tasks.',
  }),
  /** The sentence is ours: ECS documents only the name of the event. */
  constraint: ({ serviceName }: Service, tasks: readonly Task[]): ServiceActionLine => ({
    eventName: 'SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED',
    message:
      `(service ${serviceName}) has stopped ${tasks.length} running tasks: ${taskNames(tasks)}, ` +
      'because their container instances no longer meet the placement constraints or required attributes.',
  }),
  /** `code`: the reason that a program reads, as in RunTask's `failures[]`. */
  unplaced: ({ serviceName }: Service, reason: string, code?: string): ServiceActionLine => ({
    eventName: 'SERVICE_TASK_PLACEMENT_FAILURE',
    reason: code,
    message: `(service ${serviceName}) was unable to place a task because no container instance met all of its requirements. ${reason}`,
  }),
} as const;

/** How ECS words what is wrong with an instance; other codes it only quotes (`encountered error "AGENT"`). */
const SHORTCOMINGS: Readonly<Record<string, string>> = {
  'RESOURCE:CPU': 'has insufficient CPU units available',
  'RESOURCE:MEMORY': 'has insufficient memory available',
  'RESOURCE:GPU': 'has insufficient GPU resource available',
  'RESOURCE:PORTS': 'is already using a port required by your task',
  ATTRIBUTE: 'is missing an attribute required by your task',
};

/** ECS names the instance that came closest; how much it lacks, it does not say. */
export function whyUnplaced(state: EcsState, scope: Scope, closest: PlacementFailure | undefined): string {
  if (!closest) return `Reason: No Container Instances were found in your cluster.${hostsElsewhere(state, scope)}`;
  const { arn, reason, detail } = closest;
  if (arn === undefined) return `Reason: ${detail} (${reason})`;
  const id = lastSegment(arn);
  const shortcoming = SHORTCOMINGS[reason] ?? `encountered error "${reason.replace(/\.$/, '')}"`;
  // Named once is enough.
  const particulars = detail.replace(`The container instance ${id}`, 'It');
  return `The closest matching (container-instance ${id}) ${shortcoming}. ${particulars} (${reason})`;
}

/** Where a task that cannot be placed waits for the tasks it replaces, whose number may not shrink. */
export const replaceFirstAdvice = ({ deploymentConfiguration: { minimumHealthyPercent }, desiredCount }: Service) =>
  ` No task of the earlier deployment may be stopped to make room for it: minimumHealthyPercent is ${minimumHealthyPercent} ` +
  `of ${desiredCount} desired tasks. Lower it, or add capacity.`;

/** ECS says the same thing again only when it was resolved in between, or after six hours. */
const REPEAT_AFTER_MS = 6 * 60 * 60 * 1000;

/** The closest instance and what it has left change with every task that others start: for whoever reads, it is the same line. */
const withoutParticulars = (message: string) => message.replace(/[0-9a-f]{32}|\d+/g, '#');

/** Whether a complaint was made already and stands: nothing has been resolved since. `since`: what was said before has passed. */
export function isSaid(service: Service, line: ServiceLine, at: Instant, since = ''): boolean {
  const { message } = lineOf(line);
  const isPlacement = typeof line === 'object' && line.eventName === 'SERVICE_TASK_PLACEMENT_FAILURE';
  const { message: resolved } = messages.steady(service);
  const same = isPlacement
    ? (said: string) => withoutParticulars(said) === withoutParticulars(message)
    : (said: string) => said === message;
  for (const said of service.messages) {
    if (said.message === resolved || said.createdAt < since) return false;
    if (same(said.message)) return Date.parse(at) - Date.parse(said.createdAt) < REPEAT_AFTER_MS;
  }
  return false;
}
