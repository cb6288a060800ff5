import type { EcsState, ServiceArn } from '#lib/ecs/model';
import type { Commit } from '#lib/journal';
import type { EventRecord } from '#lib/kernel';

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

/** Key → the index (within the commit) of the first event that concerns it. */
export interface Touched {
  /** Services whose wanted or live state changed. */
  readonly services: ReadonlyMap<string, number>;
  /** Those of them of which more is said than that tasks come up as they should. */
  readonly urgent: ReadonlySet<string>;
  /** Those of which nothing is said but that instances come or go, so that their tasks might be spread more evenly. */
  readonly spread: ReadonlySet<string>;
  /** Clusters where a task that found no place may find one now. */
  readonly clusters: ReadonlyMap<string, number>;
}

/** What a commit gives the service scheduler to look at, on the state that includes it. Only keys: the pass reads the state. */
export function touchedBy(state: EcsState, { transactions }: Commit): Touched {
  const services = new Map<string, number>();
  const urgent = new Set<string>();
  const spread = new Set<string>();
  const clusters = new Map<string, number>();
  const first = (keys: Map<string, number>, index: number) => (key: string) => void (keys.has(key) || keys.set(key, index));
  transactions
    .flatMap(({ events }) => events)
    .forEach((event, index) => {
      const addService = first(services, index);
      const isUrgent = !isComingUp(event);
      const add = (key: string) => {
        addService(key);
        spread.delete(key);
        if (isUrgent) urgent.add(key);
      };
      const addSpread = (key: string) => {
        if (!services.has(key)) spread.add(key);
        addService(key);
      };
      touch(state, event, add, addSpread, first(clusters, index));
    });
  return { services, urgent, spread, clusters };
}

type Add = (key: string) => void;

function touch(state: EcsState, { type, data }: EventRecord, addService: Add, addSpread: Add, addCluster: Add): void {
  const { serviceArn, taskArn, containerInstanceArn, to } = data as Data;
  if (serviceArn && type !== 'ServiceMessageAdded') addService(serviceArn);
  else if (taskArn && isStep(type, data as Data)) {
    const task = state.tasks.get(taskArn);
    if (task?.replica) addService(task.replica.serviceArn);
    if (task && to === 'STOPPED') {
      addCluster(state.containerInstances.get(task.containerInstanceArn)?.clusterArn ?? task.clusterArn);
      // The last one of its kind on an instance that drains lets the daemons go.
      if (state.containerInstances.get(task.containerInstanceArn)?.status !== 'ACTIVE')
        addThoseOn(state, task.containerInstanceArn, addService);
    }
  } else if (containerInstanceArn && INSTANCE_EVENTS.has(type)) {
    const instance = state.containerInstances.get(containerInstanceArn);
    if (instance) {
      addCluster(instance.clusterArn);
      const inCluster = [...state.services.by('cluster', instance.clusterArn)];
      // Daemons first: what they need is theirs before replicas take it. Then what can be spread anew.
      for (const service of inCluster) if (service.schedulingStrategy === 'DAEMON') addService(service.serviceArn);
      for (const service of inCluster) if (service.availabilityZoneRebalancing === 'ENABLED') addSpread(service.serviceArn);
    }
    // An instance that drains displaces its tasks.
    addThoseOn(state, containerInstanceArn, addService);
  }
}

function addThoseOn(state: EcsState, containerInstanceArn: string, addService: Add): void {
  for (const { replica } of state.tasks.by('instance', containerInstanceArn)) if (replica) addService(replica.serviceArn);
}

const INSTANCE_EVENTS = new Set([
  'ContainerInstanceRegistered',
  'ContainerInstanceStatusChanged',
  'ContainerInstanceAgentConnected',
  'ContainerInstanceDeregistered',
  'AttributesPut',
  'AttributesDeleted',
]);

/** A start of a thousand tasks says this thousands of times, and one look answers many. */
const isComingUp = ({ type, data }: EventRecord): boolean => {
  const { to, healthStatus } = data as Data;
  return (
    type === 'TaskPlaced' ||
    (type === 'TaskStatusChanged' && (to === 'ACTIVATING' || to === 'RUNNING')) ||
    (type === 'TaskContainersChanged' && healthStatus === 'HEALTHY')
  );
};

/** What containers report changes nothing for a service, except their health; nor does it that a task obeys which was asked to stop. */
const isStep = (type: string, { healthStatus, to, stopCode }: Data) =>
  type === 'TaskPlaced' ||
  type === 'TaskStopRequested' ||
  (type === 'TaskStatusChanged' && ((to !== 'STOPPING' && to !== 'DEPROVISIONING') || stopCode !== undefined)) ||
  type === 'TaskProtectionChanged' ||
  type === 'TaskTargetsChanged' ||
  (type === 'TaskContainersChanged' && healthStatus !== undefined);
