import type { ContainerInstance, PlacementStrategy, Task } from '../model/entities.js';
import { hasTaskSets, type Service } from '../model/services.js';
import type { EcsState } from '../model/state.js';
import { attributesOf, type Candidate, taskGroupsOn } from '../placement/candidate.js';
import { addResources } from '../placement/capacity.js';
import { filtersFor, firstRefusal } from '../placement/filters.js';
import { strategyField } from '../placement/strategies.js';
import { replicaRequest } from './replica-request.js';
import { byNumber } from './scale-in.js';
import type { ServiceCounts } from './service-counts.js';
import { strategiesOf } from './service-strategies.js';

/**
 * Rebalancing: a steady service whose tasks are not spread as its strategy wants, because capacity came back, moves some: start
 * first, then stop. ECS does it between zones only; here also between instances, where the strategy spreads over them.
 */
export interface Move {
  readonly task: Task;
  readonly containerInstanceArn: string;
}

type Rebalanced = Pick<Service, 'placementStrategy' | 'deploymentConfiguration' | 'schedulingStrategy' | 'deploymentController'>;

/** ECS's conditions [dg service-rebalancing]: it spreads first of all, and may start before it stops. */
export const canRebalance = (service: Rebalanced): boolean =>
  service.schedulingStrategy === 'REPLICA' &&
  !hasTaskSets(service) &&
  service.deploymentConfiguration.maximumPercent > 100 &&
  strategiesOf(service)[0]?.type === 'spread';

/** What the service is spread over, the most important first: the strategies up to the first that is none. */
function levelsOf(service: Rebalanced): readonly ((instance: ContainerInstance) => string)[] {
  const strategies = strategiesOf(service);
  const end = strategies.findIndex(({ type }) => type !== 'spread');
  return (end < 0 ? strategies : strategies.slice(0, end)).map(placeOf);
}

function placeOf(strategy: PlacementStrategy): (instance: ContainerInstance) => string {
  const field = strategyField(strategy);
  if (field === 'instanceId') return ({ containerInstanceArn }) => containerInstanceArn;
  return (instance) => attributesOf(instance).get(field ?? '') ?? '';
}

/** One instance in the eyes of a plan of moves. */
class Host implements Candidate {
  readonly places: readonly string[];
  /** Tasks that may move away. */
  readonly movable: Task[] = [];
  /** Of the service, those that move here included. */
  groupTasks = 0;
  private joined = 0;

  constructor(
    private readonly state: EcsState,
    private readonly group: string,
    public instance: ContainerInstance,
    levels: readonly ((instance: ContainerInstance) => string)[],
  ) {
    this.places = levels.map((level) => level(instance));
  }

  get arn(): string {
    return this.instance.containerInstanceArn;
  }

  get taskGroups(): Iterable<string> {
    const groups = taskGroupsOn(this.state, this.instance);
    return this.joined > 0 ? [...groups, this.group] : groups;
  }

  /** The task that moves away next. */
  giveUp(): Task {
    this.groupTasks--;
    this.movable.sort((a, b) => byNumber(b, a));
    return this.movable.pop()!;
  }

  join(need: ContainerInstance['reserved']): void {
    this.joined++;
    this.groupTasks++;
    this.instance = { ...this.instance, reserved: addResources(this.instance.reserved, need) };
  }
}

/** Per level, how many of the service's tasks are at each place. */
class Spread {
  private readonly counts: readonly Map<string, number>[];

  constructor(levels: number) {
    this.counts = Array.from({ length: levels }, () => new Map<string, number>());
  }

  add({ places }: Host, tasks: number): void {
    places.forEach((place, level) => this.counts[level]!.set(place, this.at(level, place) + tasks));
  }

  /** Above 0: a task that moves from one to the other makes it more even, at the first level at which it matters at all. */
  gain(from: Host, to: Host): number {
    for (const [level, place] of from.places.entries()) {
      const other = to.places[level]!;
      const gain = place === other ? 0 : this.at(level, place) - this.at(level, other) - 1;
      // The level weighs more than any number of tasks.
      if (gain !== 0) return gain + Math.sign(gain) * (from.places.length - level) * 1e9;
    }
    return 0;
  }

  private at(level: number, place: string): number {
    return this.counts[level]!.get(place) ?? 0;
  }
}

/**
 * The next moves of a steady service, at most `most`; empty when none makes the spread strictly more even, so nothing is moved to
 * and fro. Without chance: the writer has to find the same.
 */
export function rebalancingMoves(state: EcsState, service: Service, counts: ServiceCounts, most: number): readonly Move[] {
  if (service.availabilityZoneRebalancing !== 'ENABLED' || !canRebalance(service) || most <= 0) return [];
  const request = replicaRequest(state, service, counts.rollout);
  if (!request) return [];
  const { definition, need, constraints, template } = request;
  const levels = levelsOf(service);
  const hosts = new Map<string, Host>();
  for (const instance of state.containerInstances.by('cluster', service.clusterArn)) {
    if (instance.status === 'ACTIVE') hosts.set(instance.containerInstanceArn, new Host(state, template.group, instance, levels));
  }
  const spread = new Spread(levels.length);
  for (const task of counts.kept) {
    const host = hosts.get(task.containerInstanceArn);
    if (!host) continue;
    host.groupTasks++;
    spread.add(host, 1);
    if (!counts.isProtected(task)) host.movable.push(task);
  }
  const inOrder = [...hosts.values()].sort((a, b) => (a.arn < b.arn ? -1 : 1));
  // Mostly it is even already, and nobody has to be asked what fits.
  if (!bestMove(inOrder, new Set(inOrder), spread)) return [];
  const filters = filtersFor({ definition, need, constraints, group: template.group });
  const admits = (host: Host) => firstRefusal(filters, host) === undefined;
  const moves: Move[] = [];
  const open = new Set(inOrder.filter(admits));
  while (moves.length < most) {
    const best = bestMove(inOrder, open, spread);
    if (!best) break;
    const { from, to } = best;
    moves.push({ task: from.giveUp(), containerInstanceArn: to.arn });
    spread.add(from, -1);
    spread.add(to, 1);
    to.join(need);
    if (!admits(to)) open.delete(to);
  }
  return moves;
}

/** Of hosts at the same place only the fullest and the emptiest are worth a look, so this stays far from hosts squared. */
function bestMove(hosts: readonly Host[], open: ReadonlySet<Host>, spread: Spread): { from: Host; to: Host } | undefined {
  const groups = new Map<string, { from?: Host; to?: Host }>();
  for (const host of hosts) {
    const key = host.places.filter((place) => place !== host.arn).join('\n');
    const group = groups.get(key) ?? {};
    groups.set(key, group);
    if (host.movable.length > 0 && (!group.from || host.groupTasks > group.from.groupTasks)) group.from = host;
    if (open.has(host) && (!group.to || host.groupTasks < group.to.groupTasks)) group.to = host;
  }
  let best: { from: Host; to: Host } | undefined;
  let bestGain = 0;
  for (const { from } of groups.values()) {
    if (!from) continue;
    for (const { to } of groups.values()) {
      if (!to || to === from) continue;
      const gain = spread.gain(from, to);
      if (gain > bestGain) [best, bestGain] = [{ from, to }, gain];
    }
  }
  return best;
}
