import type { ContainerInstance } from '../model/container-instance.js';
import type { PlacementConstraint, PlacementStrategy, TaskDefinition } from '../model/task-definition.js';
import type { Resources } from '../model/common.js';
import type { ClusterArn, ContainerInstanceArn } from '../model/ids.js';
import { type EcsState, groupKey } from '../model/state.js';
import type { Found } from '../lookup/lookup.js';
import { type Candidate, taskGroupsOn } from './candidate.js';
import { addResources } from './capacity.js';
import { explainRefusal, type Filter, filtersFor, firstRefusal } from './filters.js';
import type { Placement } from './proposal.js';
import { best, countsTasks, strategiesFor, type Strategy } from './strategies.js';

export interface PlacementRequest {
  readonly clusterArn: ClusterArn;
  readonly definition: TaskDefinition;
  readonly need: Resources;
  readonly group: string;
  /** The task definition's and the request's. */
  readonly constraints: readonly PlacementConstraint[];
  readonly strategies: readonly PlacementStrategy[];
  /** Which tasks of the request to place: all at first, the stale ones later. */
  readonly ordinals: readonly number[];
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
class PlannedInstance implements Candidate {
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

/** Live tasks of the group by instance. Walks the group once, so it is asked only when a rule counts them. */
function countGroup(state: EcsState, clusterArn: ClusterArn, group: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { containerInstanceArn } of state.tasks.by('liveGroup', groupKey(clusterArn, group))) {
    counts.set(containerInstanceArn, (counts.get(containerInstanceArn) ?? 0) + 1);
  }
  return counts;
}

const activeOnly = (instance: ContainerInstance) => instance.status === 'ACTIVE';

/**
 * Proposes an instance for each ordinal. Pure, and nothing is waited for in it: the whole plan is made at one revision. What it
 * puts on an instance counts for the next task. Instances that are not ACTIVE take no part (ECS names none of them in failures).
 */
export function planPlacement(state: EcsState, request: PlacementRequest, random: () => number): PlacementPlan {
  const { clusterArn, constraints, group, strategies } = request;
  const filters = filtersFor(request);
  const counting = countsTasks(strategies) || constraints.some(({ type }) => type === 'distinctInstance');
  const counts = counting ? countGroup(state, clusterArn, group) : new Map<string, number>();
  const planned = (instance: ContainerInstance) =>
    new PlannedInstance(state, group, instance, counts.get(instance.containerInstanceArn) ?? 0);
  // Without an order to keep, any instance that passes is as good as another, so most of them need not be looked at.
  if (strategies.every(({ type }) => type === 'random') && filters.every(({ changes }) => changes !== 'always')) {
    const chosen = drawByChance(state, request, filters, planned, random);
    if (chosen.length === request.ordinals.length) return planOf(request, chosen, []);
    const touched = new Map(chosen.map((one) => [one.instance.containerInstanceArn, one]));
    const every = [...state.containerInstances.by('cluster', clusterArn)];
    const tried = every.map((instance) => touched.get(instance.containerInstanceArn) ?? planned(instance));
    return planOf(
      request,
      chosen,
      failuresOf(
        tried.filter(({ instance }) => activeOnly(instance)),
        filters,
      ),
    );
  }
  const everyInstance = [...state.containerInstances.by('cluster', clusterArn)].map(planned);
  const tried = everyInstance.filter(({ instance }) => activeOnly(instance));
  const chosen = choose(tried, request, filters, strategiesFor(strategies, everyInstance, random), random);
  return planOf(request, chosen, chosen.length === request.ordinals.length ? [] : failuresOf(tried, filters));
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
 * An instance for each task in turn, until one finds none: each of those that pass is as likely as the other. Draws places of the
 * cluster's list; a place whose instance is refused is taken out of the urn, because no filter here changes its mind for the better.
 */
function drawByChance(
  state: EcsState,
  { clusterArn, ordinals, need }: PlacementRequest,
  filters: readonly Filter[],
  planned: (instance: ContainerInstance) => PlannedInstance,
  random: () => number,
): PlannedInstance[] {
  const seen = new Map<number, PlannedInstance>();
  // The urn: place i holds i, unless another place was moved there.
  const moved = new Map<number, number>();
  const at = (i: number) => moved.get(i) ?? i;
  let left = state.containerInstances.countBy('cluster', clusterArn);
  const chosen: PlannedInstance[] = [];
  while (left > 0 && chosen.length < ordinals.length) {
    const drawn = Math.min(Math.floor(random() * left), left - 1);
    const place = at(drawn);
    let candidate = seen.get(place);
    if (!candidate) {
      candidate = planned(state.containerInstances.nth('cluster', clusterArn, place)!);
      seen.set(place, candidate);
    }
    if (firstRefusal(filters, candidate) === undefined) {
      candidate.reserve(need);
      chosen.push(candidate);
    } else {
      moved.set(drawn, at(--left));
    }
  }
  return chosen;
}

/**
 * StartTask's plan: ordinal n goes to the nth instance that the caller names, or fails with the reason of just that instance.
 * `MISSING` and `INACTIVE` are failures here, because the caller named them.
 */
export function planOnNamed(
  state: EcsState,
  request: Omit<PlacementRequest, 'strategies'>,
  named: readonly Found<ContainerInstanceArn, ContainerInstance>[],
): PlacementPlan {
  const filters = filtersFor(request);
  const counts = countGroup(state, request.clusterArn, request.group);
  const planned = new Map<string, PlannedInstance>();
  const placements: Placement[] = [];
  const unplaced: number[] = [];
  const failures: PlacementFailure[] = [];
  for (const ordinal of request.ordinals) {
    const { arn, found } = named[ordinal]!;
    const candidate = planned.get(arn) ?? (found && new PlannedInstance(state, request.group, found, counts.get(arn) ?? 0));
    const refused = candidate ? explainRefusal(filters, candidate) : missing;
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

/** The instance of each task in turn, until one finds none. */
function choose(
  candidates: readonly PlannedInstance[],
  { ordinals, need }: PlacementRequest,
  filters: readonly Filter[],
  strategies: readonly Strategy[],
  random: () => number,
): PlannedInstance[] {
  const changing = (changes: Filter['changes']) => filters.filter((filter) => filter.changes === changes);
  const [fixed, worsening, returning] = [changing('never'), changing('worse'), changing('always')];
  const pass = (some: readonly Filter[]) => (candidate: PlannedInstance) => firstRefusal(some, candidate) === undefined;
  // An instance that a fixed or a worsening filter refuses is out for the rest of the plan.
  let open = candidates.filter(pass([...fixed, ...worsening]));
  const chosen: PlannedInstance[] = [];
  while (chosen.length < ordinals.length) {
    const next = best(returning.length === 0 ? open : open.filter(pass(returning)), strategies, random);
    if (!next) break;
    next.reserve(need);
    for (const strategy of strategies) strategy.placed(next);
    chosen.push(next);
    // The others did not change.
    if (!pass(worsening)(next)) open = open.filter((candidate) => candidate !== next);
  }
  return chosen;
}

function failuresOf(tried: readonly PlannedInstance[], filters: readonly Filter[]): readonly PlacementFailure[] {
  return tried
    .flatMap((candidate) => {
      const refused = explainRefusal(filters, candidate);
      return refused ? [{ arn: candidate.instance.containerInstanceArn, ...refused }] : [];
    })
    .sort((a, b) => b.passed - a.passed)
    .slice(0, MAX_FAILURES)
    .map(({ arn, reason, detail }) => ({ arn, reason, detail }));
}
