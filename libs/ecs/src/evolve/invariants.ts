import type { EventRecord } from '#lib/kernel';
import type { ContainerInstance } from '../model/container-instance.js';
import type { EcsEvents } from '../model/events.js';
import type { EcsState } from '../model/state.js';

/** A broken invariant of the product, found on the draft: the command that broke it fails, loudly, and nothing else. */
export class InvariantError extends Error {}

function checkInstance(instance: ContainerInstance): void {
  const { registered, reserved, containerInstanceArn } = instance;
  const broken = (sentence: string) => new InvariantError(`${containerInstanceArn}: ${sentence}`);
  if (reserved.cpu < 0 || reserved.memoryMiB < 0 || reserved.gpu < 0) throw broken('more released than reserved');
  if (reserved.memoryMiB > registered.memoryMiB) {
    throw broken(`${reserved.memoryMiB} MiB reserved of ${registered.memoryMiB}`);
  }
  if (reserved.cpu > registered.cpu) throw broken(`${reserved.cpu} CPU units reserved of ${registered.cpu}`);
  if (instance.runningTasksCount < 0 || instance.pendingTasksCount < 0) throw broken('negative task counts');
}

function heldTwice(fixed: readonly number[], held: readonly number[]): number | undefined {
  if (fixed.length === 0) return undefined;
  const seen = new Set<number>();
  const twice = new Set(held.filter((port) => seen.size === seen.add(port).size));
  return fixed.find((port) => twice.has(port));
}

/**
 * Checked after a command's events, before the append: an instance that took a task is never over-committed, and no fixed host
 * port is held twice. (A report of facts, or an instance that registers again with less, may show more than fits: facts are
 * facts, and refusing them would only hide them.)
 */
export function checkInvariants(state: EcsState, events: readonly EventRecord[]): void {
  for (const event of events) {
    if (event.type !== 'TaskPlaced') continue;
    const { containerInstanceArn, reservation, taskArn } = event.data as EcsEvents['TaskPlaced'];
    const instance = state.containerInstances.get(containerInstanceArn);
    if (!instance) throw new InvariantError(`${taskArn} was placed on ${containerInstanceArn}, which does not exist`);
    checkInstance(instance);
    const twice =
      heldTwice(reservation.portsTcp, instance.reserved.portsTcp) ?? heldTwice(reservation.portsUdp, instance.reserved.portsUdp);
    if (twice !== undefined) throw new InvariantError(`${containerInstanceArn}: host port ${twice} is held twice`);
  }
}
