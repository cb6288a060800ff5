import { attributesOf, type EcsState, type Rollout, type Service, type ServiceRegistry, type Task } from '#lib/ecs/model';
import { instanceAddress } from '#lib/ecs/model';
import { lastSegment } from '#lib/kernel';
import type { InstanceHealth } from './model.js';

/** What is discovered: registered by somebody, or a running task. */
export interface FoundInstance {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly health: InstanceHealth;
  readonly creatorRequestId?: string;
}

/** As ECS tells Cloud Map where an instance is. */
const ZONE_ATTRIBUTE = 'ecs.availability-zone';

/**
 * The instances of a Cloud Map service that are tasks of ECS's services: each task that runs, and that nobody has asked to stop, under the
 * attributes that ECS registers one with. They are not in the journal but derived from the tasks: so the commit that ends a task is
 * the one that ends its instance, nobody has to be alive for it, and nothing can be left behind.
 */
export function* instancesOfTasks(ecs: EcsState, registryArn: string): Iterable<FoundInstance> {
  for (const service of ecs.services.by('registry', registryArn)) {
    for (const task of ecs.tasks.by('service', service.serviceArn)) {
      const found = instanceOf(ecs, service, task, registryArn);
      if (found) yield found;
    }
  }
}

export function countOfTasks(ecs: EcsState, registryArn: string): number {
  let count = 0;
  for (const _instance of instancesOfTasks(ecs, registryArn)) count++;
  return count;
}

/** A task's instance has the task's id: found without looking at the others. */
export function instanceOfTask(ecs: EcsState, registryArn: string, id: string): FoundInstance | undefined {
  for (const instance of instancesOfTasks(ecs, registryArn)) if (instance.id === id) return instance;
  return undefined;
}

/** Where a task's own ports are reached: in `awsvpc` mode at an address of its own. Undefined: its host is one that nobody reaches. */
export function addressOfTask(
  ecs: EcsState,
  { networkConfiguration, networkInterface, containerInstanceArn }: Task,
): string | undefined {
  if (networkConfiguration) return networkInterface?.privateIpv4Address;
  const instance = ecs.containerInstances.get(containerInstanceArn);
  return instance && instanceAddress(instance);
}

function instanceOf(ecs: EcsState, service: Service, task: Task, registryArn: string): FoundInstance | undefined {
  if (!isOffered(task)) return undefined;
  const deployment = service.deployments.find(({ id }) => id === task.replica?.deploymentId);
  const registry = deployment?.serviceRegistries?.find((one) => one.registryArn === registryArn);
  const instance = ecs.containerInstances.get(task.containerInstanceArn);
  if (!deployment || !registry || !instance) return undefined;
  const address = addressOfTask(ecs, task);
  const port = portOf(task, registry);
  // Whoever asks could do nothing with it: a host that nobody reaches, or a port that is not open yet.
  if (address === undefined || port === 'missing') return undefined;
  const zone = attributesOf(instance).get(ZONE_ATTRIBUTE);
  return {
    id: lastSegment(task.taskArn),
    health: isHealthy(deployment, task) ? 'HEALTHY' : 'UNHEALTHY',
    attributes: {
      ...(zone ? { AVAILABILITY_ZONE: zone } : {}),
      AWS_INIT_HEALTH_STATUS: deployment.healthChecked ? 'UNHEALTHY' : 'HEALTHY',
      AWS_INSTANCE_IPV4: address,
      ...(port === undefined ? {} : { AWS_INSTANCE_PORT: String(port) }),
      EC2_INSTANCE_ID: instance.ec2InstanceId,
      ECS_CLUSTER_NAME: lastSegment(task.clusterArn),
      ECS_SERVICE_NAME: service.serviceName,
      ECS_TASK_DEFINITION_FAMILY: lastSegment(task.taskDefinitionArn).split(':')[0]!,
      REGION: task.region,
    },
  };
}

/** It runs, and nobody has asked to stop it. */
export const isOffered = ({ lastStatus, desiredStatus }: Task): boolean =>
  lastStatus === 'RUNNING' && desiredStatus === 'RUNNING';

/** A health check of a container says it where there is one; until it has said so, the task is not healthy. */
export const isHealthy = ({ healthChecked }: Pick<Rollout, 'healthChecked'>, { healthStatus }: Task): boolean =>
  healthStatus === 'HEALTHY' || (healthStatus === 'UNKNOWN' && !healthChecked);

/** Undefined: the service asked for none. */
function portOf(task: Task, { containerName, containerPort, port }: ServiceRegistry): number | undefined | 'missing' {
  if (containerName === undefined) return port;
  if (task.networkConfiguration) return containerPort;
  const bindings = task.containers.find(({ name }) => name === containerName)?.networkBindings ?? [];
  return bindings.find((binding) => binding.containerPort === containerPort)?.hostPort ?? 'missing';
}
