import { refreshUnderWay } from '../../domain/groups/instance-refreshes.js';
import type { AutoScalingGroup, GroupInstance, InstanceRefresh } from '../../domain/groups/model.js';
import { groupIdOf } from '../../domain/groups/instances.js';
import { groupKey } from '../../domain/groups/names.js';
import { isSuspended } from '../../domain/groups/processes.js';
import type { ScalingState } from '../../domain/state.js';

/** A host of the group as ECS knows it. */
export interface RegisteredHost {
  /** 32 hex digits. */
  readonly instanceId: string;
  /** All that are not over, and those of them that no daemon has started. */
  readonly tasks: number;
  readonly ownTasks: number;
}

export interface GroupSituation {
  readonly group: AutoScalingGroup;
  /** Those that say that they are of the group and have not left their cluster, by instance id. */
  readonly hosts: ReadonlyMap<string, RegisteredHost>;
  /** Only instances without tasks may be taken: the provider's `managedTerminationProtection`. */
  readonly isProtected: boolean;
  readonly nowMs: number;
}

export interface GroupPlan {
  readonly launch: number;
  /** Ids of those that are too many. */
  readonly terminate: readonly string[];
  /** How many there are, others' hosts included. */
  readonly actual: number;
}

/** A request of a cloud starts a few at a time, and one look later the next. */
const MOST_LAUNCHED = 10;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

/**
 * Level-based: what is missing is started, what is too much is ended, whatever happened before. Only hosts that Longshore has started are
 * ended; those that say themselves that they are of the group are counted.
 */
export function planGroup(situation: GroupSituation): GroupPlan {
  const refresh = isSuspended(situation.group, 'InstanceRefresh') ? undefined : refreshUnderWay(situation.group);
  return (refresh && planRefresh(situation, refresh)) ?? planSize(situation);
}

/**
 * One step of an instance refresh: as many of its hosts go as the others may be without. Where none may be away, one more than are wanted is
 * started first, of a group of one host, too. Undefined: no host is in the way of what the group is otherwise.
 */
function planRefresh({ group, hosts }: GroupSituation, { instanceIds, preferences }: InstanceRefresh): GroupPlan | undefined {
  const own = group.instances.filter(({ state }) => state !== 'terminating');
  const left = own.filter(({ id }) => instanceIds.includes(id));
  const leaving = new Set(group.instances.filter(({ state }) => state === 'terminating').map(({ id }) => id));
  const ownIds = new Set(group.instances.map(({ id }) => id));
  const actual = own.length + [...hosts.keys()].filter((id) => !ownIds.has(id)).length;
  const { DesiredCapacity: desired } = group.settings;
  if (left.length === 0 || actual < desired) return undefined;
  const serving = [...hosts.keys()].filter((id) => !leaving.has(id)).length;
  const spare = serving - Math.ceil((desired * preferences.MinHealthyPercentage) / 100);
  // One that has not come yet serves nobody.
  const idle = left.filter(({ id }) => !hosts.has(id));
  const going = [...idle, ...left.filter(({ id }) => hosts.has(id)).slice(0, Math.max(0, spare))];
  if (going.length > 0) return { launch: 0, terminate: isSuspended(group, 'Terminate') ? [] : going.map(({ id }) => id), actual };
  const most = Math.max(desired + 1, Math.floor((desired * preferences.MaxHealthyPercentage) / 100));
  const launch = isSuspended(group, 'Launch') ? 0 : Math.min(Math.max(0, most - actual), left.length, MOST_LAUNCHED);
  return { launch, terminate: [], actual };
}

/** The refreshes that have replaced their hosts. `hosts`: by groupKey(), those of each group. */
export const refreshesDone = (
  { autoScalingGroups }: Pick<ScalingState, 'autoScalingGroups'>,
  hosts: ReadonlyMap<string, GroupSituation['hosts']>,
) =>
  [...autoScalingGroups.values()].flatMap((group) => {
    const refresh = refreshUnderWay(group);
    if (!refresh || !isRefreshed({ group, hosts: hosts.get(groupKey(group)) ?? new Map() }, refresh)) return [];
    return [{ ...groupIdOf(group), refreshId: refresh.id }];
  });

/** All hosts that a refresh is about are gone, and as many as are wanted serve. */
function isRefreshed({ group, hosts }: Pick<GroupSituation, 'group' | 'hosts'>, { instanceIds }: InstanceRefresh): boolean {
  if (group.instances.some(({ id }) => instanceIds.includes(id))) return false;
  return instanceIds.length === 0 || hosts.size >= group.settings.DesiredCapacity;
}

function planSize(situation: GroupSituation): GroupPlan {
  const { group, hosts } = situation;
  const own = group.instances.filter(({ state }) => state !== 'terminating');
  const ownIds = new Set(group.instances.map(({ id }) => id));
  const others = [...hosts.keys()].filter((id) => !ownIds.has(id)).length;
  const actual = own.length + others;
  const { DesiredCapacity: desired } = group.settings;
  if (actual < desired) {
    const launch = isPausing(situation) || isSuspended(group, 'Launch') ? 0 : Math.min(desired - actual, MOST_LAUNCHED);
    return { launch, terminate: [], actual };
  }
  const tooMany = isSuspended(group, 'Terminate') ? 0 : Math.min(actual - desired, own.length);
  return { launch: 0, terminate: tooMany > 0 ? victims(situation, own).slice(0, tooMany) : [], actual };
}

/** Those that cost least: not there yet, then those with the fewest tasks, the oldest first. */
function victims({ hosts, isProtected }: GroupSituation, own: readonly GroupInstance[]): readonly string[] {
  const tasksOn = ({ id }: GroupInstance) => hosts.get(id)?.ownTasks ?? -1;
  return own
    .filter((instance) => !isProtected || tasksOn(instance) <= 0)
    .toSorted((a, b) => tasksOn(a) - tasksOn(b) || (a.since < b.since ? -1 : 1))
    .map(({ id }) => id);
}

/** What has just failed is not tried at once again, and later and later the more often it failed in a row. */
function isPausing({ group: { activities }, nowMs }: GroupSituation): boolean {
  const over = activities.filter(({ instanceId, endedAt }) => instanceId !== undefined && endedAt !== undefined);
  const lastGood = over.findLastIndex(({ failure }) => failure === undefined);
  const failures = over.length - 1 - lastGood;
  if (failures === 0) return false;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
  return nowMs < Date.parse(over.at(-1)!.endedAt!) + pauseMs;
}
