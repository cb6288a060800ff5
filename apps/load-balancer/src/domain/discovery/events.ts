import type { DiscoveryService, InstanceHealth, Namespace, RegisteredInstance } from './model.js';

/** The operation that a caller may ask for. */
interface ByOperation {
  readonly operationId: string;
}

type Given<T extends object> = { readonly [K in keyof T]?: T[K] };

/** Events of service discovery in the `load-balancing` journal. */
export interface DiscoveryEvents {
  NamespaceCreated: ByOperation & Omit<Namespace, 'createdAt'>;
  /** The members present replace the namespace's. */
  NamespaceUpdated: ByOperation & { readonly id: string } & Given<Pick<Namespace, 'description' | 'soaTtlSeconds'>>;
  NamespaceDeleted: ByOperation & { readonly id: string };

  DiscoveryServiceCreated: Omit<DiscoveryService, 'createdAt' | 'changedRevision'>;
  /** An absent description stays; an absent `dnsConfig` takes the records away. */
  DiscoveryServiceUpdated: ByOperation & { readonly id: string } & Pick<DiscoveryService, 'description' | 'dnsConfig'>;
  /** All of them, as they are then. */
  DiscoveryServiceAttributesSet: Pick<DiscoveryService, 'id' | 'attributes'>;
  /** With the instances that are registered with it. */
  DiscoveryServiceDeleted: { readonly id: string };

  /** Or registered anew, with what it is then. */
  InstanceRegistered: ByOperation & RegisteredInstance;
  InstanceHealthChanged: { readonly serviceId: string; readonly id: string; readonly health: InstanceHealth };
  InstanceDeregistered: ByOperation & { readonly serviceId: string; readonly id: string };
}
