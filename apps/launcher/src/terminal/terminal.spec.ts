import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { say, visibleLine } from './terminal.js';
import { table } from './table.js';

describe('what is shown on a terminal', () => {
  afterEach(() => void jest.restoreAllMocks());
  const shown = (text: string): string => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    say(text);
    return write.mock.calls.map(([piece]) => piece as string).join('');
  };

  it('does not steer it: control characters and turned directions are shown as what they are', () => {
    expect(shown('a\u001b[2Jb\u009b31mc\u0007\r\u007f \u202egnp.exe \u2066')).toBe(
      'a\\u001b[2Jb\\u009b31mc\\u0007\\u000d\\u007f \\u202egnp.exe \\u2066\n',
    );
  });

  it('keeps lines, tabs and every language', () => {
    expect(shown('one\n\ttwo: größe 大きさ שלום →')).toBe('one\n\ttwo: größe 大きさ שלום →\n');
  });

  it('leaves JSON the same JSON', () => {
    const value = { reason: 'x\u001b[31m\u009b\u202e\n"' };
    expect(JSON.parse(shown(JSON.stringify(value)))).toEqual(value);
  });

  it("keeps somebody's line break on its line, in tables too", () => {
    expect(visibleLine('steady\nr9  forged')).toBe('steady\\u000ar9  forged');
    expect(table([['HOST'], ['a\nb']])).toBe('HOST\na\\u000ab');
  });
});
