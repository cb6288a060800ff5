import { type Evolvers, required, type Scope } from '#lib/kernel';
import type { SecretsState } from '../state.js';
import type { KmsEvents } from './events.js';
import type { KmsKey } from './model.js';
import { keyKey } from './tables.js';

function update(
  { kmsKeys }: SecretsState,
  named: Scope & { readonly id: string },
  change: (key: KmsKey) => Partial<KmsKey>,
): void {
  const at = keyKey(named, named.id);
  const key = required(kmsKeys, at, 'key');
  kmsKeys.put(at, { ...key, ...change(key) });
}

export const kmsEvolvers: Evolvers<SecretsState, KmsEvents> = {
  KmsKeyCreated: ({ kmsKeys }, data, { at }) => kmsKeys.put(keyKey(data, data.id), { ...data, createdAt: at }),
  KmsKeyUpdated: (state, { accountId, region, id, ...changes }) => update(state, { accountId, region, id }, () => changes),
  KmsKeyEnabled: (state, data) => update(state, data, () => ({ isDisabled: undefined })),
  KmsKeyDisabled: (state, data) => update(state, data, () => ({ isDisabled: true })),
  KmsKeyRotationSet: (state, data, { at }) =>
    update(state, data, ({ rotatedSince }) =>
      data.rotationDays === null
        ? { rotationDays: undefined, rotatedSince: undefined }
        : { rotationDays: data.rotationDays, rotatedSince: rotatedSince ?? at },
    ),
  KmsKeyTagged: (state, data) => update(state, data, ({ tags }) => ({ tags: { ...tags, ...data.tags } })),
  KmsKeyUntagged: (state, data) =>
    update(state, data, ({ tags }) => ({
      tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !data.tagKeys.includes(key))),
    })),
  KmsKeyDeletionScheduled: (state, data) => update(state, data, () => ({ deletedFrom: data.deletedFrom })),
  KmsKeyDeletionCancelled: (state, data) => update(state, data, () => ({ deletedFrom: undefined, isDisabled: true })),
  KmsKeyDeleted({ kmsKeys, kmsAliases, retiredKeys }, data) {
    const at = keyKey(data, data.id);
    const { materialId } = required(kmsKeys, at, 'key');
    for (const alias of Array.from(kmsAliases.by('key', at))) kmsAliases.delete(keyKey(alias, alias.name));
    kmsKeys.delete(at);
    retiredKeys.put(materialId, { keyId: materialId });
  },
  KmsAliasPut({ kmsAliases }, data, { at }) {
    const key = keyKey(data, data.name);
    kmsAliases.put(key, { ...data, createdAt: kmsAliases.get(key)?.createdAt ?? at, changedAt: at });
  },
  KmsAliasDeleted: ({ kmsAliases }, data) => kmsAliases.delete(keyKey(data, data.name)),
};
