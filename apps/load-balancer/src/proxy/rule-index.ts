import type { Condition } from '../domain/model.js';
import { literalOf } from './wildcards.js';

/**
 * Rules that only ask for hosts without wildcards, and paths of which at most the end is open, are found in two maps, whatever their
 * number: by path, and by host and path. HAProxy's `map_beg` gives the longest key that a text begins with, so each key has the first
 * rule of all keys that it begins with itself. `?` ends a path in a text that is looked up: it is in no path, so a key with it matches
 * only whole ones.
 */
export interface RuleIndex {
  readonly byPath: Keys;
  readonly byHost: Keys;
}
type Keys = ReadonlyMap<string, number>;

export interface IndexedRule {
  readonly code: number;
  readonly conditions: readonly Condition[];
}

/** Undefined where a map cannot decide it. */
export function keysOf(
  conditions: readonly Condition[],
): { readonly hosts: readonly string[]; readonly paths: readonly string[] } | undefined {
  let hosts: readonly string[] = [];
  let paths: readonly string[] = ['/'];
  for (const { Field, HostHeaderConfig, PathPatternConfig } of conditions) {
    if (Field === 'host-header') {
      const found = HostHeaderConfig?.Values?.map(literalOf);
      if (!found?.every((host) => host && !host.open)) return undefined;
      hosts = found.map((host) => host!.text.toLowerCase());
    } else if (Field === 'path-pattern') {
      const found = PathPatternConfig?.Values?.map(literalOf);
      // What does not begin with `/` matches no path; `*` alone matches also what has none.
      if (!found?.every((path) => path?.text.startsWith('/'))) return undefined;
      paths = found.map((path) => (path!.open ? path!.text : `${path!.text}?`));
    } else return undefined;
  }
  return { hosts, paths };
}

export function indexOf(rules: readonly IndexedRule[]): RuleIndex {
  const byPath = new Map<string, number>();
  const byHost = new Map<string, number>();
  const put = (keys: Map<string, number>, key: string, code: number) => keys.set(key, Math.min(code, keys.get(key) ?? Infinity));
  for (const { code, conditions } of rules) {
    const { hosts, paths } = keysOf(conditions)!;
    for (const path of paths) {
      if (hosts.length === 0) put(byPath, path, code);
      for (const host of hosts) put(byHost, `${host}${path}`, code);
    }
  }
  return { byPath: inherited(byPath), byHost: inherited(byHost) };
}

/** In sorted order a key comes after all that it begins with, and right after what lies between them. */
function inherited(keys: Keys): Keys {
  const result = new Map<string, number>();
  const open: string[] = [];
  for (const key of [...keys.keys()].sort()) {
    while (open.length > 0 && !key.startsWith(open.at(-1)!)) open.pop();
    result.set(key, Math.min(keys.get(key)!, open.length > 0 ? result.get(open.at(-1)!)! : Infinity));
    open.push(key);
  }
  return result;
}
