import type { Scope } from '#lib/kernel';
import type { Tags } from '../model.js';
import type { KeyAlias, KmsKey } from './model.js';

type OfKey = Scope & { readonly id: string };
type OfAlias = Scope & { readonly name: string };

/** What happens to keys of KMS. No material is ever in one: only the name that the vault has for it. */
export interface KmsEvents {
  KmsKeyCreated: OfKey & Pick<KmsKey, 'materialId' | 'description' | 'policy' | 'tags'>;
  /** Only what changed. */
  KmsKeyUpdated: OfKey & Partial<Pick<KmsKey, 'description' | 'policy'>>;
  KmsKeyEnabled: OfKey;
  KmsKeyDisabled: OfKey;
  /** Null: not any more. */
  KmsKeyRotationSet: OfKey & { readonly rotationDays: number | null };
  KmsKeyTagged: OfKey & { readonly tags: Tags };
  KmsKeyUntagged: OfKey & { readonly tagKeys: readonly string[] };
  KmsKeyDeletionScheduled: OfKey & { readonly deletedFrom: string };
  /** It is disabled then, as on AWS. */
  KmsKeyDeletionCancelled: OfKey;
  /** With its aliases. Its material goes afterwards, and what it encrypted is noise. */
  KmsKeyDeleted: OfKey;
  /** Also when it leads to another key than before. */
  KmsAliasPut: Omit<KeyAlias, 'createdAt' | 'changedAt'>;
  KmsAliasDeleted: OfAlias;
}
