import type { Cluster } from '../model/cluster.js';
import type { ContainerInstance } from '../model/container-instance.js';
import type { Task } from '../model/task.js';
import type { TaskDefinition } from '../model/task-definition.js';
import {
  clusterArn,
  type ClusterArn,
  containerInstanceArn,
  type ContainerInstanceArn,
  isOwnArn,
  taskArn,
  type TaskArn,
  taskDefinitionArn,
} from '../model/ids.js';
import { parseArn, type ParsedArn, type Scope } from '#lib/kernel';
import { type EcsState, familyKey } from '../model/state.js';
import { refusals } from '../model/refusals.js';

/**
 * From what a caller wrote (a name, an id, a short or long ARN, or nothing) to the thing of the caller's own scope. The tables
 * hold every account, so nothing is taken from them by a given ARN without the scope check that is made here: an ARN of another
 * account, region or partition is never found, exactly as one that does not exist.
 */
const NAME = /^[a-zA-Z0-9\-_]{1,255}$/;
export const DEFAULT_CLUSTER = 'default';

const invalidIdentifier = (why: string) => refusals.invalidParameter(`Invalid identifier: ${why}`);

/** Throws unless `text` is an ARN of an ECS thing of the given type. */
function arnOfType(text: string, resourceType: string): ParsedArn {
  const parsed = parseArn(text);
  if (!parsed || parsed.service !== 'ecs') throw invalidIdentifier(`${text} is not the ARN of an ECS ${resourceType}`);
  if (parsed.resourceType !== resourceType) {
    throw invalidIdentifier(`Identifier is for ${parsed.resourceType}. A ${resourceType} is needed`);
  }
  return parsed;
}

/** Whether an ARN is of the caller's own scope. Throws on what is no ARN of something of the given type. */
export const isOwnArnOf = (scope: Scope, resourceType: string, text: string): boolean =>
  isOwnArn(arnOfType(text, resourceType), scope);

export function checkClusterName(name: string): void {
  if (!NAME.test(name)) throw refusals.invalidParameter(`Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$, but was ${name}`);
}

/**
 * The registration that counts of a host: the live one, or else the latest that was. A host that moved to another cluster leaves
 * INACTIVE instances behind; one that is in no cluster any more has still to be told what to stop.
 */
export function registrationOfHost(
  state: EcsState,
  scope: { readonly accountId: string; readonly region: string },
  instanceId: string,
): ContainerInstance | undefined {
  let latest: ContainerInstance | undefined;
  for (const instance of state.containerInstances.by('instanceId', instanceId)) {
    if (instance.accountId !== scope.accountId || instance.region !== scope.region) continue;
    if (instance.status !== 'INACTIVE') return instance;
    if (!latest || instance.deregisteredAt! > latest.deregisteredAt!) latest = instance;
  }
  return latest;
}

export interface Found<A, T> {
  /** The ARN it has or would have: what a `MISSING` failure names. */
  readonly arn: A;
  readonly found: T | undefined;
}

/** The cluster of any status; "default" when none is named. */
export function findCluster(state: EcsState, scope: Scope, nameOrArn = DEFAULT_CLUSTER): Found<ClusterArn, Cluster> {
  if (!nameOrArn.startsWith('arn:')) {
    checkClusterName(nameOrArn);
    const arn = clusterArn(scope, nameOrArn);
    return { arn, found: state.clusters.get(arn) };
  }
  const parsed = arnOfType(nameOrArn, 'cluster');
  if (parsed.resourceId.includes('/') || parsed.resourceId.includes(':'))
    throw invalidIdentifier('Unexpected number of separators');
  return { arn: nameOrArn as ClusterArn, found: isOwnArn(parsed, scope) ? state.clusters.get(nameOrArn) : undefined };
}

/** The ACTIVE cluster, or a ClusterNotFoundException. */
export function resolveCluster(state: EcsState, scope: Scope, nameOrArn: string | undefined): Cluster {
  const { found } = findCluster(state, scope, nameOrArn);
  if (!found) throw refusals.clusterNotFound();
  if (found.status !== 'ACTIVE') throw refusals.of('ClusterNotFoundException', 'The referenced cluster was inactive.');
  return found;
}

/** The cluster whatever its status: for replies to commands that were decided while it was ACTIVE. Clusters are never removed. */
export function knownCluster(state: EcsState, scope: Scope, nameOrArn: string | undefined): Cluster {
  const { found } = findCluster(state, scope, nameOrArn);
  if (!found) throw refusals.clusterNotFound();
  return found;
}

