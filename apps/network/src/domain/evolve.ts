import { type Evolvers, required, scopeKey } from '#lib/kernel';
import type { NetworkEvents } from './events.js';
import type { NetworkResource, Tags } from './model.js';
import type { NetworkState } from './state.js';

function retag({ resources }: NetworkState, id: string, change: (tags: Tags) => Tags): void {
  const resource = required(resources, id, 'resource of a network');
  resources.put(id, { ...resource, tags: change(resource.tags) } as NetworkResource);
}

export const networkEvolvers: Evolvers<NetworkState, NetworkEvents> = {
  AccountBegan({ accounts, resources }, { accountId, region, resources: begun }, { at }) {
    accounts.put(scopeKey({ accountId, region }), { accountId, region, begunAt: at });
    for (const resource of begun) resources.put(resource.id, resource);
  },
  ResourceCreated: ({ resources }, { resource }) => resources.put(resource.id, resource),
  ResourceChanged({ resources }, { resource }) {
    const { tags } = required(resources, resource.id, 'resource of a network');
    resources.put(resource.id, { ...resource, tags } as NetworkResource);
  },
  ResourceDeleted: ({ resources }, { id }) => resources.delete(id),
  ResourceTagged: (state, { id, tags }) => retag(state, id, (known) => ({ ...known, ...tags })),
  ResourceUntagged: (state, { id, tagKeys }) =>
    retag(state, id, (known) => Object.fromEntries(Object.entries(known).filter(([key]) => !tagKeys.includes(key)))),
  LoadBalancerRecorded: ({ loadBalancers }, { loadBalancer }) => loadBalancers.put(loadBalancer.arn, loadBalancer),
  LoadBalancerForgotten: ({ loadBalancers }, { arn }) => loadBalancers.delete(arn),
};

/** Every event that this version writes. */
export const networkEventTypes = Object.keys(networkEvolvers);
