import { type PageInput, pageReply, paginate, sameContent, type Scope } from '#lib/kernel';
import { FARGATE_PROVIDERS } from '../model/capacity-providers.js';
import { event } from '../model/events.js';
import { resolveCluster } from '../lookup/lookup.js';
import type { CommandRule, CommandRules, QueryRule, QueryRules } from '../model/rules.js';
import { type ClusterCapacityInput, clusterCapacityOf, nameOf } from './capacity-strategy.js';
import { describeCluster } from './clusters.js';

const putClusterCapacityProviders: CommandRule<ClusterCapacityInput & { readonly cluster: string }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const cluster = resolveCluster(state, context, input.cluster);
    const wanted = clusterCapacityOf(input);
    const { capacityProviders, defaultCapacityProviderStrategy } = cluster;
    if (sameContent(wanted, { capacityProviders, defaultCapacityProviderStrategy })) return [];
    return [event('ClusterUpdated', { clusterArn: cluster.clusterArn, ...wanted })];
  },
  reply: (state, input, _events, caller) => ({
    cluster: describeCluster(state, resolveCluster(state, caller, input.cluster), ['SETTINGS', 'TAGS']),
  }),
};

const view = ({ accountId, region }: Scope, name: string) => ({
  capacityProviderArn: `arn:aws:ecs:${region}:${accountId}:capacity-provider/${name}`,
  name,
  status: 'ACTIVE',
  type: name,
  tags: [],
});

interface DescribeInput extends PageInput {
  readonly capacityProviders?: readonly string[];
  readonly cluster?: string;
}

const describeCapacityProviders: QueryRule<DescribeInput> = (state, input, context) => {
  if (input.cluster) resolveCluster(state, context, input.cluster);
  const named = input.capacityProviders?.length ? [...new Set(input.capacityProviders)] : FARGATE_PROVIDERS;
  const found = FARGATE_PROVIDERS.filter((name) => named.some((one) => nameOf(one) === name));
  const failures = named
    .filter((one) => !(FARGATE_PROVIDERS as readonly string[]).includes(nameOf(one)))
    .map((one) => ({
      arn: one.startsWith('arn:') ? one : view(context, one).capacityProviderArn,
      reason: 'MISSING',
    }));
  const page = paginate(found, (name) => name, input, { list: 'capacity-providers' });
  return {
    ...pageReply('capacityProviders', { ...page, items: page.items.map((name) => view(context, name)) }),
    failures,
  };
};

export const capacityProviderCommands: CommandRules = { PutClusterCapacityProviders: putClusterCapacityProviders };
export const capacityProviderQueries: QueryRules = { DescribeCapacityProviders: describeCapacityProviders };
