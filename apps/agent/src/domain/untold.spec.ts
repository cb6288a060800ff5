import { describe, expect, it } from '@jest/globals';
import { UNTOLD, withoutValues } from './untold.js';

describe('words of an engine about a container with secrets', () => {
  const refused =
    'CannotCreateContainerError: Error response from daemon: syslog-address should be in form proto://address, got ';

  it('end where they tell a value', () => {
    expect(withoutValues(`${refused}bogus://1.2.3.4`, ['other', 'bogus://1.2.3.4'])).toBe(refused + UNTOLD);
  });

  it('end where a value is quoted', () => {
    const invalid = 'environment variable value can\'t contain null(\\x00): "N=';
    expect(withoutValues(`${invalid}ab\\x00cd": unknown`, ['ab\0cd'])).toBe(invalid + UNTOLD);
    expect(withoutValues('parse "a\\tb\\"c\\\\d": no', ['a\tb"c\\d'])).toBe(`parse "${UNTOLD}`);
    expect(withoutValues('got a\\u0001bc', ['a\u0001bc'])).toBe(`got ${UNTOLD}`);
  });

  it('end where they tell a part of a value that says something', () => {
    expect(withoutValues('invalid port ":not-a-port-at-all" after host', ['udp://host:not-a-port-at-all'])).toBe(
      `invalid port "${UNTOLD}`,
    );
  });

  it('are as they were otherwise', () => {
    for (const values of [[], ['hunter2'], ['no'], ['']])
      expect(withoutValues('no such image: app:1', values)).toBe('no such image: app:1');
  });
});
