import { describe, expect, it } from '@jest/globals';
import { describeForeign, foreignMessage } from './describe-foreign.js';

const at = '2026-11-23T12:00:00.000Z';
const described = (text: string) => describeForeign(foreignMessage(7, at, new TextEncoder().encode(text)));

describe('a message that is no commit', () => {
  it('is one line', () => expect(described('+OK\r\n')).toBe(`r7  ${at}  no commit: 5 bytes  "+OK\\r\\n"`));
  it('is cut', () => expect(described('x'.repeat(1_000))).toBe(`r7  ${at}  no commit: 1000 bytes  "${'x'.repeat(200)}"`));
  it('says nothing to the terminal', () => expect(described('a\u001b[2J\u009b1m\u202e')).toMatch(/^[\x20-\x7e]*$/));
});
