import { type Scope, scopeKey, Store, type Table } from '#lib/kernel';
import type { NetworkResource } from './model.js';

/** Of an account in a region. */
export interface Account extends Scope {
  readonly begunAt: string;
}

/** The state that the `network` journal folds to. Keys in comments. */
export interface NetworkState {
  /** scopeKey(); those that changed something: until then an account has the default network, which nobody had to write down. */
  readonly accounts: Table<Account>;
  /** id */
  readonly resources: Table<NetworkResource>;
}

export const ofKind = (scope: Scope, kind: string): string => `${scopeKey(scope)}/${kind}`;

export const newTables = (): Store<NetworkState> =>
  new Store<NetworkState>({
    accounts: {},
    resources: {
      kind: (resource) => ofKind(resource, resource.kind),
      group: (resource) => (resource.kind === 'security-group-rule' ? resource.groupId : undefined),
    },
  });
