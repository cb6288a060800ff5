import { SortedKeys } from './sorted-keys.js';

export type IndexKeys = string | readonly string[] | undefined;

/** Under which key(s) a value is found; undefined leaves it out. */
export type KeysOf<V> = (value: V) => IndexKeys;

export interface Index<V> {
  readonly of: KeysOf<V>;
  /** Whether a value's keys are those of the one before it, where that is cheaper to tell than to make and compare them. */
  readonly same?: (before: V, after: V) => boolean;
  /** Makes it a tally: of the values under a key only the sum of these amounts is kept, and none is found by it. */
  readonly amount?: (value: V) => number;
}

/** An index of a form of its own: told of every change, and read by whoever knows the form. */
export interface Derived<V> {
  add(key: string, value: V): void;
  remove(key: string, value: V): void;
  replace(key: string, before: V, after: V): void;
}

/** Makes an index of a form of its own. */
export interface DerivedIndex<V> {
  readonly derive: () => Derived<V>;
}

export type Indexes<V> = Readonly<Record<string, KeysOf<V> | Index<V> | DerivedIndex<V>>>;

/** One index. Its keys are in order only where somebody reads pages: from the first page on. */
class KeySets<V> {
  private readonly sets = new Map<string, Set<string>>();
  private readonly orders = new Map<string, SortedKeys>();

  private readonly of: KeysOf<V>;
  private readonly same: Index<V>['same'];

  constructor({ of, same }: Index<V>) {
    this.of = of;
    this.same = same;
  }

  keys(indexKey: string): ReadonlySet<string> | undefined {
    return this.sets.get(indexKey);
  }

  ordered(indexKey: string): SortedKeys {
    let order = this.orders.get(indexKey);
    // Before it has a first key, nothing is kept: whoever asks for what is not there must not cost memory.
    if (!order) {
      const set = this.sets.get(indexKey);
      order = new SortedKeys(set ?? []);
      if (set) this.orders.set(indexKey, order);
    }
    return order;
  }

  add(key: string, value: V): void {
    this.addTo(this.of(value), key);
  }

  remove(key: string, value: V): void {
    this.removeFrom(this.of(value), key);
  }

  replace(key: string, old: V, value: V): void {
    if (this.same?.(old, value)) return;
    const [before, after] = [this.of(old), this.of(value)];
    if (before === after) return;
    this.removeFrom(before, key);
    this.addTo(after, key);
  }

  private addTo(keys: IndexKeys, key: string): void {
    if (typeof keys === 'string') this.addOne(keys, key);
    else if (keys !== undefined) for (const indexKey of keys) this.addOne(indexKey, key);
  }

  private removeFrom(keys: IndexKeys, key: string): void {
    if (typeof keys === 'string') this.removeOne(keys, key);
    else if (keys !== undefined) for (const indexKey of keys) this.removeOne(indexKey, key);
  }

  private addOne(indexKey: string, key: string): void {
    const set = this.sets.get(indexKey);
    if (set) set.add(key);
    else this.sets.set(indexKey, new Set([key]));
    if (this.orders.size > 0) this.orders.get(indexKey)?.add(key);
  }

  private removeOne(indexKey: string, key: string): void {
    const set = this.sets.get(indexKey);
    if (this.orders.size > 0) this.orders.get(indexKey)?.delete(key);
    if (!set?.delete(key) || set.size > 0) return;
    this.sets.delete(indexKey);
    this.orders.delete(indexKey);
  }
}

/** Sums by key, without the keys of what is summed. */
class Tally<V> {
  private readonly sums = new Map<string, number>();

  private readonly of: KeysOf<V>;
  private readonly same: Index<V>['same'];

  constructor(
    { of, same }: Index<V>,
    private readonly amount: (value: V) => number,
  ) {
    this.of = of;
    this.same = same;
  }

  sum(indexKey: string): number {
    return this.sums.get(indexKey) ?? 0;
  }

