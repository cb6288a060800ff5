import { describe, expect, it } from '@jest/globals';
import { unsealSecret } from '#lib/platform';
import { AccessKeyMint } from './access-key-mint.js';

const masterKey = Buffer.alloc(32, 7);
const mint = new AccessKeyMint(masterKey);
const ACCOUNT = '111122223333';

describe('AccessKeyMint', () => {
  it('gives a repeated request the key that the first one made, and another request another', () => {
    expect(mint.make('request-1', ACCOUNT)).toMatchObject({ accessKeyId: mint.make('request-1', ACCOUNT).accessKeyId });
    expect(mint.make('request-1', ACCOUNT).secretAccessKey).toBe(mint.make('request-1', ACCOUNT).secretAccessKey);
    expect(mint.make('request-2', ACCOUNT).accessKeyId).not.toBe(mint.make('request-1', ACCOUNT).accessKeyId);
  });

  it('makes keys of the form that clients check, which no other installation would make', () => {
    const { accessKeyId, secretAccessKey } = mint.make('request-1', ACCOUNT);
    expect(accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(new AccessKeyMint(Buffer.alloc(32, 8)).make('request-1', ACCOUNT).accessKeyId).not.toBe(accessKeyId);
  });

  it('names the user, or the account’s root', () => {
    expect(mint.make('r', ACCOUNT, 'user/ci').principalArn).toBe(`arn:aws:iam::${ACCOUNT}:user/ci`);
    expect(mint.make('r', ACCOUNT).principalArn).toBe(`arn:aws:iam::${ACCOUNT}:root`);
  });

  it('seals the secret so that only this key id with the master key opens it', () => {
    const { accessKeyId, sealedSecret, secretAccessKey } = mint.make('r', ACCOUNT);
    expect(sealedSecret).not.toContain(secretAccessKey);
    expect(unsealSecret(masterKey, accessKeyId, sealedSecret)).toBe(secretAccessKey);
    expect(unsealSecret(masterKey, 'AKIAAAAAAAAAAAAAAAAA', sealedSecret)).toBeUndefined();
  });
});
