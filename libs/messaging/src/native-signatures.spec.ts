import { describe, expect, it } from '@jest/globals';
import { createUser, fromPublic, fromSeed } from '@nats-io/nkeys';
import nkeys from '@nats-io/nkeys/lib/nacl.js';
import fc from 'fast-check';
import { signNatively } from './native-signatures.js';

interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

const { sign } = nkeys.default;
const { fromSeed: keyPairInJavaScript } = sign.keyPair as { readonly fromSeed: (seed: Uint8Array) => KeyPair };
const signInJavaScript = sign.detached;
signNatively();

describe('the keys of NATS users', () => {
  it('are the same, and sign the same, as those of the library', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(32), fc.uint8Array(), (seed, message) => {
        const key = sign.keyPair.fromSeed(seed);
        const expected = keyPairInJavaScript(seed);
        expect(key).toEqual(expected);
        const signature = sign.detached(message, key.secretKey);
        expect(signature).toEqual(signInJavaScript(message, expected.secretKey));
        expect(sign.detached.verify(message, signature, key.publicKey)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('verify what they signed, and nothing else', () => {
    const user = createUser();
    const nonce = Buffer.from('nonce');
    const signature = fromSeed(user.getSeed()).sign(nonce);
    const reader = fromPublic(user.getPublicKey());
    expect(reader.verify(nonce, signature)).toBe(true);
    expect(reader.verify(Buffer.from('another'), signature)).toBe(false);
  });
});
