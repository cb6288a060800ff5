import { parseArn, type Scope } from '#lib/kernel';
import { taskSetArn, type TaskSetArn } from '../model/ids.js';
import { hasTaskSets, type Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import type { TaskSet } from '../model/task-sets.js';
import { type Found, resolveCluster } from './lookup.js';
import { refusals } from '../model/refusals.js';
import { findService } from './services.js';

export interface OfTaskSets {
  readonly cluster?: string;
  readonly service: string;
}

/** The service whose task sets are asked for; ECS's sentence for one that rolls out by itself. */
export function resolveServiceWithTaskSets(state: EcsState, scope: Scope, { cluster, service: name }: OfTaskSets): Service {
  const { found: service } = findService(state, scope, resolveCluster(state, scope, cluster), name);
  if (!service) throw refusals.serviceNotFound();
  if (service.status === 'INACTIVE') throw refusals.serviceNotActive();
  if (hasTaskSets(service)) return service;
  throw refusals.invalidParameter(
    'Amazon ECS only supports task set management on services configured to use external deployment controllers.',
  );
}

/** As above, for what changes something. */
export function resolveActiveServiceWithTaskSets(state: EcsState, scope: Scope, input: OfTaskSets): Service {
  const service = resolveServiceWithTaskSets(state, scope, input);
  if (service.status !== 'ACTIVE') throw refusals.serviceNotActive();
  return service;
}

const ID = /^ecs-svc\/\d{1,32}$/;

/** From `ecs-svc/<digits>` or the ARN; one of another service, account or region is never found. */
export function findTaskSet(state: EcsState, { serviceArn }: Service, idOrArn: string): Found<string, TaskSet> {
  if (!idOrArn.startsWith('arn:')) {
    if (!ID.test(idOrArn)) throw invalidIdentifier(idOrArn);
    const arn = taskSetArn(serviceArn, idOrArn);
    return { arn, found: state.taskSets.get(arn) };
  }
  const parsed = parseArn(idOrArn);
  if (parsed?.service !== 'ecs' || parsed.resourceType !== 'task-set') throw invalidIdentifier(idOrArn);
  const found = state.taskSets.get(idOrArn as TaskSetArn);
  return { arn: idOrArn, found: found?.serviceArn === serviceArn ? found : undefined };
}

const invalidIdentifier = (text: string) =>
  refusals.invalidParameter(`Invalid identifier: ${text} is neither the id (ecs-svc/<digits>) nor the ARN of a task set`);

/** A task set in any state, or TaskSetNotFoundException. */
export function resolveTaskSet(state: EcsState, service: Service, idOrArn: string): TaskSet {
  const { found } = findTaskSet(state, service, idOrArn);
  if (found) return found;
  throw refusals.of(
    'TaskSetNotFoundException',
    `The specified task set was not found. The task sets of the service are shown by describe-services --services ${service.serviceName}.`,
  );
}
