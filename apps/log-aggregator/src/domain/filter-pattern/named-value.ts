import { refusals } from '../refusals.js';
import type { Filter } from './filter.js';
import { jsonSelector } from './json-pattern.js';

/** A number, or what a pattern names of a message (`$.ms`, `$status`, `$3`); undefined where a message has none. */
export function compileValue(text: string, filter: Filter): (message: string) => string | undefined {
  if (!text.startsWith('$')) {
    if (text.trim() === '' || !Number.isFinite(Number(text)))
      throw refusals.invalid(`Invalid metric transformation: metric value '${text}' is no number and names no field.`);
    return () => text;
  }
  if (/^\$[.[]/.test(text)) return jsonSelector(text);
  if (!filter.values) throw refusals.invalid(`Invalid metric transformation: the pattern names no field '${text}'.`);
  return (message) => filter.values!(message)[text];
}
