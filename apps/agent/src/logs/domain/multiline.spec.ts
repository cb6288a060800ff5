import { describe, expect, it } from '@jest/globals';
import { lineMatcher, patternOfDatetime } from './multiline.js';

describe('awslogs-datetime-format', () => {
  it.each<[string, string, boolean]>([
    ['[%b %d, %Y %H:%M:%S]'.replace('[', '\\['), '[Nov 28, 2026 13:05:09] started', true],
    ['%Y-%m-%dT%H:%M:%S%L%z', 'at 2026-11-28T13:05:09.123+0100', true],
    ['%Y-%m-%d', '2026-13-28', false],
    ['%Y-%m-%d', '  File "app.py", line 3', false],
    ['%A %B %y', 'Saturday November 26', true],
    ['%a %I:%M %p', 'Sat 01:05 PM', true],
    ['%H:%M:%S.%f', '23:59:59.000001', true],
    ['%H:%M', '24:00', false],
    ['%Z', 'CEST', true],
    ['%j', '366', true],
    ['%j', '000', false],
    ['%w', '6', true],
  ])('%s, %s: %s', (format, line, begins) => {
    expect(lineMatcher(patternOfDatetime(format))(line)).toBe(begins);
  });

  it('what it does not know means nothing', () => expect(patternOfDatetime('%Q%Y')).toBe('\\d{4}'));
});

it('a pattern that would backtrack for years elsewhere is answered at once', () => {
  expect(lineMatcher('^(a+)+$')(`${'a'.repeat(5_000)}b`)).toBe(false);
});
