import { matchesWildcards } from '#lib/access';
import type { Scope } from '#lib/kernel';
import type { Image, Repository } from './model.js';
import { type ImageId, refusals } from './refusals.js';
import { imageKey, type RegistryState, repositoryKey, tagKey } from './state.js';

/** How operations name a repository: a `registryId` of another account has none that the caller sees. */
export interface OfRepositoryInput {
  readonly registryId?: string;
  readonly repositoryName: string;
}

export function repositoryOf({ repositories }: RegistryState, scope: Scope, input: OfRepositoryInput): Repository {
  const { registryId = scope.accountId, repositoryName } = input;
  const found = registryId === scope.accountId ? repositories.get(repositoryKey(scope, repositoryName)) : undefined;
  if (!found) throw refusals.noRepository(repositoryName, registryId);
  return found;
}

export const keyOf = (repository: Repository): string => repositoryKey(repository, repository.name);

export const imagesOf = ({ images }: RegistryState, repository: Repository): readonly Image[] =>
  Array.from(images.by('repository', keyOf(repository)));

export const tagsOf = ({ imageTags }: RegistryState, image: Image): readonly string[] =>
  Array.from(imageTags.by('image', imageKey(image, image.repository, image.digest)), ({ tag }) => tag).sort();

export function findImage(
  { images, imageTags }: RegistryState,
  repository: Repository,
  { imageDigest, imageTag }: ImageId,
): Image | undefined {
  const byTag = imageTag === undefined ? undefined : imageTags.get(tagKey(repository, repository.name, imageTag))?.digest;
  const digest = imageDigest ?? byTag;
  if (digest === undefined || (imageTag !== undefined && byTag !== digest)) return undefined;
  return images.get(imageKey(repository, repository.name, digest));
}

/** The lists that name an image. */
export const listsWith = (all: readonly Image[], digest: string): readonly Image[] =>
  all.filter(({ lists }) => lists?.includes(digest));

/** Whether an image of that tag may be replaced by another one. */
export function isImmutable({ tagMutability, exclusionFilters }: Repository, tag: string): boolean {
  const isExcluded = exclusionFilters.some(({ filter }) => matchesWildcards(filter, tag));
  switch (tagMutability) {
    case 'MUTABLE':
      return false;
    case 'IMMUTABLE':
      return true;
    case 'MUTABLE_WITH_EXCLUSION':
      return isExcluded;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !isExcluded;
  }
}
