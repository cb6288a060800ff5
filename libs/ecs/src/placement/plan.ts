import type { ContainerInstance } from '../model/container-instance.js';
import type { PlacementConstraint, PlacementStrategy, TaskDefinition } from '../model/task-definition.js';
import type { Resources } from '../model/common.js';
import type { LaunchType } from '../model/task.js';
import type { ClusterArn, ContainerInstanceArn } from '../model/ids.js';
import { type EcsState, freeCapacityOf, placesOfGroup } from '../model/state.js';
import { isOfProvider, providerInstances, type ProviderInstances } from '../lookup/capacity-providers.js';
import type { Found } from '../lookup/lookup.js';
import { taskGroupsOn } from './candidate.js';
import { addResources } from './capacity.js';
import { Chooser, type Plannable } from './chooser.js';
import { explainEmpty, explainRefusal, type Filter, filtersFor, liveGroupTasksOn, passedBy } from './filters.js';
import type { Placement } from './proposal.js';
import { poolsFor } from './pools.js';
import { Ranking } from './ranking.js';
import { strategiesFor } from './strategies.js';

export interface PlacementRequest {
  /** Whose task it is. */
  readonly clusterArn: ClusterArn;
  /** EC2, unless it is said. */
  readonly launchType?: LaunchType;
  readonly definition: TaskDefinition;
  readonly need: Resources;
  readonly group: string;
  /** The task definition's and the request's. */
  readonly constraints: readonly PlacementConstraint[];
  readonly strategies: readonly PlacementStrategy[];
  /** Which tasks of the request to place: all at first, the stale ones later. */
  readonly ordinals: readonly number[];
  /** The name of the capacity provider on whose instances a task has to run; undefined: any instance will do. */
  readonly providerOf?: (ordinal: number) => string | undefined;
}

export interface PlacementFailure {
  readonly arn?: ContainerInstanceArn;
  /** ECS's: `RESOURCE:MEMORY`, `AGENT`, `ATTRIBUTE`, … */
  readonly reason: string;
  readonly detail: string;
}

export interface PlacementPlan {
  readonly placements: readonly Placement[];
  /** Ordinals without a place. The tasks of a request are alike, so the first that finds none speaks for the others. */
  readonly unplaced: readonly number[];
  /** Why, one an instance tried, those first that came closest; at most `MAX_FAILURES`. */
  readonly failures: readonly PlacementFailure[];
}

/** An answer of thousands of entries helps nobody and costs the gateway. */
export const MAX_FAILURES = 100;

/** The state with what this plan has put on an instance so far. */
class PlannedInstance implements Plannable {
  private planned = 0;

  constructor(
    private readonly state: EcsState,
    private readonly group: string,
    public instance: ContainerInstance,
    private readonly groupTasksBefore: number,
  ) {}

  get groupTasks(): number {
    return this.groupTasksBefore + this.planned;
  }

  get taskGroups(): Iterable<string> {
    const groups = taskGroupsOn(this.state, this.instance);
    return this.planned > 0 ? [...groups, this.group] : groups;
  }

  reserve(need: Resources): void {
    this.planned++;
    this.instance = { ...this.instance, reserved: addResources(this.instance.reserved, need) };
  }
}

/** What of a state a plan asks, made before the first plan needs it: with 200,000 tasks it takes a moment. */
export function prepareToPlan(state: EcsState): void {
  state.containerInstances.derived('freeCapacity');
  state.tasks.derived('groupPlaces');
}

/**
 * Proposes an instance for each ordinal, in the first pool that has one for it. Pure, and nothing is waited for in it: the whole plan is
 * made at one revision. What it puts on an instance counts for the next task.
 */
export function planPlacement(state: EcsState, request: PlacementRequest, random: () => number): PlacementPlan {
  const plans = byProvider(state, request).map((part) => planInPools(state, part, random));
  const [only] = plans;
  if (only && plans.length === 1) return only;
  const inOrder = (ordinals: readonly number[]) => ordinals.toSorted((a, b) => a - b);
  return {
    placements: plans.flatMap(({ placements }) => placements).sort((a, b) => a.ordinal - b.ordinal),
    unplaced: inOrder(plans.flatMap(({ unplaced }) => unplaced)),
    failures: plans.flatMap(({ failures }) => failures).slice(0, MAX_FAILURES),
  };
}

interface PartOfRequest extends PlacementRequest {
  readonly provider?: ProviderInstances;
}

/** No instance is of two capacity providers, so what is planned for one takes nothing from another. */
function byProvider(state: EcsState, request: PlacementRequest): readonly PartOfRequest[] {
  const { ordinals, providerOf } = request;
  const cluster = state.clusters.get(request.clusterArn);
  if (!providerOf || !cluster) return [request];
  const parts = new Map<string | undefined, { readonly provider: ProviderInstances | undefined; readonly ordinals: number[] }>();
  for (const ordinal of ordinals) {
    const provider = providerInstances(state, cluster, providerOf(ordinal));
    const part = parts.get(provider?.name) ?? { provider, ordinals: [] };
    parts.set(provider?.name, part);
    part.ordinals.push(ordinal);
  }
  return [...parts.values()].map((part) => ({ ...request, ...part }));
}

function planInPools(state: EcsState, request: PartOfRequest, random: () => number): PlacementPlan {
  const placements: Placement[] = [];
  const failures: PlacementFailure[] = [];
  let unplaced = request.ordinals;
  for (const pool of poolsFor(state, request.clusterArn, request.launchType ?? 'EC2')) {
    const plan = planInPool(state, { ...request, pool, ordinals: unplaced }, random);
    placements.push(...plan.placements);
    failures.push(...plan.failures);
    ({ unplaced } = plan);
    if (unplaced.length === 0) return { placements, unplaced, failures: [] };
  }
  return { placements, unplaced, failures: failures.slice(0, MAX_FAILURES) };
}