  /** What one value adds to a key. */
  share(indexKey: string, value: V): number {
    const keys = this.of(value);
    const isUnder = typeof keys === 'string' ? keys === indexKey : keys?.includes(indexKey);
    return isUnder ? this.amount(value) : 0;
  }

  add(_key: string, value: V): void {
    this.change(this.of(value), this.amount(value));
  }

  remove(_key: string, value: V): void {
    this.change(this.of(value), -this.amount(value));
  }

  replace(_key: string, old: V, value: V): void {
    const [less, more] = [this.amount(old), this.amount(value)];
    if (this.same?.(old, value)) {
      if (less !== more) this.change(this.of(value), more - less);
      return;
    }
    const [before, after] = [this.of(old), this.of(value)];
    if (before === after && less === more) return;
    this.change(before, -less);
    this.change(after, more);
  }

  private change(keys: IndexKeys, by: number): void {
    if (by === 0) return;
    if (typeof keys === 'string') this.changeOne(keys, by);
    else if (keys !== undefined) for (const indexKey of keys) this.changeOne(indexKey, by);
  }

  private changeOne(indexKey: string, by: number): void {
    const sum = this.sum(indexKey) + by;
    if (sum === 0) this.sums.delete(indexKey);
    else this.sums.set(indexKey, sum);
  }
}

/**
 * The indexes of a table, kept while values come and go. Each is made when it is first read, from what is there then: an app pays for
 * those that it reads, in time at its start, with each event and in memory.
 */
export class IndexSets<V> {
  private readonly sets = new Map<string, KeySets<V>>();
  private readonly tallies = new Map<string, Tally<V>>();
  private readonly derived = new Map<string, Derived<V>>();
  /** All that are made. */
  private readonly made: Derived<V>[] = [];

  constructor(
    private readonly definitions: Indexes<V>,
    private readonly entries: () => Iterable<readonly [string, V]>,
  ) {}

  keys(index: string, indexKey: string): ReadonlySet<string> | undefined {
    return this.keySets(index).keys(indexKey);
  }

  ordered(index: string, indexKey: string): SortedKeys {
    return this.keySets(index).ordered(indexKey);
  }

  tally(index: string): Tally<V> {
    return this.tallies.get(index) ?? this.make(index, this.tallies, tallyOf);
  }

  derivedOf(index: string): Derived<V> {
    return this.derived.get(index) ?? this.make(index, this.derived, derivedOf);
  }

  add(key: string, value: V): void {
    for (const index of this.made) index.add(key, value);
  }

  remove(key: string, value: V): void {
    for (const index of this.made) index.remove(key, value);
  }

  /** Like remove(old) + add(new), without touching the indexes whose keys stay the same. */
  replace(key: string, old: V, value: V): void {
    for (const index of this.made) index.replace(key, old, value);
  }

  private keySets(index: string): KeySets<V> {
    return this.sets.get(index) ?? this.make(index, this.sets, keySetsOf);
  }

  private make<I extends Derived<V>>(name: string, known: Map<string, I>, from: (given: Given<V>) => I | undefined): I {
    const given = this.definitions[name];
    const index = given && from(given);
    if (!index) throw new Error(`no index named ${name}`);
    for (const [key, value] of this.entries()) index.add(key, value);
    known.set(name, index);
    this.made.push(index);
    return index;
  }
}

type Given<V> = Indexes<V>[string];

function keySetsOf<V>(given: Given<V>): KeySets<V> | undefined {
  if (typeof given === 'function') return new KeySets({ of: given });
  return 'derive' in given || given.amount ? undefined : new KeySets(given);
}

const tallyOf = <V>(given: Given<V>): Tally<V> | undefined =>
  'amount' in given && given.amount ? new Tally(given, given.amount) : undefined;

const derivedOf = <V>(given: Given<V>): Derived<V> | undefined => ('derive' in given ? given.derive() : undefined);
