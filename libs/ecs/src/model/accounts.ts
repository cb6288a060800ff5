import type { AccountId, Region } from '#lib/kernel';
import type { Instant } from './common.js';

export interface Account {
  readonly accountId: AccountId;
  /** The installation's first account: it may make accounts and keys for others. */
  readonly administrator: boolean;
  readonly createdAt: Instant;
  /** What its task definitions may do to hosts; absent: what an account of its kind may by default. */
  readonly hostAccess?: HostAccess;
}

export type HostAccess = 'allowed' | 'denied';

/** What a key may do at most; its policy can only take away from it. */
export type AccessRole = 'admin' | 'deploy' | 'read';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accountId: AccountId;
  /** `arn:aws:iam::<account>:root` or `…:user/<name>`. */
  readonly principalArn: string;
  /** The secret, sealed with the installation's master key (AES-256-GCM, base64). Never in clear in the journal. */
  readonly sealedSecret: string;
  readonly status: 'Active' | 'Inactive';
  /** Absent: admin. */
  readonly role?: AccessRole;
  /** A policy document of IAM, as it was given. */
  readonly policy?: string;
  /** From then on the key is refused. */
  readonly expiresAt?: Instant;
  readonly createdAt: Instant;
}

export interface AccountSetting {
  readonly accountId: AccountId;
  readonly region: Region;
  readonly name: string;
  readonly value: string;
  /** The principal the setting is for; undefined for the account's default. */
  readonly principalArn?: string;
}

/** A remembered clientToken: with the same parameters it is answered again, with others refused. Lives 24 hours. */
export interface RequestToken {
  readonly digest: string;
  readonly operation: string;
  readonly recordedAt: Instant;
  /** The ordinals placed under it: never placed again, also when the live fold has forgotten the stopped task. */
  readonly placedOrdinals: readonly number[];
}

/** What a task's keys are made of. */
export interface RoleSession {
  readonly roleArn: string;
  readonly roleName: string;
  readonly sessionName: string;
  readonly expiresAt: Instant;
}
