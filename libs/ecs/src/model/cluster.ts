import type { ClusterArn } from './ids.js';
import type { CapacityProviderStrategyItem } from './capacity-providers.js';
import type { AccountId, Region } from '#lib/kernel';
import type { Instant, NameValue, Tag } from './common.js';

export interface Cluster {
  readonly clusterArn: ClusterArn;
  readonly clusterName: string;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly settings: readonly NameValue[];
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly serviceConnectDefaults?: Readonly<Record<string, unknown>>;
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
  readonly deletedAt?: Instant;
}
