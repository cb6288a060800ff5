import type { PortMapping, TaskDefinition } from './task-definition.js';

/** At which port clients reach the tasks of a definition themselves, where that is one and the same for all of them. */
export function portAtTask(
  { networkMode }: Pick<TaskDefinition, 'networkMode'>,
  { containerPort, hostPort }: Pick<PortMapping, 'containerPort' | 'hostPort'>,
): number | undefined {
  if (networkMode === 'awsvpc' || networkMode === 'host') return containerPort;
  return hostPort || undefined;
}
