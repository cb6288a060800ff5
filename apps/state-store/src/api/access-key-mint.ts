import { createHmac } from 'node:crypto';
import type { RoleSession, TaskCredentials } from '#lib/ecs/model';
import { sealSecret, sealSession, SESSION_KEY_PREFIX } from '#lib/platform';

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

  /** `principal`: `user/<name>` or `role/<name>`. */
  make(requestId: string, accountId: string, principal = 'root'): MintedKey {
    return this.seal({ ...this.pairOf(requestId, 'AKIA'), accountId }, principal);
  }

  /** A key whose secret exists already: the installation's first one. */
  seal(key: { accessKeyId: string; accountId: string; secretAccessKey: string }, principal = 'root'): MintedKey {
    return {
      ...key,
      principalArn: `arn:aws:iam::${key.accountId}:${principal}`,
      sealedSecret: sealSecret(this.masterKey, key.accessKeyId, key.secretAccessKey),
    };
  }

  /** Keys of a task's role: nothing keeps them but their token. */
  session(requestId: string, accountId: string, { roleArn, roleName, sessionName, expiresAt }: RoleSession): TaskCredentials {
    const { accessKeyId, secretAccessKey } = this.pairOf(requestId, SESSION_KEY_PREFIX);
    const session = { accountId, roleName, sessionName, secretAccessKey, expiresAt };
    return { roleArn, accessKeyId, secretAccessKey, sessionToken: sealSession(this.masterKey, accessKeyId, session), expiresAt };
  }

  private pairOf(requestId: string, prefix: string): { accessKeyId: string; secretAccessKey: string } {
    const bytes = (purpose: string) => createHmac('sha256', this.masterKey).update(`${purpose} ${requestId}`).digest();
    const id = [...bytes('access-key-id').subarray(0, 16)].map((byte) => BASE32[byte % 32]).join('');
    return { accessKeyId: `${prefix}${id}`, secretAccessKey: bytes('secret-access-key').toString('base64').slice(0, 40) };
  }
}
