import type { Scope } from '#lib/kernel';

export type Tags = Readonly<Record<string, string>>;

export type TagMutability = 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';

export interface ExclusionFilter {
  readonly filterType: string;
  readonly filter: string;
}

/** As it was given: what is stored is not encrypted beyond what the disk is. */
export interface Encryption {
  readonly encryptionType: string;
  readonly kmsKey?: string;
}

export interface Repository extends Scope {
  readonly name: string;
  readonly createdAt: string;
  readonly tagMutability: TagMutability;
  readonly exclusionFilters: readonly ExclusionFilter[];
  readonly scanOnPush: boolean;
  readonly encryption: Encryption;
  readonly tags: Tags;
  /** As it was given. */
  readonly policyText?: string;
  /** As it was given. */
  readonly lifecyclePolicyText?: string;
  /** What a policy would have expired when it was asked. */
  readonly preview?: { readonly policyText: string; readonly at: string };
}

/** What the account's registry in a region is told as a whole, in ECR's own words: kept and shown. */
export interface RegistrySettings extends Scope {
  /** As it was given. */
  readonly policyText?: string;
  readonly replicationRules?: readonly object[];
  readonly scanning?: ScanningSettings;
  /** By name. */
  readonly accountSettings?: Readonly<Record<string, string>>;
}

export interface ScanningSettings {
  readonly scanType: string;
  readonly rules: readonly ScanningRule[];
}

export interface ScanningRule {
  readonly scanFrequency: string;
  readonly repositoryFilters: readonly { readonly filter: string; readonly filterType: string }[];
}

export interface Image extends Scope {
  readonly repository: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Of the configuration: what kind of thing it is where it is no container's image. */
  readonly artifactMediaType?: string;
  /** Of configuration and layers as they are stored; of a list, of all that it lists. */
  readonly sizeBytes: number;
  readonly pushedAt: string;
  /** Digests of the images that a list (multi-platform image) is of. */
  readonly lists?: readonly string[];
}

export interface ImageTag extends Scope {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}
