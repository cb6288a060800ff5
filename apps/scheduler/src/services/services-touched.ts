import type { EcsState, ServiceArn } from '#lib/domain';
import type { Commit, EventRecord } from '#lib/journal';

interface Data {
  readonly serviceArn?: ServiceArn;
  readonly taskArn?: string;
  readonly containerInstanceArn?: string;
  readonly replica?: { readonly serviceArn: ServiceArn };
  readonly healthStatus?: string;
  readonly to?: string;
  /** With a step that nobody asked for: the task ends by itself. */
  readonly stopCode?: string;
}

export interface Touched {
  /** Services whose wanted or live state changed. */
  readonly services: ReadonlySet<string>;
  /** Clusters where a task that found no place may find one now. */
  readonly clusters: ReadonlySet<string>;
}

/** What a commit gives the service scheduler to look at, on the state that includes it. Only keys: the pass reads the state. */
export function touchedBy(state: EcsState, { transactions }: Commit): Touched {
  const services = new Set<string>();
  const clusters = new Set<string>();
  for (const { events } of transactions) for (const event of events) touch(state, event, services, clusters);
  return { services, clusters };
}

function touch(state: EcsState, { type, data }: EventRecord, services: Set<string>, clusters: Set<string>): void {
  const { serviceArn, taskArn, containerInstanceArn, to } = data as Data;
  if (serviceArn && type !== 'ServiceMessageAdded') services.add(serviceArn);
  else if (taskArn && isStep(type, data as Data)) {
    const task = state.tasks.get(taskArn);
    if (task?.replica) services.add(task.replica.serviceArn);
    if (task && to === 'STOPPED') {
      clusters.add(task.clusterArn);
      // The last one of its kind on an instance that drains lets the daemons go.
      if (state.containerInstances.get(task.containerInstanceArn)?.status !== 'ACTIVE')
        addThoseOn(state, task.containerInstanceArn, services);
    }
  } else if (containerInstanceArn && INSTANCE_EVENTS.has(type)) {
    const instance = state.containerInstances.get(containerInstanceArn);
    if (instance) {
      clusters.add(instance.clusterArn);
      const inCluster = [...state.services.by('cluster', instance.clusterArn)];
      // Daemons first: what they need is theirs before replicas take it. Then what can be spread anew.
      for (const service of inCluster) if (service.schedulingStrategy === 'DAEMON') services.add(service.serviceArn);
      for (const service of inCluster) if (service.availabilityZoneRebalancing === 'ENABLED') services.add(service.serviceArn);
    }
    // An instance that drains displaces its tasks.
    addThoseOn(state, containerInstanceArn, services);
  }
}

function addThoseOn(state: EcsState, containerInstanceArn: string, services: Set<string>): void {
  for (const { replica } of state.tasks.by('instance', containerInstanceArn)) if (replica) services.add(replica.serviceArn);
}

const INSTANCE_EVENTS = new Set([
  'ContainerInstanceRegistered',
  'ContainerInstanceStatusChanged',
  'ContainerInstanceAgentConnected',
  'ContainerInstanceDeregistered',
  'AttributesPut',
  'AttributesDeleted',
]);

/** What containers report changes nothing for a service, except their health; nor does it that a task obeys which was asked to stop. */
const isStep = (type: string, { healthStatus, to, stopCode }: Data) =>
  type === 'TaskPlaced' ||
  type === 'TaskStopRequested' ||
  (type === 'TaskStatusChanged' && (to !== 'STOPPING' || stopCode !== undefined)) ||
  type === 'TaskProtectionChanged' ||
  (type === 'TaskContainersChanged' && healthStatus !== undefined);
