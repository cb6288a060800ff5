import { describe, expect, it } from '@jest/globals';
import { lastWords } from './last-words.js';

const entry = (level: number, msg: string, rest = {}) => JSON.stringify({ level, app: 'scheduler', msg, ...rest });

describe('what a process said last', () => {
  it('is the newest error of an app, with its reason', () => {
    const log = [entry(50, 'an older one'), entry(60, 'ends', { err: { message: 'port taken' } }), entry(30, 'closing')].join(
      '\n',
    );
    expect(lastWords(log)).toBe('ends: port taken');
  });

  it('is the error that nobody caught, not its stack', () => {
    const log = `${entry(30, 'listening')}\nfile:///app/main.js:3\n    throw new Error('x');\n    ^\n\nRangeError: too much\n    at f (a.js:1:1)\n\nNode.js v20.19.0\n`;
    expect(lastWords(log)).toBe('RangeError: too much');
  });

  it("is the broker's fault without its prefix", () => {
    expect(lastWords('[7] 2026/11/28 06:00:00.1 [INF] Starting\n[7] 2026/11/28 06:00:00.2 [FTL] address in use\n')).toBe(
      'address in use',
    );
  });

  it('is the last line where none is grave, and nothing where nothing was said', () => {
    expect(lastWords('hello\nbye\n')).toBe('bye');
    expect(lastWords('\n')).toBeUndefined();
  });

  it('is short, and half a line of JSON is no sentence of it', () => {
    expect(lastWords(`${'x'.repeat(1_000)}`)).toHaveLength(300);
    expect(lastWords(`4,"msg":"cut"}\n${entry(40, 'slow')}`)).toBe('slow');
  });
});
