import type { Resources } from '../model/common.js';
import type { ContainerInstance } from '../model/container-instance.js';
import type { EcsState } from '../model/state.js';
import { grows } from '../lookup/capacity-providers.js';
import { addResources, fits, noResources } from './capacity.js';
import { DISTINCT_INSTANCE_UNSATISFIED, EMPTY_CAPACITY_PROVIDER } from './filters.js';
import { type PlacementFailure, type PlacementRequest, planPlacement } from './plan.js';

/** Tasks that are alike and have no place on the instances of a capacity provider with managed scaling, but would have one on another of them. */
export interface LackingTasks {
  /** The capacity provider's name. */
  readonly provider: string;
  readonly need: Resources;
  readonly count: number;
  /** No instance takes two of them. */
  readonly isAlone: boolean;
}

/** Instances like those that are there would be of no help against any other reason. */
const wantsAnother = ({ reason }: PlacementFailure): boolean =>
  reason.startsWith('RESOURCE:') ||
  reason === 'AGENT' ||
  reason === EMPTY_CAPACITY_PROVIDER ||
  reason === DISTINCT_INSTANCE_UNSATISFIED;

/** What of a request lacks instances, apart for each of its capacity providers. Pure. */
export function lackingOf(state: EcsState, request: PlacementRequest, random: () => number): readonly LackingTasks[] {
  const cluster = state.clusters.get(request.clusterArn);
  const { providerOf, ordinals, need, constraints } = request;
  if (!cluster || !providerOf) return [];
  const isAlone = constraints.some(({ type }) => type === 'distinctInstance');
  return [...new Set(ordinals.map(providerOf))].flatMap((provider) => {
    if (provider === undefined || !grows(state, cluster, provider)) return [];
    const own = ordinals.filter((ordinal) => providerOf(ordinal) === provider);
    const { unplaced, failures } = planPlacement(state, { ...request, ordinals: own }, random);
    return unplaced.length > 0 && failures.some(wantsAnother) ? [{ provider, need, count: unplaced.length, isAlone }] : [];
  });
}

/**
 * How many empty instances of one size the tasks need: the largest first, each into the first that has room. What is larger than an
 * instance is left out, as ECS leaves it out.
 */
export function instancesNeeded(lacking: readonly LackingTasks[], registered: Resources, most: number): number {
  const size = ({ need }: LackingTasks) =>
    Math.max(need.cpu / (registered.cpu || 1), need.memoryMiB / (registered.memoryMiB || 1));
  const instances: { instance: Pick<ContainerInstance, 'registered' | 'reserved'>; readonly held: Map<LackingTasks, number> }[] =
    [];
  for (const tasks of lacking.toSorted((a, b) => size(b) - size(a))) {
    if (fits({ registered, reserved: noResources }, tasks.need) !== undefined) continue;
    let from = 0;
    for (let left = tasks.count; left > 0; left--) {
      // What had no room for the one before has none for this.
      while (from < instances.length && !takes(instances[from]!, tasks)) from++;
      if (from === instances.length) {
        if (instances.length >= most) return most;
        instances.push({ instance: { registered, reserved: noResources }, held: new Map() });
      }
      const chosen = instances[from]!;
      chosen.instance = { registered, reserved: addResources(chosen.instance.reserved, tasks.need) };
      chosen.held.set(tasks, (chosen.held.get(tasks) ?? 0) + 1);
    }
  }
  return instances.length;
}

const takes = (
  {
    instance,
    held,
  }: { readonly instance: Pick<ContainerInstance, 'registered' | 'reserved'>; readonly held: ReadonlyMap<LackingTasks, number> },
  tasks: LackingTasks,
): boolean => fits(instance, tasks.need) === undefined && !(tasks.isAlone && held.has(tasks));
