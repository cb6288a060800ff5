import type { StateDraft, StateTables, TableCut } from './state-tables.js';
import { type Indexes, MapTable, OverlayTable, type Table } from './table.js';

/** Table name → its indexes: the shape of a state. */
export type Schema<S> = { readonly [K in keyof S]: S[K] extends Table<infer V> ? Indexes<V> : never };

const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);

/** A state as tables, with drafts on it and the entries of its snapshot. `S` is an object of `Table`s. */
export class Store<S extends object> implements StateTables<S> {
  readonly state: S;
  private readonly tables: Record<string, MapTable<unknown>> = {};

  constructor(schema: Schema<S>) {
    for (const [name, indexes] of Object.entries(schema)) this.tables[name] = new MapTable(indexes as Indexes<unknown>);
    this.state = this.tables as unknown as S;
  }

  draft(): StateDraft<S> {
    const overlays: Record<string, OverlayTable<unknown>> = {};
    const list: OverlayTable<unknown>[] = [];
    for (const [name, table] of Object.entries(this.tables)) list.push((overlays[name] = new OverlayTable(table)));
    const savepoints: number[][] = [];
    return {
      state: overlays as unknown as S,
      savepoint: () => savepoints.push(list.map((overlay) => overlay.logLength)) - 1,
      rollbackTo: (savepoint) => {
        const lengths = savepoints[savepoint]!;
        list.forEach((overlay, i) => overlay.rollbackTo(lengths[i]!));
        savepoints.length = savepoint;
      },
      apply: () => list.forEach((overlay) => overlay.apply()),
    };
  }

  cut(): readonly TableCut[] {
    return Object.entries(this.tables).map(([name, table]) => ({
      table: name,
      keys: [...table.keys()],
      values: [...table.values()],
    }));
  }

  *entries(): Iterable<readonly [string, Iterable<readonly [string, unknown]>]> {
    for (const name of Object.keys(this.tables).sort()) yield [name, [...this.tables[name]!.entries()].sort(byKey)];
  }

  /** Also of one that is not known, which `load` says. */
  wants(): boolean {
    return true;
  }

  load(table: string, entries: Iterable<readonly [string, unknown]>): void {
    const target = this.tables[table];
    if (!target) throw new Error(`a snapshot names a table that this version does not know: ${table}`);
    for (const [key, value] of entries) target.put(key, value);
  }

  clear(): void {
    for (const table of Object.values(this.tables)) table.clear();
  }
}
