import type { EventRecord } from '#lib/journal';
import type { ContainerInstance } from '../model/entities.js';
import type { EcsState } from '../model/state.js';

/** A broken invariant of the product, found on the draft: the command that broke it fails, loudly, and nothing else. */
export class InvariantError extends Error {}

const duplicates = (ports: readonly number[]) => ports.filter((port, i) => ports.indexOf(port) !== i);

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

/**
 * Checked after a command's events, before the append: an instance that took a task is never over-committed, and no host port
 * is held twice. (A report of facts, or an instance that registers again with less, may show more than fits: facts are facts.)
 */
export function checkInvariants(state: EcsState, events: readonly EventRecord[]): void {
  const touched = new Set<string>();
  for (const event of events) {
    if (event.type === 'TaskPlaced') touched.add((event.data as { containerInstanceArn: string }).containerInstanceArn);
  }
  for (const arn of touched) {
    const instance = state.containerInstances.get(arn);
    if (!instance) throw new InvariantError(`a task was placed on ${arn}, which does not exist`);
    checkInstance(instance);
    const twice = [...duplicates(instance.reserved.portsTcp), ...duplicates(instance.reserved.portsUdp)];
    if (twice.length > 0) throw new InvariantError(`${arn}: host port ${twice[0]} is held twice`);
  }
}
