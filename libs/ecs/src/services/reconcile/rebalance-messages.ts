import type { ContainerInstance } from '../../model/container-instance.js';
import type { Replica, Task } from '../../model/task.js';
import { lastSegment } from '#lib/kernel';
import type { Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { attributesOf } from '../../model/attributes.js';
import { strategyField } from '../../placement/strategies.js';
import { type ServiceActionLine, taskNames } from './messages.js';
import type { ServiceCounts } from './service-counts.js';
import { strategiesOf } from './service-strategies.js';
import type { Target } from './tasks-to-place.js';

/**
 * What a service says while it is rebalanced: between zones ECS's own lines [dg service-rebalancing-event-messages-list, log];
 * between instances, which ECS does not do, the like of them.
 */
const ZONE = 'ecs.availability-zone';

const zoneOf = (instance: ContainerInstance | undefined, { region }: Service): string =>
  (instance && attributesOf(instance).get(ZONE)) ?? `${region}a`;

const zoneOfTask = (state: EcsState, service: Service, { containerInstanceArn }: Pick<Task, 'containerInstanceArn'>) =>
  zoneOf(state.containerInstances.get(containerInstanceArn), service);

const spreadsOverZones = (service: Service) => strategyField(strategiesOf(service)[0]!) === ZONE;

type Moving = Pick<Task, 'taskArn' | 'containerInstanceArn'>;

/** Zone → tasks that move there (or away), those apart that stay within their zone. */
function byZone<T extends Moving>(
  state: EcsState,
  service: Service,
  moves: readonly { readonly task: T; readonly other: Moving }[],
) {
  const zones = new Map<string, T[]>();
  const within: T[] = [];
  for (const { task, other } of moves) {
    const zone = zoneOfTask(state, service, task);
    if (!spreadsOverZones(service) || zone === zoneOfTask(state, service, other)) within.push(task);
    else zones.set(zone, [...(zones.get(zone) ?? []), task]);
  }
  return { zones: [...zones], within };
}

const tasksIn = (counts: readonly (readonly [place: string, count: number])[]) =>
  counts.map(([place, count]) => `${count} tasks in ${place}`).join(', ');

/** Tasks per place, the fullest first, places without one included. */
function countBy(state: EcsState, service: Service, placeOf: (instance: ContainerInstance) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const instance of state.containerInstances.by('cluster', service.clusterArn)) {
    if (instance.status === 'ACTIVE') counts.set(placeOf(instance), 0);
  }
  for (const { containerInstanceArn, desiredStatus } of state.tasks.by('service', service.serviceArn)) {
    const instance = state.containerInstances.get(containerInstanceArn);
    const place = instance && placeOf(instance);
    if (place !== undefined && desiredStatus === 'RUNNING') counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return [...counts].sort(([a, inA], [b, inB]) => inB - inA || (a < b ? -1 : 1));
}

const zonesOf = (state: EcsState, service: Service) => countBy(state, service, (instance) => zoneOf(instance, service));

const BEGUN = /^\(service \S+\) is not (AZ balanced|balanced over) /;
const ENDED = /^\(service \S+\) (is AZ balanced|has finished rebalancing)/;

/** What the service said last about it: `AZ balanced` or `balanced over` while it is being rebalanced. */
function rebalancedOver({ messages }: Service): string | undefined {
  for (const { message } of messages) {
    if (ENDED.test(message)) return undefined;
    const begun = BEGUN.exec(message);
    if (begun) return begun[1];
  }
  return undefined;
}

/** Of a step that starts tasks which are to replace others elsewhere, on the state before it. */
export function movedLines(
  state: EcsState,
  service: Service,
  targets: readonly Target[],
  started: readonly (Moving & { readonly replica?: Replica })[],
): readonly ServiceActionLine[] {
  const replaced = new Map(
    targets.flatMap(({ replaces }) => (replaces ? [[replaces.taskArn as string, replaces] as const] : [])),
  );
  const moves = started.flatMap((task) => {
    const other = replaced.get(task.replica?.replaces ?? '');
    return other ? [{ task, other }] : [];
  });
  if (moves.length === 0) return [];
  const { zones, within } = byZone(state, service, moves);
  const { serviceName } = service;
  return [
    ...(rebalancedOver(service) === undefined ? [begunLine(state, service, zones.length > 0)] : []),
    ...zones.map(([zone, tasks]) =>
      startedLine(`(service ${serviceName}) has started ${tasks.length} tasks in ${zone} to AZ Rebalance: ${taskNames(tasks)}.`),
    ),
    ...(within.length > 0
      ? [startedLine(`(service ${serviceName}) has started ${within.length} tasks to rebalance: ${taskNames(within)}.`)]
      : []),
  ];
}

const startedLine = (message: string): ServiceActionLine => ({ eventName: 'TASKS_STARTED', message });

function begunLine(state: EcsState, service: Service, overZones: boolean): ServiceActionLine {
  const eventName = 'SERVICE_REBALANCING_STARTED';
  const { serviceName } = service;
  if (overZones) {
    const message = `(service ${serviceName}) is not AZ balanced with ${tasksIn(zonesOf(state, service))}. AZ Rebalancing in progress.`;
    return { eventName, message };
  }
  const hosts = countBy(state, service, ({ containerInstanceArn }) => lastSegment(containerInstanceArn));
  // The ends say it; there may be hundreds between them.
  const ends = tasksIn([hosts[0]!, hosts.at(-1)!]);
  return {
    eventName,
    message: `(service ${serviceName}) is not balanced over its container instances, with ${ends}. Rebalancing in progress.`,
  };
}

/** Of a step that stops what has been replaced. */
export function movedAwayLines(state: EcsState, service: Service, stopped: readonly Task[]): readonly ServiceActionLine[] {
  if (stopped.length === 0) return [];
  const replacing = new Map([...state.tasks.by('service', service.serviceArn)].map((task) => [task.replica?.replaces, task]));
  const { zones, within } = byZone(
    state,
    service,
    stopped.map((task) => ({ task, other: replacing.get(task.taskArn) ?? task })),
  );
  const line = (message: string): ServiceActionLine => ({ eventName: 'TASKS_STOPPED', message });
  const has = (tasks: readonly Task[]) => `(service ${service.serviceName}) has stopped ${tasks.length} running tasks`;
  return [
    ...zones.map(([zone, tasks]) => line(`${has(tasks)} in ${zone} due to AZ rebalancing: ${taskNames(tasks)}.`)),
    ...(within.length > 0 ? [line(`${has(within)} due to rebalancing: ${taskNames(within)}.`)] : []),
  ];
}

/** When nothing is left to move, once. */
export function balancedLine(state: EcsState, service: Service, { kept }: ServiceCounts): readonly ServiceActionLine[] {
  const over = rebalancedOver(service);
  if (over === undefined) return [];
  const eventName = 'SERVICE_REBALANCING_COMPLETED';
  const counts = over === 'AZ balanced' && kept.length > 0 ? zonesOf(state, service) : [];
  const isEven = counts.length > 0 && counts[0]![1] - counts.at(-1)![1] <= 1;
  const message = isEven
    ? `(service ${service.serviceName}) is AZ balanced with ${tasksIn(counts)}.`
    : `(service ${service.serviceName}) has finished rebalancing.`;
  return [{ eventName, message }];
}
