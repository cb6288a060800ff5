import { type Scope, scopeKey, Store, type Table } from '#lib/kernel';
import { kmsIndexes, type KmsTables } from './kms/tables.js';
import type { Parameter, ParameterVersion, RetiredKey, Secret, SecretVersion } from './model.js';

/** The state that the `secrets` journal folds to. Keys in comments. */
export interface SecretsState extends KmsTables {
  /** nameKey() */
  readonly secrets: Table<Secret>;
  /** secretVersionKey() */
  readonly secretVersions: Table<SecretVersion>;
  /** nameKey() */
  readonly parameters: Table<Parameter>;
  /** parameterVersionKey() */
  readonly parameterVersions: Table<ParameterVersion>;
  /** keyId */
  readonly retiredKeys: Table<RetiredKey>;
}

export const newTables = (): Store<SecretsState> =>
  new Store<SecretsState>({
    secrets: {
      scope: (secret) => scopeKey(secret),
      ending: ({ restorableUntil }) => (restorableUntil === undefined ? undefined : ENDING),
    },
    secretVersions: { secret: (version) => nameKey(version, version.secret) },
    parameters: { scope: (parameter) => scopeKey(parameter) },
    parameterVersions: { parameter: (version) => nameKey(version, version.parameter) },
    retiredKeys: {},
    ...kmsIndexes,
  });

/** Those that wait for their end. */
export const ENDING = 'all';

/** Names of secrets and parameters have no colon and no blank. */
export const nameKey = (scope: Scope, name: string): string => `${scopeKey(scope)}:${name}`;
export const secretVersionKey = (scope: Scope, secret: string, versionId: string): string =>
  `${nameKey(scope, secret)}:${versionId}`;
export const parameterVersionKey = (scope: Scope, parameter: string, version: number): string =>
  `${nameKey(scope, parameter)}:${version}`;

/** The keys that the state knows of. */
export function* knownKeys({ secretVersions, parameterVersions, kmsKeys, retiredKeys }: SecretsState): Iterable<string> {
  for (const { keyId } of retiredKeys.values()) yield keyId;
  for (const { value } of secretVersions.values()) yield value.keyId;
  for (const { value } of parameterVersions.values()) yield value.keyId;
  for (const { materialId } of kmsKeys.values()) yield materialId;
}
