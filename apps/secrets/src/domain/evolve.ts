import { type Evolvers, required, type Scope } from '#lib/kernel';
import type { SecretsEvents } from './events.js';
import { kmsEvolvers } from './kms/evolve.js';
import type { Parameter, Secret, Tags } from './model.js';
import { nameKey, parameterVersionKey, type SecretsState, secretVersionKey } from './state.js';

type Named = Scope & { readonly name: string };

function updateSecret({ secrets }: SecretsState, name: Named, change: (secret: Secret) => Partial<Secret>): void {
  const key = nameKey(name, name.name);
  const secret = required(secrets, key, 'secret');
  secrets.put(key, { ...secret, ...change(secret) });
}

function updateParameter({ parameters }: SecretsState, name: Named, change: (parameter: Parameter) => Partial<Parameter>): void {
  const key = nameKey(name, name.name);
  const parameter = required(parameters, key, 'parameter');
  parameters.put(key, { ...parameter, ...change(parameter) });
}

/** `moved` over `now`; null takes a label away. */
const labelled = <T>(now: Readonly<Record<string, T>>, moved: Readonly<Record<string, T | null>>): Record<string, T> =>
  Object.fromEntries(Object.entries({ ...now, ...moved }).filter((entry): entry is [string, T] => entry[1] !== null));

const without = (tags: Tags, keys: readonly string[]): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));

function dropSecretVersion({ secretVersions, retiredKeys }: SecretsState, key: string): void {
  const { keyId } = required(secretVersions, key, 'version of a secret').value;
  secretVersions.delete(key);
  retiredKeys.put(keyId, { keyId });
}

function dropParameterVersion({ parameterVersions, retiredKeys }: SecretsState, key: string): void {
  const { keyId } = required(parameterVersions, key, 'version of a parameter').value;
  parameterVersions.delete(key);
  retiredKeys.put(keyId, { keyId });
}

export const secretsEvolvers: Evolvers<SecretsState, SecretsEvents> = {
  ...kmsEvolvers,
  SecretCreated: ({ secrets }, data, { at }) =>
    secrets.put(nameKey(data, data.name), { ...data, stages: {}, createdAt: at, changedAt: at }),
  SecretUpdated: (state, { accountId, region, name, ...changes }, { at }) =>
    updateSecret(state, { accountId, region, name }, () => ({ ...changes, changedAt: at })),
  SecretPolicySet: (state, data) => updateSecret(state, data, () => ({ policy: data.policy ?? undefined })),
  SecretVersionCreated(state, data, { at }) {
    state.secretVersions.put(secretVersionKey(data, data.secret, data.versionId), { ...data, createdAt: at });
    updateSecret(state, { ...data, name: data.secret }, () => ({ changedAt: at }));
  },
  SecretStagesMoved: (state, data, { at }) =>
    updateSecret(state, data, ({ stages }) => ({ stages: labelled(stages, data.stages), changedAt: at })),
  SecretVersionsDropped(state, data) {
    for (const versionId of data.versionIds) dropSecretVersion(state, secretVersionKey(data, data.name, versionId));
  },
  SecretDeletionScheduled: (state, data, { at }) =>
    updateSecret(state, data, () => ({ deletedAt: at, restorableUntil: data.restorableUntil })),
  SecretRestored: (state, data) => updateSecret(state, data, () => ({ deletedAt: undefined, restorableUntil: undefined })),
  SecretDeleted(state, data) {
    const key = nameKey(data, data.name);
    for (const { versionId } of Array.from(state.secretVersions.by('secret', key)))
      dropSecretVersion(state, secretVersionKey(data, data.name, versionId));
    state.secrets.delete(key);
  },
  SecretTagged: (state, data, { at }) =>
    updateSecret(state, data, ({ tags }) => ({ tags: { ...tags, ...data.tags }, changedAt: at })),
  SecretUntagged: (state, data, { at }) =>
    updateSecret(state, data, ({ tags }) => ({ tags: without(tags, data.tagKeys), changedAt: at })),
  ParameterVersionCreated({ parameters, parameterVersions }, { tags, ...data }, { at }) {
    const { accountId, region, parameter: name, version } = data;
    const key = nameKey(data, name);
    const known = parameters.get(key) ?? { accountId, region, name, tags: tags ?? {}, labels: {} };
    parameters.put(key, { ...known, version });
    parameterVersions.put(parameterVersionKey(data, name, version), { ...data, modifiedAt: at });
  },
  ParameterVersionsDropped(state, data) {
    for (const version of data.versions) dropParameterVersion(state, parameterVersionKey(data, data.name, version));
  },
  ParameterLabelsMoved: (state, data) =>
    updateParameter(state, data, ({ labels }) => ({ labels: labelled(labels, data.labels) })),
  ParameterDeleted(state, data) {
    const key = nameKey(data, data.name);
    for (const { version } of Array.from(state.parameterVersions.by('parameter', key)))
      dropParameterVersion(state, parameterVersionKey(data, data.name, version));
    state.parameters.delete(key);
  },
  ValueKeysDestroyed({ retiredKeys }, { keyIds }) {
    for (const keyId of keyIds) retiredKeys.delete(keyId);
  },
  ParameterTagged: (state, data) => updateParameter(state, data, ({ tags }) => ({ tags: { ...tags, ...data.tags } })),
  ParameterUntagged: (state, data) => updateParameter(state, data, ({ tags }) => ({ tags: without(tags, data.tagKeys) })),
};

/** Every event that this version writes. */
export const secretsEventTypes = Object.keys(secretsEvolvers);
