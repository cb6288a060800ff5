import { type Derived, type Indexes, IndexSets } from './index-sets.js';
import type { SortedKeys } from './sorted-keys.js';

export type { Derived, Index, Indexes, KeysOf } from './index-sets.js';

/**
 * Keyed tables with indexes: what a state is made of. Values are immutable; a change puts a new value under the same key.
 * `MapTable` is the truth of a fold; `OverlayTable` is a writer's draft on top of it (changed entries only, never a copy).
 */
export interface ReadTable<V> {
  readonly size: number;
  get(key: string): V | undefined;
  has(key: string): boolean;
  /** Every entry, in no particular order. */
  entries(): Iterable<readonly [string, V]>;
  values(): Iterable<V>;
  /** The entries whose index `index` has the value `indexKey`. Unknown index names throw. */
  by(index: string, indexKey: string): Iterable<V>;
  countBy(index: string, indexKey: string): number;
  /** As `by`, in the order of the entries' own keys, those behind `after`: what pages are made of. Costs what is taken of it. */
  ordered(index: string, indexKey: string, after?: string): Iterable<V>;
  /** The sum that the tally `index` keeps for `indexKey`. */
  sumBy(index: string, indexKey: string): number;
  /** The index of a form of its own that the schema makes under this name. In a draft with changes it is made anew, from all that is there. */
  derived(index: string): Derived<V>;
}

export interface Table<V> extends ReadTable<V> {
  put(key: string, value: V): void;
  delete(key: string): void;
}

export class MapTable<V> implements Table<V> {
  private readonly map = new Map<string, V>();
  private sets: IndexSets<V>;

  constructor(readonly indexes: Indexes<V>) {
    this.sets = this.newSets();
  }

  get size(): number {
    return this.map.size;
  }

  get(key: string): V | undefined {
    return this.map.get(key);
  }

  has(key: string): boolean {
    return this.map.has(key);
  }

  entries(): Iterable<readonly [string, V]> {
    return this.map.entries();
  }

  keys(): Iterable<string> {
    return this.map.keys();
  }

  values(): Iterable<V> {
    return this.map.values();
  }

  *by(index: string, indexKey: string): Iterable<V> {
    for (const key of this.sets.keys(index, indexKey) ?? []) yield this.map.get(key)!;
  }

  countBy(index: string, indexKey: string): number {
    return this.sets.keys(index, indexKey)?.size ?? 0;
  }

  *ordered(index: string, indexKey: string, after?: string): Iterable<V> {
    for (const key of this.sets.ordered(index, indexKey).after(after)) yield this.map.get(key)!;
  }

  sumBy(index: string, indexKey: string): number {
    return this.sets.tally(index).sum(indexKey);
  }

  derived(index: string): Derived<V> {
    return this.sets.derivedOf(index);
  }

  /** What one value adds to a sum. */
  shareOf(index: string, indexKey: string, value: V): number {
    return this.sets.tally(index).share(indexKey, value);
  }

  /** For overlays: the keys behind `ordered`. */
  sortedKeys(index: string, indexKey: string): SortedKeys {
    return this.sets.ordered(index, indexKey);
  }

  /** For overlays: the keys behind `by`. */
  keysBy(index: string, indexKey: string): ReadonlySet<string> | undefined {
    return this.sets.keys(index, indexKey);
  }

  put(key: string, value: V): void {
    const old = this.map.get(key);
    if (old === undefined) this.sets.add(key, value);
    else this.sets.replace(key, old, value);
    this.map.set(key, value);
  }

  delete(key: string): void {
    const old = this.map.get(key);
    if (old === undefined) return;
    this.sets.remove(key, old);
    this.map.delete(key);
  }

  clear(): void {
    this.map.clear();
    this.sets = this.newSets();
  }

  private newSets(): IndexSets<V> {
    return new IndexSets(this.indexes, () => this.map);
  }
}

const DELETED = Symbol('deleted');
type Change<V> = V | typeof DELETED;
/** What an undo puts back: the change that stood there, or nothing. */
type Undo<V> = readonly [key: string, before: Change<V> | undefined];

/** Changed entries on top of a table that stays as it is until `apply`. Rolls back to any savepoint. */
export class OverlayTable<V> implements Table<V> {
  private readonly changes = new Map<string, Change<V>>();
  private readonly log: Undo<V>[] = [];
  private sets: IndexSets<V> | undefined;
  private sizeDelta = 0;

