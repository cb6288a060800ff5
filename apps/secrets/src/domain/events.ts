import { currentVersion, type EventRecord, type Scope, type Upcasts } from '#lib/kernel';
import type { KmsEvents } from './kms/events.js';
import type { ParameterVersion, Secret, SecretVersion, Tags } from './model.js';

type Named = Scope & { readonly name: string };

/**
 * Every event of the `secrets` journal: type → data of its current version. Facts, past tense, entity first. A shape here is for ever:
 * change it by a new version and an upcast, never in place (docs/how-to/add-an-event.md). No value is ever in one in clear.
 */
export interface SecretsEvents extends KmsEvents {
  SecretCreated: Omit<Secret, 'policy' | 'stages' | 'createdAt' | 'changedAt' | 'deletedAt' | 'restorableUntil'>;
  /** Only what changed. */
  SecretUpdated: Named & Partial<Pick<Secret, 'description' | 'kmsKeyId'>>;
  /** Null: none any more. */
  SecretPolicySet: Named & { readonly policy: string | null };
  SecretVersionCreated: Omit<SecretVersion, 'createdAt'>;
  /** Null: nobody has the label any more. */
  SecretStagesMoved: Named & { readonly stages: Readonly<Record<string, string | null>> };
  /** They had no label and there were too many. Their keys go afterwards. */
  SecretVersionsDropped: Named & { readonly versionIds: readonly string[] };
  SecretDeletionScheduled: Named & { readonly restorableUntil: string };
  SecretRestored: Named;
  /** With all its versions, whose keys go afterwards. */
  SecretDeleted: Named & Pick<Secret, 'suffix'>;
  SecretTagged: Named & { readonly tags: Tags };
  SecretUntagged: Named & { readonly tagKeys: readonly string[] };
  /** The first version of a name makes the parameter. `tags`: of a new one. */
  ParameterVersionCreated: Omit<ParameterVersion, 'modifiedAt'> & { readonly tags?: Tags };
  ParameterVersionsDropped: Named & { readonly versions: readonly number[] };
  /** Null: nobody has the label any more. */
  ParameterLabelsMoved: Named & { readonly labels: Readonly<Record<string, number | null>> };
  /** With all its versions, whose keys go afterwards. */
  ParameterDeleted: Named;
  /** No disk has them any more: nothing opens what they sealed. */
  ValueKeysDestroyed: { readonly keyIds: readonly string[] };
  ParameterTagged: Named & { readonly tags: Tags };
  ParameterUntagged: Named & { readonly tagKeys: readonly string[] };
}

export const secretsUpcasts: Upcasts<SecretsEvents> = {};

/** An event of the current version. */
export const event = <T extends keyof SecretsEvents>(type: T, data: SecretsEvents[T]): EventRecord => ({
  type,
  v: currentVersion(secretsUpcasts, type),
  data,
});
