import { type Scope, scopeKey, Store, type Table } from '#lib/kernel';
import type { LoadBalancerMember, NetworkResource } from './model.js';

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
  /** arn */
  readonly loadBalancers: Table<LoadBalancerMember>;
}

export const ofKind = (scope: Scope, kind: string): string => `${scopeKey(scope)}/${kind}`;

export const ALL_INTERFACES = 'all';
export const addressKey = (subnetId: string, address: string): string => `${subnetId} ${address}`;

export const newTables = (): Store<NetworkState> =>
  new Store<NetworkState>({
    accounts: {},
    resources: {
      kind: (resource) => ofKind(resource, resource.kind),
      /** Of each subnet, the addresses that are taken. */
      address: (resource) =>
        resource.kind === 'network-interface' || resource.kind === 'host-interface'
          ? addressKey(resource.subnetId, resource.privateIpAddress)
          : undefined,
      /** Of all accounts. */
      interfaces: (resource) => (resource.kind === 'network-interface' ? ALL_INTERFACES : undefined),
      subnet: (resource) => (resource.kind === 'network-interface' ? resource.subnetId : undefined),
      /** Of each VPC, the interfaces of its tasks, and those of hosts. */
      vpcTasks: (resource) => (resource.kind === 'network-interface' ? resource.vpcId : undefined),
      vpcHosts: (resource) => (resource.kind === 'host-interface' ? resource.vpcId : undefined),
      overlay: (resource) => (resource.kind === 'vpc' ? resource.overlayId?.toString() : undefined),
      group: (resource) => (resource.kind === 'security-group-rule' ? resource.groupId : undefined),
      /** Interfaces, of each group that they are in. */
      member: (resource) => (resource.kind === 'network-interface' ? resource.groupIds : undefined),
      /** Interfaces, of each container instance. */
      instance: (resource) => (resource.kind === 'network-interface' ? resource.instanceId : undefined),
    },
    loadBalancers: { scope: (balancer) => scopeKey(balancer), member: (balancer) => balancer.groupIds },
  });
