import { createHash } from 'node:crypto';
import { canonicalJson, type StateTables } from '#lib/kernel';

/**
 * SHA-256 over every entry in order: equal for equal states on any replica, whichever way they came to them. An empty table leaves
 * no trace, so that a recorded journal keeps its digest when a later version knows more tables.
 */
export function digestOf<S>(store: StateTables<S>): string {
  const hash = createHash('sha256');
  for (const [table, entries] of store.entries()) {
    let isFirst = true;
    for (const [key, value] of entries) {
      if (isFirst) hash.update(`${JSON.stringify(table)}\n`);
      isFirst = false;
      hash.update(`${JSON.stringify(key)}:${canonicalJson(value)}\n`);
    }
  }
  return hash.digest('hex');
}
