import type { Container, Task } from '../model/task.js';
import type { ContainerDefinition, ContainerDependency, TaskDefinition } from '../model/task-definition.js';
import type { Wait } from './explanation.js';
import { containerEnd } from './words.js';

/** What keeps the containers that have not started yet, one line each: the agent creates them in this order. */
export function containerWaits(task: Task, definition: TaskDefinition): Wait[] {
  const byName = new Map(task.containers.map((container) => [container.name, container]));
  return definition.containerDefinitions.flatMap((container) => {
    const seen = byName.get(container.name);
    if (!seen || seen.lastStatus !== 'PENDING') return [];
    const unmet = relationsOf(container).flatMap(({ to, condition, by }) => {
      const other = byName.get(to);
      return other && !isMet(other, condition) ? [`${to} ${CONDITIONS[condition]} (${by}; ${standing(other)})`] : [];
    });
    return unmet.length === 0 ? [] : [{ what: `its container ${container.name}, which waits for ${unmet.join(' and for ')}` }];
  });
}

type Condition = ContainerDependency['condition'] | 'CREATED';

interface Relation {
  readonly to: string;
  readonly condition: Condition;
  /** The field that says so. */
  readonly by: string;
}

/** A container that only lends its volumes need not run for it. */
const relationsOf = ({ dependsOn = [], links = [], volumesFrom }: ContainerDefinition): Relation[] => [
  ...dependsOn.map(({ containerName, condition }) => ({ to: containerName, condition, by: `dependsOn ${condition}` })),
  ...links.map((link) => ({ to: link.split(':')[0]!, condition: 'START' as const, by: 'links' })),
  ...volumesFrom.flatMap(({ sourceContainer }) =>
    sourceContainer ? [{ to: sourceContainer, condition: 'CREATED' as const, by: 'volumesFrom' }] : [],
  ),
];

const CONDITIONS: Readonly<Record<Condition, string>> = {
  CREATED: 'to be created',
  START: 'to start',
  COMPLETE: 'to end',
  SUCCESS: 'to end with exit code 0',
  HEALTHY: 'to be HEALTHY',
};

function isMet({ lastStatus, runtimeId, exitCode, healthStatus }: Container, condition: Condition): boolean {
  switch (condition) {
    case 'CREATED':
      return runtimeId !== undefined || lastStatus !== 'PENDING';
    case 'START':
      return lastStatus !== 'PENDING';
    case 'COMPLETE':
      return lastStatus === 'STOPPED';
    case 'SUCCESS':
      return lastStatus === 'STOPPED' && exitCode === 0;
    case 'HEALTHY':
      return lastStatus === 'RUNNING' && healthStatus === 'HEALTHY';
  }
}

const standing = (container: Container): string => {
  if (container.lastStatus === 'STOPPED') return containerEnd(container);
  const { lastStatus, healthStatus } = container;
  return `it is ${lastStatus}${lastStatus === 'RUNNING' && healthStatus !== 'UNKNOWN' ? `, ${healthStatus}` : ''}`;
};
