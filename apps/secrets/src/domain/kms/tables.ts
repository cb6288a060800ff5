import { type Scope, scopeKey, type Table } from '#lib/kernel';
import type { KeyAlias, KmsKey } from './model.js';

export interface KmsTables {
  /** keyKey() */
  readonly kmsKeys: Table<KmsKey>;
  /** keyKey() of its name */
  readonly kmsAliases: Table<KeyAlias>;
}

/** Of a key by its id, or of an alias by its name. */
export const keyKey = (scope: Scope, idOrName: string): string => `${scopeKey(scope)}:${idOrName}`;

/** Those that wait for their end. */
export const ENDING = 'all';

export const kmsIndexes = {
  kmsKeys: {
    scope: (key: KmsKey) => scopeKey(key),
    ending: ({ deletedFrom }: KmsKey) => (deletedFrom === undefined ? undefined : ENDING),
  },
  kmsAliases: {
    scope: (alias: KeyAlias) => scopeKey(alias),
    key: (alias: KeyAlias) => keyKey(alias, alias.keyId),
  },
};
