import type { ReadTable } from '../tables/table.js';

/** The entry an event speaks of. Its absence means that the journal and the rules disagree: a broken invariant. */
export function required<V>(table: ReadTable<V>, key: string, what: string): V {
  const value = table.get(key);
  if (value === undefined) throw new Error(`no ${what} ${key}`);
  return value;
}
