import type { Scope } from '#lib/kernel';
import type { Tags } from '../model.js';

/** A key of KMS, symmetric, for encryption: there are no others here. Its material is a key of the vault, in no journal. */
export interface KmsKey extends Scope {
  /** A UUID. */
  readonly id: string;
  /** The vault's name of the key's material. */
  readonly materialId: string;
  readonly description: string;
  /** JSON, as it was given. */
  readonly policy: string;
  readonly tags: Tags;
  readonly isDisabled?: boolean;
  /** Undefined: it is not rotated. Days. */
  readonly rotationDays?: number;
  readonly rotatedSince?: string;
  /** While it waits for its end: when that is. ISO-8601. */
  readonly deletedFrom?: string;
  readonly createdAt: string;
}

export interface KeyAlias extends Scope {
  /** `alias/…` */
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: string;
  readonly changedAt: string;
}
