import { hash } from 'node:crypto';

/** Branded strings: an ARN of one kind is never passed for another. */
type Brand<T, B extends string> = T & { readonly __brand: B };
export type AccountId = Brand<string, 'AccountId'>;
export type Region = Brand<string, 'Region'>;
export type ClusterArn = Brand<string, 'ClusterArn'>;
export type TaskDefinitionArn = Brand<string, 'TaskDefinitionArn'>;
export type TaskArn = Brand<string, 'TaskArn'>;
export type ContainerInstanceArn = Brand<string, 'ContainerInstanceArn'>;
export type ServiceArn = Brand<string, 'ServiceArn'>;
export type ServiceRevisionArn = Brand<string, 'ServiceRevisionArn'>;
export type TaskSetArn = Brand<string, 'TaskSetArn'>;
export type ServiceDeploymentArn = Brand<string, 'ServiceDeploymentArn'>;
/** The 32 hex digits at the end of a container instance's ARN: the name of its agent on NATS. */
export type InstanceId = Brand<string, 'InstanceId'>;

/** (account, region) scope everything: nothing of another scope can be seen or named. */
export interface Scope {
  readonly accountId: AccountId;
  readonly region: Region;
}

export const scopeKey = (scope: Scope): string => `${scope.accountId}/${scope.region}`;

const PARTITION = 'aws';
const arn = (scope: Scope, resource: string): string => `arn:${PARTITION}:ecs:${scope.region}:${scope.accountId}:${resource}`;

export const clusterArn = (scope: Scope, name: string) => arn(scope, `cluster/${name}`) as ClusterArn;
export const taskDefinitionArn = (scope: Scope, family: string, revision: number | string) =>
  arn(scope, `task-definition/${family}:${revision}`) as TaskDefinitionArn;
export const taskArn = (scope: Scope, clusterName: string, id: string) => arn(scope, `task/${clusterName}/${id}`) as TaskArn;
export const containerInstanceArn = (scope: Scope, clusterName: string, id: string) =>
  arn(scope, `container-instance/${clusterName}/${id}`) as ContainerInstanceArn;
export const containerArn = (scope: Scope, clusterName: string, taskId: string, id: string) =>
  arn(scope, `container/${clusterName}/${taskId}/${id}`);
export const serviceArn = (scope: Scope, clusterName: string, name: string) =>
  arn(scope, `service/${clusterName}/${name}`) as ServiceArn;
/** Of before clusters' names were in it. ECS still names a service so that it does not find. */
export const shortServiceArn = (scope: Scope, name: string) => arn(scope, `service/${name}`);
export const serviceRevisionArn = (scope: Scope, clusterName: string, service: string, id: string) =>
  arn(scope, `service-revision/${clusterName}/${service}/${id}`) as ServiceRevisionArn;
export const serviceDeploymentArn = (scope: Scope, clusterName: string, service: string, id: string) =>
  arn(scope, `service-deployment/${clusterName}/${service}/${id}`) as ServiceDeploymentArn;

/** `task-set/<cluster>/<service>/ecs-svc/<digits>`; `id` is what follows the service's name. */
export const taskSetArn = (service: ServiceArn, id: string) =>
  `${service.replace(':service/', ':task-set/')}/${id}` as TaskSetArn;

export interface ParsedArn extends Scope {
  readonly partition: string;
  readonly service: string;
  /** `cluster`, `task`, `task-definition`, `container-instance`, `service`, … */
  readonly resourceType: string;
  /** What follows the resource type: `web`, `web/0123…`. */
  readonly resourceId: string;
}

/** `arn:partition:service:region:account:type/id`, or undefined when `text` has not that shape. */
export function parseArn(text: string): ParsedArn | undefined {
  const parts = text.split(':');
  if (parts.length < 6 || parts[0] !== 'arn') return undefined;
  const [, partition, service, region, accountId] = parts as [string, string, string, string, string];
  const resource = parts.slice(5).join(':');
  const slash = resource.indexOf('/');
  if (!partition || !service || !region || !accountId || slash <= 0 || slash === resource.length - 1) return undefined;
  return {
    partition,
    service,
    region: region as Region,
    accountId: accountId as AccountId,
    resourceType: resource.slice(0, slash),
    resourceId: resource.slice(slash + 1),
  };
}

/** Whether the ARN is one of this installation (there is one partition) in the caller's own account and region. */
export const isOwnArn = (parsed: ParsedArn, scope: Scope): boolean =>
  parsed.partition === PARTITION &&
  parsed.service === 'ecs' &&
  parsed.accountId === scope.accountId &&
  parsed.region === scope.region;

/** What stands after the last slash: a task's or an instance's id, a cluster's name. */
export const lastSegment = (text: string): string => text.slice(text.lastIndexOf('/') + 1);

export const instanceIdOf = (arn: ContainerInstanceArn): InstanceId => lastSegment(arn) as InstanceId;

/** The name of the cluster inside `task/<cluster>/<id>` and `container-instance/<cluster>/<id>` ARNs, and of a cluster's own ARN. */
export function clusterNameOf(arn: ClusterArn | TaskArn | ContainerInstanceArn | ServiceArn): string {
  return arn.split('/')[1]!;
}

/** 32 hex digits that depend on nothing but `parts`: an id that a retry makes again. */
export function hashId(...parts: readonly (string | number)[]): string {
  return hash('sha256', parts.join('\u0000')).slice(0, 32);
}

/** A task's id: a retry with the same request id (clientToken) names the same tasks. */
export const taskIdFor = (scope: Scope, clusterName: string, requestId: string, ordinal: number): string =>
  hashId('task', scope.accountId, scope.region, clusterName, requestId, ordinal);

/** A replica's task: whoever places it, under whatever load, names the same task. */
export const replicaTaskIdFor = (deploymentId: string, serviceArn: ServiceArn, replica: number, attempt: number): string =>
  hashId('replica', serviceArn, deploymentId, replica, attempt);

/** 19 decimal digits, as at the end of ECS's deployment and revision ids. */
export const digitsFor = (...parts: readonly (string | number)[]): string =>
  String(1_000_000_000_000_000_000n + (BigInt(`0x${hashId(...parts)}`) % 9_000_000_000_000_000_000n));
