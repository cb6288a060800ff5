import type { Instant, Task } from '../model/entities.js';
import { lastSegment } from '../model/ids.js';
import type { Service } from '../model/services.js';

/** The lines of a service's `events[]`, in ECS's words where they are known (ecs-semantics §3.6). */
const names = (tasks: readonly Pick<Task, 'taskArn'>[]) => tasks.map(({ taskArn }) => `(task ${lastSegment(taskArn)})`).join(' ');

export const messages = {
  started: ({ serviceName }: Service, tasks: readonly Pick<Task, 'taskArn'>[]) =>
    `(service ${serviceName}) has started ${tasks.length} tasks: ${names(tasks)}.`,
  stopped: ({ serviceName }: Service, tasks: readonly Task[]) =>
    `(service ${serviceName}) has stopped ${tasks.length} running tasks: ${names(tasks)}.`,
  unhealthy: ({ serviceName }: Service, task: Task) =>
    `(service ${serviceName}) ${names([task])} failed container health checks.`,
  completed: ({ serviceName }: Service, id: string) => `(service ${serviceName}) (deployment ${id}) deployment completed.`,
  steady: ({ serviceName }: Service) => `(service ${serviceName}) has reached a steady state.`,
  failed: ({ serviceName }: Service, id: string) =>
    `(service ${serviceName}) (deployment ${id}) deployment failed: tasks failed to start.`,
  rollingBack: ({ serviceName }: Service, id: string) => `(service ${serviceName}) rolling back to deployment ${id}.`,
  throttled: ({ serviceName }: Service) => `(service ${serviceName}) is unable to consistently start tasks successfully.`,
  /** ECS stops at "try again"; the rest says which number stands in the way. */
  impossible: ({ serviceName, desiredCount, deploymentConfiguration }: Service, least: number, most: number) =>
    `(service ${serviceName}) was unable to stop or start tasks during a deployment because of the service deployment configuration. ` +
    `Update the minimumHealthyPercent or maximumPercent value and try again. With ${desiredCount} desired tasks, ` +
    `minimumHealthyPercent ${deploymentConfiguration.minimumHealthyPercent} lets no fewer than ${least} run and ` +
    `maximumPercent ${deploymentConfiguration.maximumPercent} no more than ${most}.`,
  unplaced: ({ serviceName }: Service, reason: string) =>
    `(service ${serviceName}) was unable to place a task because no container instance met all of its requirements. Reason: ${reason}`,
} as const;

/** Where a task that cannot be placed waits for the tasks it replaces, whose number may not shrink. */
export const replaceFirstAdvice = ({ deploymentConfiguration: { minimumHealthyPercent }, desiredCount }: Service) =>
  ` No task of the earlier deployment may be stopped to make room for it: minimumHealthyPercent is ${minimumHealthyPercent} ` +
  `of ${desiredCount} desired tasks. Lower it, or add capacity.`;

/** ECS says the same thing again only when it was resolved in between, or after six hours. */
const REPEAT_AFTER_MS = 6 * 60 * 60 * 1000;

/** Whether a complaint was made already and stands: nothing has been resolved since. */
export function isSaid(service: Service, message: string, at: Instant): boolean {
  const resolved = messages.steady(service);
  for (const said of service.messages) {
    if (said.message === message) return Date.parse(at) - Date.parse(said.createdAt) < REPEAT_AFTER_MS;
    if (said.message === resolved) return false;
  }
  return false;
}
