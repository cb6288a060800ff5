import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hostHeader, pathPattern } from '../../../../test/support/proxy-world.js';
import { DEFAULT_RULE } from './rule-code.js';
import { indexOf, type IndexedRule, keysOf } from './rule-index.js';
import { regexOf } from './wildcards.js';

const host = fc.constantFrom('a.example', 'b.example', 'A.example');
const path = fc.constantFrom('/', '/a', '/ab', '/a/b', '/a/b/c', '/b').chain((text) => fc.constantFrom(text, `${text}*`));
const rule = fc.record({ hosts: fc.array(host, { maxLength: 2 }), paths: fc.array(path, { maxLength: 2 }) });
const conditionsOf = ({ hosts, paths }: { hosts: readonly string[]; paths: readonly string[] }) => [
  ...(hosts.length > 0 ? [hostHeader(...hosts)] : []),
  ...(paths.length > 0 ? [pathPattern(...paths)] : []),
];

/** As HAProxy's map_beg: the longest key. */
function longest(keys: ReadonlyMap<string, number>, text: string): number {
  const [key] = [...keys.keys()].filter((begin) => text.startsWith(begin)).sort((a, b) => b.length - a.length);
  return key === undefined ? DEFAULT_RULE : keys.get(key)!;
}

describe('the index of rules', () => {
  it('finds the first rule that holds', () => {
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 8 }),
        fc.constantFrom('a.example', 'b.example', 'c.example'),
        fc.constantFrom('/', '/a', '/ab', '/abc', '/a/b', '/a/b/c', '/a/b/cd', '/b/x'),
        (given, asked, at) => {
          const rules: readonly IndexedRule[] = given.map((one, code) => ({ code, conditions: conditionsOf(one) }));
          const first = given.findIndex(
            ({ hosts, paths }) =>
              (hosts.length === 0 || hosts.some((name) => name.toLowerCase() === asked)) &&
              (paths.length === 0 || paths.some((pattern) => new RegExp(regexOf(pattern)).test(at))),
          );
          const { byPath, byHost } = indexOf(rules);
          const found = Math.min(longest(byPath, `${at}?`), longest(byHost, `${asked}${at}?`));
          expect(found).toBe(first < 0 ? DEFAULT_RULE : first);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('leaves to the configuration what no map can decide', () => {
    expect(keysOf([pathPattern('/a*b')])).toBeUndefined();
    expect(keysOf([hostHeader('*.example.com')])).toBeUndefined();
    expect(keysOf([pathPattern('*.png')])).toBeUndefined();
    expect(keysOf([{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } }])).toBeUndefined();
    expect(keysOf([pathPattern('/a', '/b/*'), hostHeader('Example.com')])).toEqual({
      hosts: ['example.com'],
      paths: ['/a?', '/b/'],
    });
  });
});
