import type { CommandContext } from '#lib/kernel';
import { type EcsEvent, event } from '../model/events.js';
import { hasTaskSets, type Rollout, type Service } from '../model/services.js';

/** As whom a message names it: a task set has ECS's "(service web, taskSet ecs-svc/1)". */
export const subjectOf = (service: Service, { id }: Pick<Rollout, 'id'>): Service =>
  hasTaskSets(service) ? { ...service, serviceName: `${service.serviceName}, taskSet ${id}` } : service;

/** A UUID, as ECS's event ids are; `line`: which of the command's. */
export function messageId(context: CommandContext, line: number): string {
  const hex = context.id(`message ${line}`);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** What happens to the targets of a service, in ECS's words (ecs-semantics §3.6). ECS names a deployment a task set where it drains. */
export const targetLines = {
  registered: ({ serviceName }: Service, count: number, targetGroupArn: string) =>
    `(service ${serviceName}) registered ${count} targets in (target-group ${targetGroupArn})`,
  draining: ({ serviceName }: Pick<Service, 'serviceName'>, id: string, count: number) =>
    `(service ${serviceName}, taskSet ${id}) has begun draining connections on ${count} tasks.`,
  deregistered: ({ serviceName }: Service, count: number, targetGroupArn: string) =>
    `(service ${serviceName}) deregistered ${count} targets in (target-group ${targetGroupArn})`,
} as const;

/** Lines of several services, in the order in which they are said. */
export const saidBy = (context: CommandContext, lines: readonly (readonly [Service, string])[]): EcsEvent[] =>
  lines.map(([{ serviceArn }, message], i) => event('ServiceMessageAdded', { serviceArn, id: messageId(context, i), message }));
