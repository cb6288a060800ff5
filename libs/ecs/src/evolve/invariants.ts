import type { EventRecord } from '#lib/kernel';
import type { ContainerInstance } from '../model/container-instance.js';
import type { EcsEvent, EcsEvents } from '../model/events.js';
import { hasTaskSets } from '../model/services.js';
import type { EcsState } from '../model/state.js';

/** A broken invariant of the product, found on the draft: the command that broke it fails, loudly, and nothing else. */
export class InvariantError extends Error {}

const broken = (arn: string, sentence: string) => new InvariantError(`${arn}: ${sentence}`);

/** What is released was held, and what is counted was there. True whatever a host reports. */
function checkLedger({ containerInstanceArn, reserved, runningTasksCount, pendingTasksCount }: ContainerInstance): void {
  if (reserved.cpu < 0 || reserved.memoryMiB < 0 || reserved.gpu < 0)
    throw broken(containerInstanceArn, 'more released than reserved');
  if (runningTasksCount < 0 || pendingTasksCount < 0) throw broken(containerInstanceArn, 'negative task counts');
}

function checkCapacity({ containerInstanceArn, registered, reserved }: ContainerInstance): void {
  if (reserved.memoryMiB > registered.memoryMiB)
    throw broken(containerInstanceArn, `${reserved.memoryMiB} MiB reserved of ${registered.memoryMiB}`);
  if (reserved.cpu > registered.cpu)
    throw broken(containerInstanceArn, `${reserved.cpu} CPU units reserved of ${registered.cpu}`);
}

function heldTwice(fixed: readonly number[], held: readonly number[]): number | undefined {
  if (fixed.length === 0) return undefined;
  const seen = new Set<number>();
  const twice = new Set(held.filter((port) => seen.size === seen.add(port).size));
  return fixed.find((port) => twice.has(port));
}

/**
 * A task was placed: the instance is never over-committed, and no fixed host port is held twice. (A report of facts, or an instance
 * that registers again with less, may show more than fits: facts are facts, and refusing them would only hide them.)
 */
function checkPlacement(state: EcsState, { containerInstanceArn, reservation, taskArn }: EcsEvents['TaskPlaced']): void {
  const instance = state.containerInstances.get(containerInstanceArn);
  if (!instance) throw broken(taskArn, `placed on ${containerInstanceArn}, which does not exist`);
  checkLedger(instance);
  checkCapacity(instance);
  const twice =
    heldTwice(reservation.portsTcp, instance.reserved.portsTcp) ?? heldTwice(reservation.portsUdp, instance.reserved.portsUdp);
  if (twice !== undefined) throw broken(containerInstanceArn, `host port ${twice} is held twice`);
}

/** A task moved on: it is there, and its instance's books are right. */
function checkTask(state: EcsState, { taskArn }: { readonly taskArn: string }): void {
  const task = state.tasks.get(taskArn);
  if (!task) throw broken(taskArn, 'changed, and does not exist');
  if (task.lastStatus === 'STOPPED' && task.desiredStatus !== 'STOPPED') throw broken(taskArn, 'STOPPED, and wanted to run');
  const instance = state.containerInstances.get(task.containerInstanceArn);
  if (instance) checkLedger(instance);
}

/** Of a service's deployments one is PRIMARY; one whose task sets say what runs has none. */
function checkService(state: EcsState, { serviceArn }: { readonly serviceArn: string }): void {
  const service = state.services.get(serviceArn);
  if (!service) throw broken(serviceArn, 'changed, and does not exist');
  if (!state.clusters.has(service.clusterArn)) throw broken(serviceArn, `is in ${service.clusterArn}, which does not exist`);
  if (!Number.isInteger(service.desiredCount) || service.desiredCount < 0)
    throw broken(serviceArn, `wants ${service.desiredCount} tasks`);
  const primaries = service.deployments.filter(({ status }) => status === 'PRIMARY').length;
  const wanted = service.status === 'ACTIVE' && !hasTaskSets(service) ? 1 : 0;
  if (service.status === 'ACTIVE' && primaries !== wanted) throw broken(serviceArn, `has ${primaries} PRIMARY deployments`);
}

function checkRegistration(
  state: EcsState,
  { containerInstanceArn, clusterArn }: EcsEvents['ContainerInstanceRegistered'],
): void {
  if (!state.clusters.has(clusterArn)) throw broken(containerInstanceArn, `registered in ${clusterArn}, which does not exist`);
}

/** Nothing of it is left behind that nobody could reach any more. */
function checkClusterDeletion(state: EcsState, { clusterArn }: EcsEvents['ClusterDeleted']): void {
  if (state.services.countBy('cluster', clusterArn) > 0) throw broken(clusterArn, 'deleted with services in it');
  for (const { status, containerInstanceArn } of state.containerInstances.by('cluster', clusterArn))
    if (status !== 'INACTIVE') throw broken(clusterArn, `deleted with the instance ${containerInstanceArn} in it`);
}

type Check = (state: EcsState, data: never) => void;
const CHECKS: Partial<Record<EcsEvent['type'], Check>> = {
  TaskPlaced: checkPlacement,
  TaskStatusChanged: checkTask,
  TaskContainersChanged: checkTask,
  TaskStopRequested: checkTask,
  ServiceCreated: checkService,
  ServiceUpdated: checkService,
  DeploymentStarted: checkService,
  DeploymentCompleted: checkService,
  DeploymentRolledBack: checkService,
  DeploymentEnded: checkService,
  ContainerInstanceRegistered: checkRegistration,
  ClusterDeleted: checkClusterDeletion,
};

/** Checked after a command's events, before the append. Each check looks at what its event is about and no further. */
export function checkInvariants(state: EcsState, events: readonly EventRecord[]): void {
  for (const { type, data } of events) CHECKS[type as EcsEvent['type']]?.(state, data as never);
}
