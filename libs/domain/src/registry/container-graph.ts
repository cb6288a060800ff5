import { refusals } from '../rules/refusals.js';
import type { ContainerInput } from './task-definition-input.js';

/** Edges between the containers of a task: what may point where, and that nothing goes in a circle. */
type Edges = ReadonlyMap<string, readonly string[]>;

/** Whether a walk along the edges ever comes back to where it was. */
function hasCycle(edges: Edges): boolean {
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string): boolean => {
    if (state.get(name) === 'open') return true;
    if (state.get(name) === 'done') return false;
    state.set(name, 'open');
    const found = (edges.get(name) ?? []).some(visit);
    state.set(name, 'done');
    return found;
  };
  return [...edges.keys()].some(visit);
}

const edgesOf = (containers: readonly ContainerInput[], targets: (container: ContainerInput) => readonly string[]): Edges =>
  new Map(containers.map((container) => [container.name!, targets(container)]));

/** `name` or `name:alias`, between containers on one bridge. */
export function checkLinks(containers: readonly ContainerInput[], networkMode: string | undefined): void {
  const names = new Set(containers.map(({ name }) => name));
  const targets = ({ links = [] }: ContainerInput) => links.map((link) => link.split(':')[0]!);
  for (const container of containers) {
    for (const target of targets(container)) {
      if (networkMode !== undefined && networkMode !== 'bridge') {
        throw refusals.client(`Links are not supported when networkMode=${networkMode}.`);
      }
      if (!names.has(target)) {
        throw refusals.client(`Invalid link of container '${container.name}': there is no container '${target}' in the task.`);
      }
    }
  }
  if (hasCycle(edgesOf(containers, targets))) throw refusals.client('Container links should not have a cycle');
}

export function checkDependencies(containers: readonly ContainerInput[]): void {
  const byName = new Map(containers.map((container) => [container.name, container]));
  for (const { name, dependsOn = [] } of containers) {
    for (const { containerName, condition } of dependsOn) {
      const target = byName.get(containerName);
      // The stray "+" is in ECS's own sentence.
      if (!target) throw refusals.client(`Cannot depend on container + '${containerName}' because it does not exist`);
      if (containerName === name) throw refusals.client(`Container '${name}' cannot depend on itself.`);
      if ((condition === 'SUCCESS' || condition === 'COMPLETE') && target.essential !== false) {
        throw refusals.client('A dependency container with SUCCESS or COMPLETE condition cannot be an essential container');
      }
      if (condition === 'HEALTHY' && !target.healthCheck) {
        throw refusals.client(
          `Container '${name}' depends on '${containerName}' being HEALTHY, but '${containerName}' has no health check.`,
        );
      }
    }
  }
  const edges = edgesOf(containers, ({ dependsOn = [] }) => dependsOn.map(({ containerName }) => containerName));
  if (hasCycle(edges)) throw refusals.client('Container dependencies should not have a cycle');
}
