import type { ContainerInstance } from '../../model/container-instance.js';
import type { PlacementStrategy } from '../../model/task-definition.js';
import type { Task } from '../../model/task.js';
import { hasTaskSets, type Service } from '../../model/services.js';
import { type EcsState, statusKey } from '../../model/state.js';
import { attributesOf } from '../../model/attributes.js';
import { isFargateProvider } from '../../model/capacity-providers.js';
import { isOfProvider, providerInstances } from '../../lookup/capacity-providers.js';
import { type Candidate, taskGroupsOn } from '../../placement/candidate.js';
import { addResources } from '../../placement/capacity.js';
import { filtersFor, firstRefusal } from '../../placement/filters.js';
import { strategyField } from '../../placement/strategies.js';
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

  /** How many of the service's tasks are where the host is. */
  around({ places }: Host, level: number): number {
    return this.at(level, places[level]!);
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
  const { capacityProviderStrategy: shared = [] } = service;
  // Which provider a task is of follows from its number, and one that moves gets another number.
  if (shared.length > 1 && !shared.every(({ capacityProvider }) => isFargateProvider(capacityProvider))) return [];
  const provider = providerInstances(state, service, shared[0]?.capacityProvider);
  const isMeant = (instance: ContainerInstance) => !provider || isOfProvider(instance, provider);
  const levels = levelsOf(service);
  // Mostly it is even already, and nobody has to be asked what fits.
  if (isEven(state, service, counts, levels, isMeant)) return [];
  const hosts = new Map<string, Host>();
  for (const instance of state.containerInstances.by('cluster', service.clusterArn)) {
    if (instance.status === 'ACTIVE' && isMeant(instance))
      hosts.set(instance.containerInstanceArn, new Host(state, template.group, instance, levels));
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
  const canGive = () => inOrder.filter(({ movable }) => movable.length > 0);
  if (!bestMove(canGive(), inOrder, spread)) return [];
  const filters = filtersFor({ definition, need, constraints, group: template.group, provider });
  const admits = (host: Host) => firstRefusal(filters, host) === undefined;
  const moves: Move[] = [];
  let open = inOrder.filter(admits);
  while (moves.length < most) {
    const best = bestMove(canGive(), open, spread);
    if (!best) break;
    const { from, to } = best;
    moves.push({ task: from.giveUp(), containerInstanceArn: to.arn });
    spread.add(from, -1);
    spread.add(to, 1);
    to.join(need);
    if (!admits(to)) open = open.filter((host) => host !== to);
  }
  return moves;
}

/** No place of any level has two tasks more than another: then no move makes anything more even. Asks for places, not for hosts. */
function isEven(
  { containerInstances }: EcsState,
  { clusterArn }: Service,
  { kept }: ServiceCounts,
  levels: readonly ((instance: ContainerInstance) => string)[],
  isMeant: (instance: ContainerInstance) => boolean,
): boolean {
  const held = kept.flatMap((task) => containerInstances.get(task.containerInstanceArn) ?? []);
  return levels.every((level) => {
    const tasks = new Map<string, number>();
    for (const instance of held) {
      const place = level(instance);
      tasks.set(place, (tasks.get(place) ?? 0) + 1);
    }
    const most = Math.max(0, ...tasks.values());
    if (most <= 1) return true;
    for (const instance of containerInstances.by('status', statusKey(clusterArn, 'ACTIVE'))) {
      if (isMeant(instance) && most - (tasks.get(level(instance)) ?? 0) > 1) return false;
    }
    return true;
  });
}

interface BestMove {
  readonly from: Host;
  readonly to: Host;
  readonly level: number;
  /** How much more even it makes that level. */
  readonly gain: number;
}

/**
 * The move that makes the most important level more even that can be; undefined when none does. Where the fullest place has at
 * most one task more than the emptiest, nothing is gained at this level, and the next one decides between hosts of one place, or
 * of places between which the task's move changes nothing. So hosts are counted, never compared with each other.
 */
function bestMove(from: readonly Host[], to: readonly Host[], spread: Spread, level = 0): BestMove | undefined {
  if (from.length === 0 || to.length === 0 || level === from[0]!.places.length) return undefined;
  const around = (host: Host) => spread.around(host, level);
  const fullest = from.reduce((a, b) => ((around(b) - around(a) || b.groupTasks - a.groupTasks) > 0 ? b : a));
  const emptiest = to.reduce((a, b) => ((around(b) - around(a) || b.groupTasks - a.groupTasks) < 0 ? b : a));
  const difference = around(fullest) - around(emptiest);
  if (difference > 1) return { from: fullest, to: emptiest, level, gain: difference - 1 };
  if (level + 1 === fullest.places.length) return undefined;
  const indifferent = [...samePlace(from, to, level)];
  if (difference === 1) {
    indifferent.push([
      from.filter((host) => around(host) === around(fullest)),
      to.filter((host) => around(host) === around(emptiest)),
    ]);
  }
  let best: BestMove | undefined;
  for (const [giving, taking] of indifferent) {
    const move = bestMove(giving, taking, spread, level + 1);
    if (move && (!best || move.level < best.level || (move.level === best.level && move.gain > best.gain))) best = move;
  }
  return best;
}

function samePlace(from: readonly Host[], to: readonly Host[], level: number): Iterable<[Host[], Host[]]> {
  const places = new Map<string, [Host[], Host[]]>();
  for (const [side, hosts] of [from, to].entries()) {
    for (const host of hosts) {
      const place = host.places[level]!;
      let sides = places.get(place);
      if (!sides) places.set(place, (sides = [[], []]));
      sides[side]!.push(host);
    }
  }
  return places.values();
}
