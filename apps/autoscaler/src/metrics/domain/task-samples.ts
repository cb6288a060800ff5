import type { EcsState, Task, TaskDefinition, TaskUse } from '#lib/ecs/model';
import { type Scope, lastSegment } from '#lib/kernel';
import type { Sample } from '../metric-store.js';
import { ofSample } from './summary.js';

export const BYTES_A_MIB = 1024 * 1024;
/** Of a container that reserves nothing: the kernel's smallest share, as ECS counts it. */
const LEAST_CPU_UNITS = 2;

export interface ScopedSample {
  readonly scope: Scope;
  readonly sample: Sample;
}

/**
 * What a service's metrics get of one of its tasks: used / reserved × 100, as ECS has it. The samples of all tasks of a bucket are merged,
 * so Average is the service's, Maximum its busiest task's, and SampleCount how many ran. Nothing of a task that does not run on the host
 * which speaks of it.
 */
export function samplesOfTask(state: EcsState, instanceId: string, use: TaskUse, atMs: number): readonly ScopedSample[] {
  const task = taskOn(state, instanceId, use.taskArn);
  if (!task || !task.group.startsWith('service:') || task.desiredStatus !== 'RUNNING') return [];
  const definition = state.taskDefinitions.get(task.taskDefinitionArn);
  if (!definition) return [];
  const reserved = reservedBy(task, definition);
  const dimensions = [
    { Name: 'ClusterName', Value: lastSegment(task.clusterArn) },
    { Name: 'ServiceName', Value: task.group.slice('service:'.length) },
  ];
  const percent = (name: string, used: number, of: number): readonly ScopedSample[] =>
    of > 0 && Number.isFinite(used) && used >= 0
      ? [
          {
            scope: task,
            sample: { namespace: 'AWS/ECS', name, dimensions, unit: 'Percent', atMs, summary: ofSample((used / of) * 100) },
          },
        ]
      : [];
  return [
    ...percent('CPUUtilization', use.cpuUnits, reserved.cpuUnits),
    ...percent('MemoryUtilization', use.memoryBytes / BYTES_A_MIB, reserved.memoryMiB),
  ];
}

/** A host speaks of its own tasks only. */
export function taskOn(state: EcsState, instanceId: string, taskArn: string): Task | undefined {
  const task = state.tasks.get(taskArn);
  return task && state.containerInstances.get(task.containerInstanceArn)?.instanceId === instanceId ? task : undefined;
}

/** Of the task, where it says so; else the sum of what its containers ask for. */
export function reservedBy(task: Task, { cpu, memory, containerDefinitions }: TaskDefinition) {
  const ofContainers = (size: (container: TaskDefinition['containerDefinitions'][number]) => number) =>
    containerDefinitions.reduce((sum, container) => sum + size(container), 0);
  return {
    cpuUnits: Number(task.overrides.cpu ?? cpu ?? 0) || ofContainers((one) => Math.max(one.cpu ?? 0, LEAST_CPU_UNITS)),
    memoryMiB: Number(task.overrides.memory ?? memory ?? 0) || ofContainers((one) => one.memoryReservation ?? one.memory ?? 0),
  };
}