/** `pool`: the cluster whose instances are asked. Those that are not ACTIVE take no part (ECS names none of them in failures). */
function planInPool(
  state: EcsState,
  request: PartOfRequest & { readonly pool: ClusterArn },
  random: () => number,
): PlacementPlan {
  const { clusterArn, pool, group, need, ordinals, provider } = request;
  const { containerInstances } = state;
  const filters = filtersFor(request);
  const capacity = freeCapacityOf(state, pool);
  const places = placesOfGroup(state, clusterArn, group);
  const listed = (arn: string) => {
    const instance = containerInstances.get(arn);
    return instance?.clusterArn === pool && instance.status !== 'INACTIVE' ? instance : undefined;
  };
  const strategies = strategiesFor(request.strategies, (attribute) => places.sumsOf(attribute, capacity.version, listed));
  const ranking = new Ranking(capacity, places, need, strategies);
  const planned = (instance: ContainerInstance) =>
    new PlannedInstance(state, group, instance, places.on(instance.containerInstanceArn));
  const chooser = new Chooser(ranking, strategies, filters, ({ instance }) => planned(instance), need, random);
  const chosen: PlannedInstance[] = [];
  while (chosen.length < ordinals.length) {
    const next = chooser.next();
    if (!next) break;
    chosen.push(next);
  }
  if (chosen.length === ordinals.length) return planOf(request, chosen, []);
  const tried = function* () {
    for (const instance of containerInstances.by('cluster', pool)) {
      if (instance.status === 'ACTIVE' && (!provider || isOfProvider(instance, provider)))
        yield chooser.touched.get(instance.containerInstanceArn) ?? planned(instance);
    }
  };
  const failures = failuresOf(tried(), filters, ranking.hasRoom);
  return planOf(request, chosen, failures.length === 0 && provider ? [explainEmpty(provider)] : failures);
}

const planOf = (
  { ordinals }: PlacementRequest,
  chosen: readonly PlannedInstance[],
  failures: readonly PlacementFailure[],
): PlacementPlan => ({
  placements: chosen.map(({ instance: { containerInstanceArn } }, i) => ({ ordinal: ordinals[i]!, containerInstanceArn })),
  unplaced: ordinals.slice(chosen.length),
  failures,
});

/**
 * StartTask's plan: ordinal n goes to the nth instance that the caller names, or fails with the reason of just that instance.
 * `MISSING` and `INACTIVE` are failures here, because the caller named them.
 */
export function planOnNamed(
  state: EcsState,
  request: Omit<PlacementRequest, 'strategies'>,
  named: readonly Found<ContainerInstanceArn, ContainerInstance>[],
): PlacementPlan {
  const cluster = state.clusters.get(request.clusterArn);
  const byProvider = new Map<string | undefined, readonly Filter[]>();
  const filtersOf = (ordinal: number) => {
    const name = request.providerOf?.(ordinal);
    let filters = byProvider.get(name);
    if (!filters) {
      const provider = cluster && providerInstances(state, cluster, name);
      byProvider.set(name, (filters = filtersFor({ ...request, provider })));
    }
    return filters;
  };
  const groupTasksOn = (instance: ContainerInstance) => liveGroupTasksOn(state, instance, request.group);
  const planned = new Map<string, PlannedInstance>();
  const placements: Placement[] = [];
  const unplaced: number[] = [];
  const failures: PlacementFailure[] = [];
  for (const ordinal of request.ordinals) {
    const { arn, found } = named[ordinal]!;
    const candidate = planned.get(arn) ?? (found && new PlannedInstance(state, request.group, found, groupTasksOn(found)));
    const refused = candidate ? explainRefusal(filtersOf(ordinal), candidate) : missing;
    if (candidate && !refused) {
      candidate.reserve(request.need);
      planned.set(arn, candidate);
      placements.push({ ordinal, containerInstanceArn: arn });
    } else {
      unplaced.push(ordinal);
      failures.push({ arn, reason: refused!.reason, detail: refused!.detail });
    }
  }
  return { placements, unplaced, failures };
}

const missing = { reason: 'MISSING', detail: 'There is no such container instance in this cluster.' };

/** Those that passed the most filters first. Only those that are told are explained. */
function failuresOf(
  tried: Iterable<PlannedInstance>,
  filters: readonly Filter[],
  someHaveRoom: boolean,
): readonly PlacementFailure[] {
  // Where nothing has room, nobody comes further than to be asked for it, and enough of these are enough.
  const furthest = someHaveRoom ? filters.length : filters.findIndex(({ asksRoom }) => asksRoom);
  const byPassed = new Map<number, PlannedInstance[]>();
  for (const candidate of tried) {
    const passed = passedBy(filters, candidate);
    if (passed === filters.length) continue;
    const alike = byPassed.get(passed) ?? [];
    byPassed.set(passed, alike);
    if (alike.length < MAX_FAILURES) alike.push(candidate);
    if (passed === furthest && alike.length === MAX_FAILURES) break;
  }
  return [...byPassed]
    .sort(([a], [b]) => b - a)
    .flatMap(([, alike]) => alike)
    .slice(0, MAX_FAILURES)
    .map((candidate) => {
      const { reason, detail } = explainRefusal(filters, candidate)!;
      return { arn: candidate.instance.containerInstanceArn, reason, detail };
    });
}
