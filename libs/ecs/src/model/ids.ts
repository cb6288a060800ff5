import { type Brand, hashId, lastSegment, type ParsedArn, type Scope } from '#lib/kernel';

export type ClusterArn = Brand<string, 'ClusterArn'>;
export type TaskDefinitionArn = Brand<string, 'TaskDefinitionArn'>;
export type TaskArn = Brand<string, 'TaskArn'>;
export type ContainerInstanceArn = Brand<string, 'ContainerInstanceArn'>;
export type ServiceArn = Brand<string, 'ServiceArn'>;
export type ServiceRevisionArn = Brand<string, 'ServiceRevisionArn'>;
export type TaskSetArn = Brand<string, 'TaskSetArn'>;
export type ServiceDeploymentArn = Brand<string, 'ServiceDeploymentArn'>;
export type CapacityProviderArn = Brand<string, 'CapacityProviderArn'>;
/** The 32 hex digits at the end of a container instance's ARN: the name of its agent on NATS. */
export type InstanceId = Brand<string, 'InstanceId'>;

const PARTITION = 'aws';
const arn = (scope: Scope, resource: string): string => `arn:${PARTITION}:ecs:${scope.region}:${scope.accountId}:${resource}`;

export const clusterArn = (scope: Scope, name: string) => arn(scope, `cluster/${name}`) as ClusterArn;
export const capacityProviderArn = (scope: Scope, name: string) => arn(scope, `capacity-provider/${name}`) as CapacityProviderArn;
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

/** Whether the ARN is one of this installation (there is one partition) in the caller's own account and region. */
export const isOwnArn = (parsed: ParsedArn, scope: Scope): boolean =>
  parsed.partition === PARTITION &&
  parsed.service === 'ecs' &&
  parsed.accountId === scope.accountId &&
  parsed.region === scope.region;

export const instanceIdOf = (arn: ContainerInstanceArn): InstanceId => lastSegment(arn) as InstanceId;

/** The name of the cluster inside `task/<cluster>/<id>` and `container-instance/<cluster>/<id>` ARNs, and of a cluster's own ARN. */
export function clusterNameOf(arn: ClusterArn | TaskArn | ContainerInstanceArn | ServiceArn): string {
  return arn.split('/')[1]!;
}

/** A task's id: a retry with the same request id (clientToken) names the same tasks. */
export const taskIdFor = (scope: Scope, clusterName: string, requestId: string, ordinal: number): string =>
  hashId('task', scope.accountId, scope.region, clusterName, requestId, ordinal);

/** A replica's task: whoever places it, under whatever load, names the same task. */
export const replicaTaskIdFor = (deploymentId: string, serviceArn: ServiceArn, replica: number, attempt: number): string =>
  hashId('replica', serviceArn, deploymentId, replica, attempt);
