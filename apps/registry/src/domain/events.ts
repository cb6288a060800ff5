import { currentVersion, type EventRecord, type Scope, type Upcasts } from '#lib/kernel';
import type { Image, RegistrySettings, Repository, Tags } from './model.js';

type Named = Scope & { readonly name: string };
type OfRepository = Scope & { readonly repository: string };
/** With null it has none any more; `was` is then what it had, which whoever deleted it is told. */
type PolicyChange = { readonly policyText: string } | { readonly policyText: null; readonly was?: string };

/**
 * Every event of the `registry` journal: type → data of its current version. Facts, past tense, entity first. A shape here is for ever:
 * change it by a new version and an upcast, never in place (docs/how-to/add-an-event.md).
 */
export interface RegistryEvents {
  RepositoryCreated: Omit<Repository, 'createdAt' | 'policyText' | 'lifecyclePolicyText' | 'preview'>;
  /** Only what changed. */
  RepositoryChanged: Named & Partial<Pick<Repository, 'tagMutability' | 'exclusionFilters' | 'scanOnPush'>>;
  /** With all its images. */
  RepositoryDeleted: Named & Pick<Repository, 'createdAt' | 'tagMutability'>;
  RepositoryTagged: Named & { readonly tags: Tags };
  RepositoryUntagged: Named & { readonly tagKeys: readonly string[] };
  RepositoryPolicyChanged: Named & PolicyChange;
  LifecyclePolicyChanged: Named & PolicyChange;
  RegistryPolicyChanged: Scope & PolicyChange;
  /** Only what changed. */
  RegistryChanged: Omit<RegistrySettings, 'policyText'>;
  LifecyclePolicyPreviewStarted: Named & { readonly policyText: string };
  /** `tag`: under which it came, if under any. The tag may have been another image's. */
  ImagePushed: Omit<Image, 'pushedAt'> & { readonly tag?: string };
  /** One that is there already; the tag may have been another image's. */
  ImageTagged: OfRepository & { readonly digest: string; readonly tag: string };
  ImageUntagged: OfRepository & { readonly digest: string; readonly tag: string };
  /** With its `tags`. `rulePriority`: of the lifecycle policy's rule that expired it. */
  ImageDeleted: OfRepository & {
    readonly digest: string;
    readonly tags: readonly string[];
    readonly rulePriority?: number;
  };
}

/** Until the 29th of November 2026 a policy that was deleted was not said again. */
const asItIs = <T>(data: T): T => data;

export const registryUpcasts: Upcasts<RegistryEvents> = {
  RepositoryPolicyChanged: [asItIs<RegistryEvents['RepositoryPolicyChanged']>],
  LifecyclePolicyChanged: [asItIs<RegistryEvents['LifecyclePolicyChanged']>],
};

/** An event of the current version. */
export const event = <T extends keyof RegistryEvents>(type: T, data: RegistryEvents[T]): EventRecord => ({
  type,
  v: currentVersion(registryUpcasts, type),
  data,
});
