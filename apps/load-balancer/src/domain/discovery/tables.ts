import { type Schema, type Scope, scopeKey, type Table } from '#lib/kernel';
import type { DiscoveryService, Namespace, Operation, RegisteredInstance } from './model.js';

/** The part of the `load-balancing` journal's state that service discovery keeps. */
export interface DiscoveryTables {
  /** id */
  readonly namespaces: Table<Namespace>;
  /** id */
  readonly discoveryServices: Table<DiscoveryService>;
  /** instanceKey() */
  readonly instances: Table<RegisteredInstance>;
  /** id */
  readonly operations: Table<Operation>;
}

export const discoveryIndexes: Schema<DiscoveryTables> = {
  namespaces: {
    scope: (namespace) => scopeKey(namespace),
    /** Of all accounts: the names that DNS answers for are one tree. */
    dnsName: ({ type, name }) => (type === 'DNS_PRIVATE' ? sameCase(name) : undefined),
    name: (namespace) => namespaceNameKey(namespace, namespace.name),
  },
  discoveryServices: {
    scope: (service) => scopeKey(service),
    namespace: ({ namespaceId }) => namespaceId,
    name: ({ namespaceId, name }) => serviceNameKey(namespaceId, name),
  },
  instances: { service: ({ serviceId }) => serviceId },
  operations: { scope: (operation) => scopeKey(operation) },
};

/** Names of DNS mean the same in either case, and end with a dot or do not. */
export const sameCase = (name: string): string => name.toLowerCase().replace(/\.$/, '');

export const namespaceNameKey = (scope: Scope, name: string): string => `${scopeKey(scope)}/${sameCase(name)}`;
export const serviceNameKey = (namespaceId: string, name: string): string => `${namespaceId} ${sameCase(name)}`;
export const instanceKey = ({ serviceId, id }: Pick<RegisteredInstance, 'serviceId' | 'id'>): string => `${serviceId} ${id}`;
