import type { Derived } from '#lib/kernel';
import { attributesOf } from './attributes.js';
import type { ContainerInstance } from './container-instance.js';
import type { Task } from './task.js';

/** An instance with tasks of a group. */
interface Held {
  readonly containerInstanceArn: string;
  tasks: number;
  /** Among those with as many. */
  position: number;
}

/** Where the tasks of one group are that are not STOPPED and not asked to stop: what spread and distinctInstance count. */
export class GroupPlaces {
  private readonly held = new Map<string, Held>();
  /** Tasks on an instance → the instances with so many. */
  private readonly byCount = new Map<number, Held[]>();
  private readonly sums = new Map<string, AttributeSums>();
  /** Of the last asked set of hosts, until that or this changes. */
  private all: { readonly version: object; readonly held: boolean } | undefined;

  /** Instances with at least one. */
  get size(): number {
    return this.held.size;
  }

  /** Whether each of the hosts has one: known, so that one without is not looked for among thousands that all have one. */
  holdsAll(hosts: { readonly size: number; readonly version: object; keys(): Iterable<string> }): boolean {
    if (this.held.size < hosts.size) return false;
    if (this.all?.version !== hosts.version) {
      let held = true;
      for (const arn of hosts.keys()) if (!(held = this.held.has(arn))) break;
      this.all = { version: hosts.version, held };
    }
    return this.all.held;
  }

  on(containerInstanceArn: string): number {
    return this.held.get(containerInstanceArn)?.tasks ?? 0;
  }

  /** How many tasks instances have, the fewest first; none that has none. */
  counts(): readonly number[] {
    return [...this.byCount.keys()].sort((a, b) => a - b);
  }

  withTasks(count: number): readonly { readonly containerInstanceArn: string }[] {
    return this.byCount.get(count) ?? [];
  }

  /**
   * Tasks of the group by the value of an attribute of the instances that they are on, for those that `instanceOf` knows.
   * `version` is another object when an instance came, went or has other attributes: only then are they counted again.
   */
  sumsOf(
    attribute: string,
    version: object,
    instanceOf: (arn: string) => ContainerInstance | undefined,
  ): ReadonlyMap<string | undefined, number> {
    let sums = this.sums.get(attribute);
    if (sums?.version !== version) {
      if (!sums && this.sums.size >= MOST_SUMS) this.sums.clear();
      sums = new AttributeSums(attribute, version);
      for (const { containerInstanceArn, tasks } of this.held.values()) sums.changed.set(containerInstanceArn, tasks);
      this.sums.set(attribute, sums);
    }
    return sums.current(instanceOf);
  }

  add(containerInstanceArn: string, tasks: number): void {
    let held = this.held.get(containerInstanceArn);
    if (held) this.leave(held);
    else {
      this.held.set(containerInstanceArn, (held = { containerInstanceArn, tasks: 0, position: 0 }));
      this.all = undefined;
    }
    held.tasks += tasks;
    if (held.tasks > 0) this.join(held);
    else {
      this.held.delete(containerInstanceArn);
      this.all = undefined;
    }
    for (const sums of this.sums.values()) sums.add(containerInstanceArn, tasks);
  }

  private join(held: Held): void {
    const alike = this.byCount.get(held.tasks);
    held.position = alike?.length ?? 0;
    if (alike) alike.push(held);
    else this.byCount.set(held.tasks, [held]);
  }

  /** The last one takes its position. */
  private leave(held: Held): void {
    const alike = this.byCount.get(held.tasks)!;
    const last = alike.pop()!;
    if (last !== held) alike[(last.position = held.position)] = last;
    if (alike.length === 0) this.byCount.delete(held.tasks);
  }
}

/** Anybody may ask for a spread over any attribute. */
const MOST_SUMS = 8;

class AttributeSums {
  private readonly sums = new Map<string | undefined, number>();
  /** What came and went since they were last read, by instance. */
  readonly changed = new Map<string, number>();

  constructor(
    private readonly attribute: string,
    readonly version: object,
  ) {}

  add(containerInstanceArn: string, tasks: number): void {
    this.changed.set(containerInstanceArn, (this.changed.get(containerInstanceArn) ?? 0) + tasks);
  }

  current(instanceOf: (arn: string) => ContainerInstance | undefined): ReadonlyMap<string | undefined, number> {
    for (const [arn, tasks] of this.changed) {
      const instance = instanceOf(arn);
      if (!instance) continue;
      const value = attributesOf(instance).get(this.attribute);
      this.sums.set(value, (this.sums.get(value) ?? 0) + tasks);
    }
    this.changed.clear();
    return this.sums;
  }
}

const NOWHERE = new GroupPlaces();

/** By group. An index of the tasks: no part of the state. */
export class PlacesOfGroups implements Derived<Task> {
  private readonly groups = new Map<string, GroupPlaces>();

  constructor(private readonly keyOf: (task: Task) => string | undefined) {}

  of(key: string): GroupPlaces {
    return this.groups.get(key) ?? NOWHERE;
  }

  add(_arn: string, task: Task): void {
    const key = this.keyOf(task);
    if (key === undefined) return;
    let group = this.groups.get(key);
    if (!group) this.groups.set(key, (group = new GroupPlaces()));
    group.add(task.containerInstanceArn, 1);
  }

  remove(_arn: string, task: Task): void {
    const key = this.keyOf(task);
    const group = key === undefined ? undefined : this.groups.get(key);
    if (!group) return;
    group.add(task.containerInstanceArn, -1);
    if (group.size === 0) this.groups.delete(key!);
  }

  /** A task's group is its own from its birth on, and its instance from when it has one. */
  replace(arn: string, before: Task, after: Task): void {
    if (before.desiredStatus === after.desiredStatus && before.containerInstanceArn === after.containerInstanceArn) return;
    this.remove(arn, before);
    this.add(arn, after);
  }
}
