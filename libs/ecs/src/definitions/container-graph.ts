import { refusals } from '../model/refusals.js';
import type { ContainerInput } from './task-definition-input.js';

/**
 * Who waits for whom in a task: a container is created after those that it links, takes volumes from and depends on. All three
 * relations are one graph, because a circle of any of them is a task that waits for itself for ever.
 */
const RELATIONS = {
  links: ({ links = [] }) => links.map((link) => link.split(':')[0]!),
  volumesFrom: ({ volumesFrom = [] }) => volumesFrom.map(({ sourceContainer = '' }) => sourceContainer),
  dependsOn: ({ dependsOn = [] }) => dependsOn.map(({ containerName }) => containerName),
} as const satisfies Record<string, (container: ContainerInput) => readonly string[]>;

type Relation = keyof typeof RELATIONS;

interface Edge {
  readonly from: string;
  readonly relation: Relation;
  readonly to: string;
}

/** What may point where, and that nothing goes in a circle. */
export function checkContainerGraph(containers: readonly ContainerInput[], networkMode: string | undefined): void {
  const byName = new Map(containers.map((container) => [container.name!, container]));
  for (const container of containers) {
    checkLinks(container, byName, networkMode);
    checkVolumesFrom(container, byName);
    checkDependsOn(container, byName);
  }
  const edges = containers.flatMap((container) =>
    (Object.keys(RELATIONS) as Relation[]).flatMap((relation) =>
      RELATIONS[relation](container).map((to): Edge => ({ from: container.name!, relation, to })),
    ),
  );
  // ECS's own sentences for circles of one relation, whatever else there is.
  const within = (relation: Relation) => circle(edges.filter((edge) => edge.relation === relation));
  if (within('links')) throw refusals.client('Container links should not have a cycle');
  if (within('dependsOn')) throw refusals.client('Container dependencies should not have a cycle');
  const mixed = circle(edges);
  if (!mixed) return;
  const told = mixed.map(({ from, relation, to }) => `'${from}' ${relation} '${to}'`).join(', ');
  throw refusals.client(`Container dependencies should not have a cycle, but have: ${told}.`);
}

/** The edges of one circle, in its order. */
function circle(edges: readonly Edge[]): readonly Edge[] | undefined {
  const done = new Set<string>();
  const path: Edge[] = [];
  const visit = (name: string): readonly Edge[] | undefined => {
    if (done.has(name)) return undefined;
    for (const edge of edges) {
      if (edge.from !== name) continue;
      path.push(edge);
      const start = path.findIndex(({ from }) => from === edge.to);
      const found = start >= 0 ? path.slice(start) : visit(edge.to);
      if (found) return found;
      path.pop();
    }
    done.add(name);
    return undefined;
  };
  for (const { from } of edges) {
    const found = visit(from);
    if (found) return found;
  }
  return undefined;
}

type ByName = ReadonlyMap<string, ContainerInput>;

/** `name` or `name:alias`, between containers on one bridge. */
function checkLinks(container: ContainerInput, byName: ByName, networkMode: string | undefined): void {
  for (const target of RELATIONS.links(container)) {
    if (networkMode !== undefined && networkMode !== 'bridge') {
      throw refusals.client(`Links are not supported when networkMode=${networkMode}.`);
    }
    if (!byName.has(target)) {
      throw refusals.client(`Invalid link of container '${container.name}': there is no container '${target}' in the task.`);
    }
  }
}

function checkVolumesFrom(container: ContainerInput, byName: ByName): void {
  for (const source of RELATIONS.volumesFrom(container)) {
    if (source !== container.name && byName.has(source)) continue;
    throw refusals.client(
      `Invalid volumesFrom of container '${container.name}': '${source}' is not another container of the task.`,
    );
  }
}

function checkDependsOn({ name, dependsOn = [] }: ContainerInput, byName: ByName): void {
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
