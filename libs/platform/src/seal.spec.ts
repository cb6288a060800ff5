import { describe, expect, it } from '@jest/globals';
import { sealSecret, unsealSecret } from './seal.js';

const masterKey = new Uint8Array(32).fill(7);

/** Flipped, not overwritten: one seal in 256 has any given byte there already. */
function changed(sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  bytes[30]! ^= 1;
  return bytes.toString('base64');
}

describe('a sealed secret', () => {
  const sealed = sealSecret(masterKey, 'AKIDONE', 'the secret');

  it('comes back with the master key and the access key id', () => {
    expect(unsealSecret(masterKey, 'AKIDONE', sealed)).toBe('the secret');
  });

  it('does not show what it holds, and looks different each time', () => {
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('the secret');
    expect(sealSecret(masterKey, 'AKIDONE', 'the secret')).not.toBe(sealed);
  });

  it.each([
    ['another master key', new Uint8Array(32), 'AKIDONE', sealed],
    ['another access key id', masterKey, 'AKIDTWO', sealed],
    ['a changed byte', masterKey, 'AKIDONE', changed(sealed)],
    ['too short a text', masterKey, 'AKIDONE', 'AAAA'],
  ])('stays shut with %s', (_case, key, accessKeyId, text) => {
    expect(unsealSecret(key, accessKeyId, text)).toBeUndefined();
  });
});
