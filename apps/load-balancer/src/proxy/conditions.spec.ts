import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hostHeader, pathPattern } from '../../../../test/support/proxy-world.js';
import type { Condition } from '../domain/model.js';
import { aclsOf } from './conditions.js';
import { quoted } from './config-text.js';

/** HAProxy's words of a line (configuration manual, 2.2): blanks end one, single quotes keep everything, a backslash one character. */
function words(line: string): readonly string[] {
  const found: string[] = [];
  let word = '';
  let isOpen = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (isOpen) {
      if (character === "'") isOpen = false;
      else word += character;
    } else if (character === "'") isOpen = true;
    else if (character === '\\') word += line[++at];
    else if (character === ' ') {
      found.push(word);
      word = '';
    } else word += character;
  }
  return [...found, word];
}

describe('conditions', () => {
  it('of a user stay one word each, whatever is in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), (text) => {
        expect(words(`a ${quoted(text)} b`)).toEqual(['a', text, 'b']);
      }),
    );
    expect(() => quoted('a\nbackend evil')).toThrow('line break');
  });

  it.each<readonly [string, Condition, string]>([
    ['a host', hostHeader('Example.com'), "{ req.hdr(host),host_only -m str -i -- 'Example.com' }"],
    [
      'hosts with wildcards',
      hostHeader('*.a.com', 'b.com'),
      "{ req.hdr(host),host_only -m reg -i -- '^.*\\.a\\.com$' '^b\\.com$' }",
    ],
    ['a path with wildcards', pathPattern('/a?/*.png'), "{ path -m reg -- '^\\/a.\\/.*\\.png$' }"],
    [
      'a header',
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Kind', Values: ["it's*"] } },
      "{ req.fhdr(X-Kind) -m reg -i -- '^it'\\''s.*$' }",
    ],
    [
      'a method',
      { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['PUT', 'POST'] } },
      "{ method -m str -- 'PUT' 'POST' }",
    ],
    [
      'a parameter',
      { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '1*' }, { Value: 'x' }] } },
      "{ query -m reg -i -- '(^|&)v=1[^&]*(&|$)' '(^|&)[^=&]*=x(&|$)' }",
    ],
    ['a source', { Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } }, "{ src -m ip -- '10.0.0.0/8' }"],
    [
      'an expression',
      { Field: 'path-pattern', PathPatternConfig: { RegexValues: ['^/v[0-9]+/'] } },
      "{ path -m reg -- '^/v[0-9]+/' }",
    ],
  ])('%s', (_what, condition, acl) => {
    expect(aclsOf([condition])).toBe(acl);
  });
});
