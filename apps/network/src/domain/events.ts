import { currentVersion, type EventRecord, type Scope, type Upcasts } from '#lib/kernel';
import type { LoadBalancerMember, NetworkResource, Tags } from './model.js';

/**
 * Every event of the `network` journal: type → data of its current version. Facts, past tense, entity first. A shape here is for ever:
 * change it by a new version and an upcast, never in place (docs/how-to/add-an-event.md).
 */
export interface NetworkEvents {
  /** The first change in an account: the default network that it had from the beginning is written down. */
  AccountBegan: Scope & { readonly resources: readonly NetworkResource[] };
  ResourceCreated: { readonly resource: NetworkResource };
  /** The whole of it as it is now, but for the tags. */
  ResourceChanged: { readonly resource: NetworkResource };
  ResourceDeleted: Scope & { readonly id: string };
  ResourceTagged: Scope & { readonly id: string; readonly tags: Tags };
  ResourceUntagged: Scope & { readonly id: string; readonly tagKeys: readonly string[] };
  /** It is new, or its groups are others. */
  LoadBalancerRecorded: { readonly loadBalancer: LoadBalancerMember };
  LoadBalancerForgotten: Scope & { readonly arn: string };
}

export const networkUpcasts: Upcasts<NetworkEvents> = {};

export type NetworkEvent = EventRecord;

/** An event of the current version. */
export const event = <T extends keyof NetworkEvents>(type: T, data: NetworkEvents[T]): NetworkEvent => ({
  type,
  v: currentVersion(networkUpcasts, type),
  data,
});

export const created = (resource: NetworkResource): NetworkEvent => event('ResourceCreated', { resource });
export const changed = (resource: NetworkResource): NetworkEvent => event('ResourceChanged', { resource });
export const deleted = ({ accountId, region, id }: NetworkResource): NetworkEvent =>
  event('ResourceDeleted', { accountId, region, id });