  constructor(private readonly base: MapTable<V>) {}

  get size(): number {
    return this.base.size + this.sizeDelta;
  }

  get(key: string): V | undefined {
    const change = this.changes.get(key);
    if (change === undefined) return this.base.get(key);
    return change === DELETED ? undefined : change;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): Iterable<readonly [string, V]> {
    for (const entry of this.base.entries()) if (!this.changes.has(entry[0])) yield entry;
    yield* this.changed();
  }

  *values(): Iterable<V> {
    for (const [, value] of this.entries()) yield value;
  }

  *by(index: string, indexKey: string): Iterable<V> {
    for (const key of this.base.keysBy(index, indexKey) ?? []) if (!this.changes.has(key)) yield this.base.get(key)!;
    for (const key of this.changedSets?.keys(index, indexKey) ?? []) yield this.changes.get(key) as V;
  }

  countBy(index: string, indexKey: string): number {
    let count = this.base.countBy(index, indexKey);
    if (this.changes.size === 0) return count;
    const inBase = this.base.keysBy(index, indexKey);
    if (inBase) {
      const [small, large] = inBase.size < this.changes.size ? [inBase, this.changes] : [this.changes, inBase];
      for (const key of small.keys()) if (large.has(key)) count--;
    }
    return count + (this.changedSets?.keys(index, indexKey)?.size ?? 0);
  }

  *ordered(index: string, indexKey: string, after?: string): Iterable<V> {
    const changed = [...(this.changedSets?.keys(index, indexKey) ?? [])]
      .filter((key) => after === undefined || key > after)
      .sort();
    let next = 0;
    for (const key of this.base.sortedKeys(index, indexKey).after(after)) {
      if (this.changes.has(key)) continue;
      while (next < changed.length && changed[next]! < key) yield this.changes.get(changed[next++]!) as V;
      yield this.base.get(key)!;
    }
    while (next < changed.length) yield this.changes.get(changed[next++]!) as V;
  }

  sumBy(index: string, indexKey: string): number {
    let sum = this.base.sumBy(index, indexKey);
    for (const [key, change] of this.changes) {
      const before = this.base.get(key);
      if (before !== undefined) sum -= this.base.shareOf(index, indexKey, before);
      if (change !== DELETED) sum += this.base.shareOf(index, indexKey, change);
    }
    return sum;
  }

  derived(index: string): Derived<V> {
    if (this.changes.size === 0) return this.base.derived(index);
    return new IndexSets(this.base.indexes, () => this.entries()).derivedOf(index);
  }

  put(key: string, value: V): void {
    this.log.push([key, this.changes.get(key)]);
    this.set(key, value);
  }

  delete(key: string): void {
    if (!this.has(key)) return;
    this.log.push([key, this.changes.get(key)]);
    this.set(key, DELETED);
  }

  get logLength(): number {
    return this.log.length;
  }

  rollbackTo(length: number): void {
    while (this.log.length > length) {
      const [key, before] = this.log.pop()!;
      this.set(key, before);
    }
  }

  apply(): void {
    for (const [key, change] of this.changes) {
      if (change === DELETED) this.base.delete(key);
      else this.base.put(key, change);
    }
  }

  /** Of what is changed; none is made while nothing is. */
  private get changedSets(): IndexSets<V> | undefined {
    if (this.changes.size === 0) return undefined;
    return (this.sets ??= new IndexSets(this.base.indexes, () => this.changed()));
  }

  private *changed(): Iterable<readonly [string, V]> {
    for (const [key, change] of this.changes) if (change !== DELETED) yield [key, change];
  }

  private set(key: string, change: Change<V> | undefined): void {
    const existed = this.has(key);
    const old = this.changes.get(key);
    const [before, after] = [old === DELETED ? undefined : old, change === DELETED ? undefined : change];
    // Most changes of one draft are to the same few entries, and leave their index keys as they are.
    if (before !== undefined && after !== undefined) this.sets?.replace(key, before, after);
    else if (before !== undefined) this.sets?.remove(key, before);
    else if (after !== undefined) this.sets?.add(key, after);
    if (change === undefined) this.changes.delete(key);
    else this.changes.set(key, change);
    this.sizeDelta += Number(this.has(key)) - Number(existed);
  }
}
