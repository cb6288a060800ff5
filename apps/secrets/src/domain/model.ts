import type { Scope } from '#lib/kernel';

export type Tags = Readonly<Record<string, string>>;

/** A value under a key of its own, which the journal does not have: without the key it is noise, for ever. */
export interface SealedValue {
  readonly keyId: string;
  readonly text: string;
}

export interface Secret extends Scope {
  readonly name: string;
  /** The six characters at the end of its ARN: another secret of the same name, later, has another ARN. */
  readonly suffix: string;
  readonly description?: string;
  /** Kept and shown. What seals is the installation's own master key. */
  readonly kmsKeyId?: string;
  /** JSON, as it was given. Kept and shown. */
  readonly policy?: string;
  readonly tags: Tags;
  /** Staging label → version id. */
  readonly stages: Readonly<Record<string, string>>;
  /** ISO-8601, as the commits'. */
  readonly createdAt: string;
  readonly changedAt: string;
  /** While it waits for its end: since when, and until when it can be restored. */
  readonly deletedAt?: string;
  readonly restorableUntil?: string;
}

export interface SecretVersion extends Scope {
  readonly secret: string;
  readonly versionId: string;
  readonly kind: 'string' | 'binary';
  readonly value: SealedValue;
  readonly createdAt: string;
}

export const PARAMETER_TYPES = ['String', 'StringList', 'SecureString'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];
export type ParameterTier = 'Standard' | 'Advanced';

export interface Parameter extends Scope {
  readonly name: string;
  readonly tags: Tags;
  /** The newest. */
  readonly version: number;
  /** Label → version. */
  readonly labels: Readonly<Record<string, number>>;
}

export interface ParameterVersion extends Scope {
  readonly parameter: string;
  readonly version: number;
  readonly type: ParameterType;
  readonly tier: ParameterTier;
  readonly dataType: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly keyId?: string;
  readonly value: SealedValue;
  readonly modifiedBy: string;
  readonly modifiedAt: string;
}

/** The key of a value that is no part of the state any more, and may still be on a disk. */
export interface RetiredKey {
  readonly keyId: string;
}
