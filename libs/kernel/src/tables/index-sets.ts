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

/** Made when it is first read, from what is there, and kept from then on: a fold that never reads it pays nothing. */
export interface DerivedIndex<V> {
  readonly derive: () => Derived<V>;
}

export type Indexes<V> = Readonly<Record<string, KeysOf<V> | Index<V> | DerivedIndex<V>>>;

const unknown = (index: string) => new Error(`no index named ${index}`);

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

/** Every index of a table, kept while values come and go. */
export class IndexSets<V> {
  private readonly byName = new Map<string, KeySets<V>>();
  private readonly tallies = new Map<string, Tally<V>>();
  private readonly derivations = new Map<string, () => Derived<V>>();
  private readonly derived = new Map<string, Derived<V>>();
  private readonly list: Derived<V>[];

  /** `tallies: false`: a draft sums what it changed when it is asked. */
  constructor(definitions: Indexes<V>, { tallies = true } = {}) {
    const list: Derived<V>[] = [];
    for (const [name, given] of Object.entries(definitions)) {
      if ('derive' in given) {
        this.derivations.set(name, given.derive);
        continue;
      }
      const definition: Index<V> = typeof given === 'function' ? { of: given } : given;
      if (definition.amount) {
        const tally = new Tally(definition, definition.amount);
        this.tallies.set(name, tally);
        if (tallies) list.push(tally);
      } else {
        const sets = new KeySets(definition);
        this.byName.set(name, sets);
        list.push(sets);
      }
    }
    this.list = list;
  }

  keys(index: string, indexKey: string): ReadonlySet<string> | undefined {
    return this.named(index).keys(indexKey);
  }

  ordered(index: string, indexKey: string): SortedKeys {
    return this.named(index).ordered(indexKey);
  }

  tally(index: string): Tally<V> {
    const tally = this.tallies.get(index);
    if (!tally) throw unknown(index);
    return tally;
  }

  /** `entries` are those of the table, for the first time. */
  derivedOf(index: string, entries: () => Iterable<readonly [string, V]>): Derived<V> {
    const known = this.derived.get(index);
    if (known) return known;
    const derive = this.derivations.get(index);
    if (!derive) throw unknown(index);
    const derived = derive();
    for (const [key, value] of entries()) derived.add(key, value);
    this.derived.set(index, derived);
    this.list.push(derived);
    return derived;
  }

  add(key: string, value: V): void {
    for (const index of this.list) index.add(key, value);
  }

  remove(key: string, value: V): void {
    for (const index of this.list) index.remove(key, value);
  }

  /** Like remove(old) + add(new), without touching the indexes whose keys stay the same. */
  replace(key: string, old: V, value: V): void {
    for (const index of this.list) index.replace(key, old, value);
  }

  private named(index: string): KeySets<V> {
    const sets = this.byName.get(index);
    if (!sets) throw unknown(index);
    return sets;
  }
}
