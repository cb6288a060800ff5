import type { AccountId } from '#lib/kernel';
import type { Instant, Tag } from './common.js';

/**
 * Roles and policies as IAM keeps them: of an account, whatever the region. What tasks with a role may do follows from its policies;
 * who may take it, the trust policy, is kept and shown.
 */
export interface IamRole {
  readonly accountId: AccountId;
  readonly roleName: string;
  readonly path: string;
  readonly roleId: string;
  readonly arn: string;
  /** Documents are JSON, as they were given. */
  readonly assumeRolePolicyDocument: string;
  readonly description?: string;
  /** Seconds. */
  readonly maxSessionDuration: number;
  readonly permissionsBoundary?: string;
  /** Inline: name → document. */
  readonly policies: Readonly<Record<string, string>>;
  /** ARNs of managed ones, the account's own or AWS's. */
  readonly attached: readonly string[];
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
}

export interface IamPolicyVersion {
  readonly versionId: string;
  readonly document: string;
  readonly createdAt: Instant;
}

export interface IamPolicy {
  readonly accountId: AccountId;
  readonly arn: string;
  readonly policyName: string;
  readonly path: string;
  readonly policyId: string;
  readonly description?: string;
  readonly versions: readonly IamPolicyVersion[];
  readonly defaultVersionId: string;
  /** The number of the last version: none is ever used again. */
  readonly lastVersion: number;
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** What hosts on EC2 take a role by. Here none does: it is kept and shown, because launch templates name one. */
export interface IamInstanceProfile {
  readonly accountId: AccountId;
  readonly instanceProfileName: string;
  readonly path: string;
  readonly instanceProfileId: string;
  readonly arn: string;
  /** By its name: at most one, as on IAM. */
  readonly roleName?: string;
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
}

/** Whom trust policies name for clients that have no keys, such as pipelines. Nobody is let in by one here: it is kept and shown. */
export interface IamOidcProvider {
  readonly accountId: AccountId;
  readonly arn: string;
  /** Without `https://`. */
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
}

/** Of instance profiles, too. */
export const iamRoleKey = (accountId: string, roleName: string): string => `${accountId}/${roleName}`;
