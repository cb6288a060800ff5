import { type Scope, scopeKey, Store, type Table } from '#lib/kernel';
import type { Image, ImageTag, RegistrySettings, Repository } from './model.js';

/** The state that the `registry` journal folds to. Keys in comments. */
export interface RegistryState {
  /** repositoryKey() */
  readonly repositories: Table<Repository>;
  /** scopeKey() */
  readonly registries: Table<RegistrySettings>;
  /** imageKey() */
  readonly images: Table<Image>;
  /** tagKey() */
  readonly imageTags: Table<ImageTag>;
}

export const newTables = (): Store<RegistryState> =>
  new Store<RegistryState>({
    repositories: {
      scope: (repository) => scopeKey(repository),
      policed: ({ lifecyclePolicyText }) => (lifecyclePolicyText === undefined ? undefined : POLICED),
    },
    registries: {},
    images: { repository: (image) => repositoryKey(image, image.repository) },
    imageTags: {
      repository: (tag) => repositoryKey(tag, tag.repository),
      image: (tag) => imageKey(tag, tag.repository, tag.digest),
    },
  });

/** Those with a lifecycle policy. */
export const POLICED = 'all';

/** Also the repository's path in the store of layers, and behind the registry's host in an image's name. */
export const repositoryKey = (scope: Scope, name: string): string => `${scopeKey(scope)}/${name}`;
export const imageKey = (scope: Scope, repository: string, digest: string): string =>
  `${repositoryKey(scope, repository)}@${digest}`;
export const tagKey = (scope: Scope, repository: string, tag: string): string => `${repositoryKey(scope, repository)}:${tag}`;
