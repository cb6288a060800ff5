import { createHmac } from 'node:crypto';
import { sealSecret } from '#lib/platform';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export interface MintedKey {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly principalArn: string;
  readonly sealedSecret: string;
  /** In clear: for the answer only, never for the journal or a log. */
  readonly secretAccessKey: string;
}

/**
 * Makes access keys. Id and secret are functions of the master key and the request id, so that a repeated request gives the
 * key that the first one made instead of a second one.
 */
export class AccessKeyMint {
  constructor(private readonly masterKey: Buffer) {}

  /** `name`: of the user that the key belongs to; without one it is the account's root. */
  make(requestId: string, accountId: string, name?: string): MintedKey {
    const bytes = (purpose: string) => createHmac('sha256', this.masterKey).update(`${purpose} ${requestId}`).digest();
    const accessKeyId = `AKIA${[...bytes('access-key-id').subarray(0, 16)].map((byte) => BASE32[byte % 32]).join('')}`;
    const secretAccessKey = bytes('secret-access-key').toString('base64').slice(0, 40);
    return this.seal({ accessKeyId, accountId, secretAccessKey }, name);
  }

  /** A key whose secret exists already: the installation's first one. */
  seal(key: { accessKeyId: string; accountId: string; secretAccessKey: string }, name?: string): MintedKey {
    return {
      ...key,
      principalArn: `arn:aws:iam::${key.accountId}:${name === undefined ? 'root' : `user/${name}`}`,
      sealedSecret: sealSecret(this.masterKey, key.accessKeyId, key.secretAccessKey),
    };
  }
}