/** The long ARN of a task or instance of `cluster`, from an id, a short ARN (without the cluster) or a long one. */
function memberArn(kind: 'task' | 'container-instance', scope: Scope, cluster: Cluster, idOrArn: string): string {
  const long = (id: string) => {
    checkIdLength(kind, id);
    return kind === 'task' ? taskArn(scope, cluster.clusterName, id) : containerInstanceArn(scope, cluster.clusterName, id);
  };
  if (!idOrArn.startsWith('arn:')) {
    if (idOrArn.includes('/')) throw invalidIdentifier('Unexpected number of separators');
    return long(idOrArn);
  }
  const parsed = arnOfType(idOrArn, kind);
  if (!isOwnArn(parsed, scope)) return idOrArn;
  const segments = parsed.resourceId.split('/');
  if (segments.length === 1) return long(segments[0]!);
  if (segments.length > 2) throw invalidIdentifier('Unexpected number of separators');
  if (segments[0] !== cluster.clusterName) {
    throw invalidIdentifier(`Identifier is for cluster ${segments[0]}. Your cluster is ${cluster.clusterName}`);
  }
  checkIdLength(kind, segments[1]!);
  return idOrArn;
}

/** Ids are 32 hex digits, of old instances a UUID. ECS's own sentence, which tells who passed "None" what is wrong. */
function checkIdLength(kind: 'task' | 'container-instance', { length }: string): void {
  if (length === 32 || length === 36) return;
  throw refusals.invalidParameter(`${kind === 'task' ? 'taskId' : 'instanceId'} length should be one of [32,36]`);
}

/** The task of this cluster (any status), with the ARN that it has or would have. */
export function findTask(state: EcsState, scope: Scope, cluster: Cluster, idOrArn: string): Found<TaskArn, Task> {
  const arn = memberArn('task', scope, cluster, idOrArn) as TaskArn;
  const task = state.tasks.get(arn);
  return { arn, found: task?.clusterArn === cluster.clusterArn ? task : undefined };
}

export const resolveTask = (state: EcsState, scope: Scope, cluster: Cluster, idOrArn: string): Task | undefined =>
  findTask(state, scope, cluster, idOrArn).found;

/** The instance of this cluster (any status, INACTIVE included), with the ARN that it has or would have. */
export function findContainerInstance(
  state: EcsState,
  scope: Scope,
  cluster: Cluster,
  idOrArn: string,
): Found<ContainerInstanceArn, ContainerInstance> {
  const arn = memberArn('container-instance', scope, cluster, idOrArn) as ContainerInstanceArn;
  const instance = state.containerInstances.get(arn);
  return { arn, found: instance?.clusterArn === cluster.clusterArn ? instance : undefined };
}

export const resolveContainerInstance = (
  state: EcsState,
  scope: Scope,
  cluster: Cluster,
  idOrArn: string,
): ContainerInstance | undefined => findContainerInstance(state, scope, cluster, idOrArn).found;

export interface TaskDefinitionReference {
  readonly family: string;
  readonly revision?: number;
  /** The reference is an ARN of another account, region or partition: never found. */
  readonly foreign: boolean;
}

/** `family`, `family:revision` or an ARN (with or without the revision), taken apart. Throws on what is none of them. */
export function parseTaskDefinitionReference(scope: Scope, text: string): TaskDefinitionReference {
  const parsed = text.startsWith('arn:') ? arnOfType(text, 'task-definition') : undefined;
  const name = parsed?.resourceId ?? text;
  const colon = name.indexOf(':');
  const family = colon < 0 ? name : name.slice(0, colon);
  const number = colon < 0 ? undefined : name.slice(colon + 1);
  if (!NAME.test(family)) throw refusals.client('Family contains invalid characters.');
  if (number !== undefined && !/^[1-9][0-9]{0,9}$/.test(number)) {
    throw refusals.invalidParameter(`Invalid revision number. Number: ${number}`);
  }
  const foreign = parsed !== undefined && !isOwnArn(parsed, scope);
  return { family, foreign, ...(number === undefined ? {} : { revision: Number(number) }) };
}

/** The latest ACTIVE revision of a family. */
export function latestActive(state: EcsState, scope: Scope, family: string): TaskDefinition | undefined {
  const latest = state.families.get(familyKey(scope, family))?.latestRevision ?? 0;
  for (let revision = latest; revision > 0; revision--) {
    const definition = state.taskDefinitions.get(taskDefinitionArn(scope, family, revision));
    if (definition?.status === 'ACTIVE') return definition;
  }
  return undefined;
}

/** A named revision of any status; a family alone means its latest ACTIVE revision. */
export function findTaskDefinition(state: EcsState, scope: Scope, text: string): TaskDefinition | undefined {
  const { family, revision, foreign } = parseTaskDefinitionReference(scope, text);
  if (foreign) return undefined;
  if (revision === undefined) return latestActive(state, scope, family);
  return state.taskDefinitions.get(taskDefinitionArn(scope, family, revision));
}

/** As `findTaskDefinition`, or ClientException. */
export function resolveTaskDefinition(state: EcsState, scope: Scope, text: string): TaskDefinition {
  const definition = findTaskDefinition(state, scope, text);
  if (!definition) throw refusals.client('TaskDefinition not found.');
  return definition;
}

/** What new tasks may run: an INACTIVE revision (or one that is being deleted) is refused. */
export function resolveActiveTaskDefinition(state: EcsState, scope: Scope, text: string): TaskDefinition {
  const definition = resolveTaskDefinition(state, scope, text);
  if (definition.status !== 'ACTIVE') throw refusals.client('TaskDefinition is inactive');
  return definition;
}
