import { type Derived, type Major, type Ranked, RankedList } from '#lib/kernel';
import { attributesOf } from './attributes.js';
import type { ContainerInstance } from './container-instance.js';

/**
 * What instances have left, in order, for placement: which of a cluster's instances have room, and which of them the least, is
 * found without asking all of them. It only says where to look: whether a task fits, `fits` says.
 */
export interface Host extends Ranked {
  instance: ContainerInstance;
  /** CPU units and MiB of memory that are left. */
  amounts: readonly [cpu: number, memoryMiB: number];
}

/** Which of a host's amounts. */
export const CPU: Major = 0;
export const MEMORY: Major = 1;

const leftOn = ({ registered, reserved }: ContainerInstance): Host['amounts'] => [
  registered.cpu - reserved.cpu,
  registered.memoryMiB - reserved.memoryMiB,
];

/** The hosts of a cluster that have the same values of some attributes. */
export class Place {
  private readonly byMemory = new RankedList<Host>(MEMORY);
  private byCpu: RankedList<Host> | undefined;
  size = 0;

  constructor(
    /** Of the attributes, in the order of their names as asked for; undefined where the attribute is missing. */
    readonly values: readonly (string | undefined)[],
  ) {}

  /** In the order of one amount, then of the other. */
  inOrderOf(amount: Major): RankedList<Host> {
    if (amount === MEMORY) return this.byMemory;
    return (this.byCpu ??= new RankedList(CPU, this.byMemory.entries()));
  }

  add(host: Host): void {
    this.size++;
    this.byMemory.add(host);
    this.byCpu?.add(host);
  }

  delete(host: Host): void {
    this.size--;
    this.byMemory.delete(host);
    this.byCpu?.delete(host);
  }
}

/** A cluster's hosts, divided by the values of some attributes. */
class Division {
  private readonly places = new Map<string, Place>();

  constructor(private readonly names: readonly string[]) {}

  all(): Iterable<Place> {
    return this.places.values();
  }

  of(instance: ContainerInstance): Place | undefined {
    return this.places.get(this.keyOf(instance));
  }

  add(host: Host): void {
    const key = this.keyOf(host.instance);
    let place = this.places.get(key);
    if (!place) this.places.set(key, (place = new Place(this.valuesOf(host.instance))));
    place.add(host);
  }

  delete(host: Host): void {
    const key = this.keyOf(host.instance);
    const place = this.places.get(key);
    place?.delete(host);
    if (place?.size === 0) this.places.delete(key);
  }

  private keyOf(instance: ContainerInstance): string {
    if (this.names.length === 0) return '';
    return this.names.length === 1
      ? (attributesOf(instance).get(this.names[0]!) ?? MISSING)
      : JSON.stringify(this.valuesOf(instance));
  }

  private valuesOf(instance: ContainerInstance): Place['values'] {
    const attributes = attributesOf(instance);
    return this.names.map((name) => attributes.get(name));
  }
}

/** No attribute's value: those have no such characters. */
const MISSING = '\u0000';

/** Anybody may ask for a spread over any attribute: the oldest division is dropped for a new one. */
const MOST_DIVISIONS = 8;

/** The instances of one cluster that may get a task: ACTIVE, and with an agent that is connected. */
export class ClusterCapacity {
  private readonly hosts = new Map<string, Host>();
  private readonly divisions = new Map<string, Division>();
  /** Another object whenever an instance comes, goes, or has another status or other attributes. */
  version: object = {};

  host(containerInstanceArn: string): Host | undefined {
    return this.hosts.get(containerInstanceArn);
  }

  get size(): number {
    return this.hosts.size;
  }

  /** Their ARNs. */
  keys(): Iterable<string> {
    return this.hosts.keys();
  }

  dividedBy(names: readonly string[]): { all(): Iterable<Place>; of(instance: ContainerInstance): Place | undefined } {
    const key = names.join('\n');
    let division = this.divisions.get(key);
    if (!division) {
      if (this.divisions.size >= MOST_DIVISIONS) this.divisions.delete(this.divisions.keys().next().value!);
      division = new Division(names);
      for (const host of this.hosts.values()) division.add(host);
      this.divisions.set(key, division);
    }
    return division;
  }

  add(instance: ContainerInstance): void {
    const host: Host = { key: instance.containerInstanceArn, instance, amounts: leftOn(instance) };
    this.hosts.set(host.key, host);
    for (const division of this.divisions.values()) division.add(host);
  }

  delete(instance: ContainerInstance): void {
    const host = this.hosts.get(instance.containerInstanceArn);
    if (!host) return;
    this.hosts.delete(host.key);
    for (const division of this.divisions.values()) division.delete(host);
  }

  /** The same host with other things reserved on it. */
  change(instance: ContainerInstance): void {
    const host = this.hosts.get(instance.containerInstanceArn)!;
    const amounts = leftOn(instance);
    if (amounts[CPU] === host.amounts[CPU] && amounts[MEMORY] === host.amounts[MEMORY]) {
      host.instance = instance;
      return;
    }
    for (const division of this.divisions.values()) division.delete(host);
    host.instance = instance;
    host.amounts = amounts;
    for (const division of this.divisions.values()) division.add(host);
  }
}

const mayGetTasks = ({ status, agentConnected }: ContainerInstance) => status === 'ACTIVE' && agentConnected;

/** By cluster. An index of the container instances: no part of the state. */
export class FreeCapacity implements Derived<ContainerInstance> {
  private readonly clusters = new Map<string, ClusterCapacity>();

  of(clusterArn: string): ClusterCapacity {
    return this.clusters.get(clusterArn) ?? new ClusterCapacity();
  }

  add(_arn: string, instance: ContainerInstance): void {
    let cluster = this.clusters.get(instance.clusterArn);
    if (!cluster) this.clusters.set(instance.clusterArn, (cluster = new ClusterCapacity()));
    cluster.version = {};
    if (mayGetTasks(instance)) cluster.add(instance);
  }

  remove(_arn: string, instance: ContainerInstance): void {
    const cluster = this.of(instance.clusterArn);
    cluster.version = {};
    cluster.delete(instance);
  }

  replace(arn: string, before: ContainerInstance, after: ContainerInstance): void {
    const isSamePlace =
      before.clusterArn === after.clusterArn && before.status === after.status && before.attributes === after.attributes;
    if (isSamePlace && mayGetTasks(before) && mayGetTasks(after)) {
      this.of(after.clusterArn).change(after);
      return;
    }
    this.remove(arn, before);
    this.add(arn, after);
  }
}
