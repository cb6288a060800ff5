import { createHash } from 'node:crypto';
import type { StateStore } from './decider.js';

/** JSON with sorted members: equal for equal values, however they were built. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/**
 * SHA-256 over every entry in order: equal for equal states on any replica, whichever way they came to them. An empty table leaves
 * no trace, so that a recorded journal keeps its digest when a later version knows more tables.
 */
export function digestOf<S>(store: StateStore<S>): string {
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
