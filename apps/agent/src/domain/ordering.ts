import type { ContainerDefinition, ContainerDependency, TaskDefinitionPayload } from '#lib/ecs/model';
import type { ContainerRecord, TaskRecord } from './task-record.js';

/** CREATED is no condition of `dependsOn`: volumes are there as soon as their container is. */
interface Dependency {
  readonly containerName: string;
  readonly condition: ContainerDependency['condition'] | 'CREATED';
}

/** What a container waits for before it is created: `dependsOn`, START of those it links to, creation of those it takes volumes from. */
export function dependenciesOf(container: ContainerDefinition): readonly Dependency[] {
  const on = (containerName: string, condition: Dependency['condition']): Dependency => ({ containerName, condition });
  return [
    ...(container.dependsOn ?? []),
    ...(container.links ?? []).map((link) => on(link.split(':')[0]!, 'START')),
    ...container.volumesFrom.flatMap(({ sourceContainer }) => (sourceContainer ? [on(sourceContainer, 'CREATED')] : [])),
  ];
}

export type Resolution =
  | { readonly kind: 'met' }
  /** `untilMs`: when a startTimeout ends the waiting (steady clock). */
  | { readonly kind: 'waiting'; readonly untilMs?: number }
  | { readonly kind: 'never'; readonly reason: string };

/** Whether `container` may be created now (`nowMs`: steady clock). The texts are the ECS agent's (`agent/engine/dependencygraph/graph.go`). */
export function resolveDependencies(
  container: ContainerDefinition,
  task: TaskRecord,
  definition: TaskDefinitionPayload,
  nowMs: number,
): Resolution {
  const resolutions = dependenciesOf(container).map((dependency) => resolve(dependency, container, task, definition, nowMs));
  const never = resolutions.find(({ kind }) => kind === 'never');
  if (never) return never;
  const waiting = resolutions.filter((resolution) => resolution.kind === 'waiting');
  if (waiting.length === 0) return { kind: 'met' };
  const deadlines = waiting.flatMap(({ untilMs }) => (untilMs === undefined ? [] : [untilMs]));
  return { kind: 'waiting', untilMs: deadlines.length ? Math.min(...deadlines) : undefined };
}

function resolve(
  { containerName, condition }: Dependency,
  target: ContainerDefinition,
  task: TaskRecord,
  definition: TaskDefinitionPayload,
  nowMs: number,
): Resolution {
  const record = task.containers.find(({ name }) => name === containerName);
  const dependency = definition.containerDefinitions.find(({ name }) => name === containerName);
  if (!record || !dependency) {
    return never(`container ordering dependency [${containerName}] for target [${target.name}] does not exist.`);
  }
  const pair = () =>
    `container ordering dependency [${describe(record, dependency)}] for target [${describe(
      task.containers.find(({ name }) => name === target.name)!,
      target,
    )}]`;
  if (isMet(record, condition)) return { kind: 'met' };
  if (record.phase === 'STOPPED') {
    const ranAndFailed = condition === 'SUCCESS' && record.exitCode !== undefined;
    return never(
      `failed to resolve ${pair()} ${ranAndFailed ? 'as dependency did not exit successfully.' : 'because dependency will never start'}`,
    );
  }
  if (condition === 'CREATED' || condition === 'START' || !dependency.startTimeout || record.seenRunningAt === undefined)
    return { kind: 'waiting' };
  const untilMs = Date.parse(record.seenRunningAt) + dependency.startTimeout * 1000;
  return nowMs >= untilMs ? never(`${pair()} has timed out.`) : { kind: 'waiting', untilMs };
}

const never = (text: string): Resolution => ({ kind: 'never', reason: `CannotStartContainerError: dependency graph: ${text}` });

function isMet(record: ContainerRecord, condition: Dependency['condition']): boolean {
  switch (condition) {
    case 'CREATED':
      return record.runtimeId !== undefined;
    case 'START':
      return record.phase === 'RUNNING' || (record.phase === 'STOPPED' && record.startedAt !== undefined);
    case 'COMPLETE':
      return record.phase === 'STOPPED' && record.exitCode !== undefined;
    case 'SUCCESS':
      return record.phase === 'STOPPED' && record.exitCode === 0;
    case 'HEALTHY':
      return record.phase === 'RUNNING' && record.healthStatus === 'HEALTHY';
  }
}

function describe(record: ContainerRecord, definition: ContainerDefinition): string {
  const known = record.phase === 'STOPPED' ? (record.stoppedFrom ?? 'STOPPED') : record.phase;
  return `${record.name}(${definition.image})(${known}->${record.phase === 'STOPPED' ? 'STOPPED' : 'RUNNING'})`;
}

/** Whether some containers wait for each other, so that none of them can ever be created. */
export function waitsInACircle({ containerDefinitions }: TaskDefinitionPayload): boolean {
  let waiting = containerDefinitions;
  for (;;) {
    const blocked = waiting.filter((container) =>
      dependenciesOf(container).some(({ containerName }) => waiting.some(({ name }) => name === containerName)),
    );
    if (blocked.length === waiting.length) return waiting.length > 0;
    waiting = blocked;
  }
}

/** Reverse order at stop: a container is stopped when every container that depends on it has stopped. */
export function mayStop(containerName: string, task: TaskRecord, definition: TaskDefinitionPayload): boolean {
  return definition.containerDefinitions
    .filter((other) => dependenciesOf(other).some((dependency) => dependency.containerName === containerName))
    .every((other) => task.containers.find(({ name }) => name === other.name)?.phase === 'STOPPED');
}
