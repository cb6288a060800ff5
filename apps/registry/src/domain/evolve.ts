import { type Evolvers, required, type Scope, scopeKey } from '#lib/kernel';
import type { RegistryEvents } from './events.js';
import type { RegistrySettings, Repository } from './model.js';
import { imageKey, type RegistryState, repositoryKey, tagKey } from './state.js';

function update({ repositories }: RegistryState, of: Scope & { readonly name: string }, change: Partial<Repository>): void {
  const key = repositoryKey(of, of.name);
  repositories.put(key, { ...required(repositories, key, 'repository'), ...change });
}

function updateRegistry(
  { registries }: RegistryState,
  { accountId, region }: Scope,
  change: Omit<RegistrySettings, keyof Scope>,
): void {
  const key = scopeKey({ accountId, region });
  registries.put(key, { ...registries.get(key), accountId, region, ...change });
}

const tagsOf = ({ repositories }: RegistryState, of: Scope & { readonly name: string }) =>
  required(repositories, repositoryKey(of, of.name), 'repository').tags;

const tagged = (
  { imageTags }: RegistryState,
  { accountId, region, repository, digest, tag }: RegistryEvents['ImageTagged'],
): void => imageTags.put(tagKey({ accountId, region }, repository, tag), { accountId, region, repository, digest, tag });

function deleteImage({ images, imageTags }: RegistryState, scope: Scope, repository: string, digest: string): void {
  const key = imageKey(scope, repository, digest);
  for (const { tag } of Array.from(imageTags.by('image', key))) imageTags.delete(tagKey(scope, repository, tag));
  images.delete(key);
}

export const registryEvolvers: Evolvers<RegistryState, RegistryEvents> = {
  RepositoryCreated: ({ repositories }, data, { at }) =>
    repositories.put(repositoryKey(data, data.name), { ...data, createdAt: at }),
  RepositoryChanged: (state, data) => update(state, data, data),
  RepositoryDeleted(state, data) {
    const key = repositoryKey(data, data.name);
    for (const { digest } of Array.from(state.images.by('repository', key))) deleteImage(state, data, data.name, digest);
    state.repositories.delete(key);
  },
  RepositoryTagged: (state, data) => update(state, data, { tags: { ...tagsOf(state, data), ...data.tags } }),
  RepositoryUntagged(state, data) {
    const kept = Object.entries(tagsOf(state, data)).filter(([key]) => !data.tagKeys.includes(key));
    update(state, data, { tags: Object.fromEntries(kept) });
  },
  RepositoryPolicyChanged: (state, of) => update(state, of, { policyText: of.policyText ?? undefined }),
  LifecyclePolicyChanged: (state, of) => update(state, of, { lifecyclePolicyText: of.policyText ?? undefined }),
  RegistryPolicyChanged: (state, of) => updateRegistry(state, of, { policyText: of.policyText ?? undefined }),
  RegistryChanged: (state, data) => updateRegistry(state, data, data),
  LifecyclePolicyPreviewStarted: (state, { policyText, ...of }, { at }) => update(state, of, { preview: { policyText, at } }),
  ImagePushed(state, { tag, ...image }, { at }) {
    state.images.put(imageKey(image, image.repository, image.digest), { ...image, pushedAt: at });
    if (tag !== undefined) tagged(state, { ...image, tag });
  },
  ImageTagged: (state, data) => tagged(state, data),
  ImageUntagged: ({ imageTags }, data) => imageTags.delete(tagKey(data, data.repository, data.tag)),
  ImageDeleted: (state, data) => deleteImage(state, data, data.repository, data.digest),
};

/** Every event that this version writes. */
export const registryEventTypes = Object.keys(registryEvolvers);
