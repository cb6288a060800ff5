import { type PageInput, pageReply, paginate, sameContent, type Scope, scopeKey } from '#lib/kernel';
import { activeCapacityProvider, findCapacityProvider, providerNameOf } from '../lookup/capacity-providers.js';
import { resolveCluster } from '../lookup/lookup.js';
import { type CapacityProvider, FARGATE_PROVIDERS, isFargateProvider } from '../model/capacity-providers.js';
import type { Cluster } from '../model/cluster.js';
import type { Tag } from '../model/common.js';
import { event } from '../model/events.js';
import { capacityProviderArn } from '../model/ids.js';
import { refusals } from '../model/refusals.js';
import type { CommandRule, CommandRules, QueryRule, QueryRules } from '../model/rules.js';
import { type EcsState, tasksOf } from '../model/state.js';
import { checkTags } from '../tags/tags.js';
import { type AutoScalingGroupFact, changedProvider, newProvider, type ProviderInput } from './auto-scaling-provider.js';
import { type ClusterCapacityInput, clusterCapacityOf } from './capacity-strategy.js';
import { describeCluster } from './clusters.js';

/** ECS's quota is the cluster's (20); this bounds what one account's table holds. */
const MOST_PROVIDERS = 500;
const NAME = /^(?!aws|ecs|fargate)[a-z0-9_-]{1,255}$/i;

const view = (provider: CapacityProvider, more: object = {}) => ({
  capacityProviderArn: provider.capacityProviderArn,
  name: provider.name,
  status: provider.status,
  type: 'EC2_AUTOSCALING',
  autoScalingGroupProvider: provider.autoScalingGroupProvider,
  ...(provider.updateStatus ? { updateStatus: provider.updateStatus } : {}),
  tags: provider.tags,
  ...more,
});

const fargateView = (scope: Scope, name: string) => ({
  capacityProviderArn: capacityProviderArn(scope, name),
  name,
  status: 'ACTIVE',
  type: name,
  tags: [],
});

/** What Amazon's managed instances would need, and whoever names them is to know that they are not there. */
interface NotServed {
  readonly managedInstancesProvider?: object;
  readonly cluster?: string;
}

function refuseManagedInstances(state: EcsState, scope: Scope, { managedInstancesProvider, cluster }: NotServed): void {
  if (cluster) resolveCluster(state, scope, cluster);
  if (managedInstancesProvider) {
    throw refusals.of(
      'UnsupportedFeatureException',
      'Longshore has no managed instances. Give an autoScalingGroupProvider: its hosts are your own.',
    );
  }
  if (cluster) {
    throw refusals.invalidParameter(
      'A capacity provider of an Auto Scaling group belongs to no cluster. Leave cluster out, and associate it by PutClusterCapacityProviders.',
    );
  }
}

type CreateInput = NotServed &
  AutoScalingGroupFact & {
    readonly name: string;
    readonly autoScalingGroupProvider?: ProviderInput;
    readonly tags?: readonly Tag[];
  };

const createCapacityProvider: CommandRule<CreateInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const { name } = input;
    if (!NAME.test(name)) {
      throw refusals.invalidParameter(
        'The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters (upper and lowercase), numbers, underscores, and hyphens. ' +
          'The name cannot be prefixed with "aws", "ecs", or "fargate". Specify a valid name and try again.',
      );
    }
    refuseManagedInstances(state, context, input);
    if (!input.autoScalingGroupProvider) throw refusals.invalidParameter('autoScalingGroupProvider cannot be empty.');
    if (activeCapacityProvider(state, context, name)) {
      throw refusals.client(
        'The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider.',
      );
    }
    if (state.capacityProviders.countBy('scope', scopeKey(context)) >= MOST_PROVIDERS) {
      throw refusals.limitExceeded(`An account can have at most ${MOST_PROVIDERS} capacity providers in a region.`);
    }
    const { accountId, region } = context;
    return [
      event('CapacityProviderCreated', {
        capacityProviderArn: capacityProviderArn(context, name),
        name,
        accountId,
        region,
        autoScalingGroupProvider: newProvider(state, context, input.autoScalingGroupProvider, input),
        tags: checkTags(input.tags),
      }),
    ];
  },
  reply: (state, { name }, _events, caller) => described(state, caller, name),
};

const described = (state: EcsState, scope: Scope, nameOrArn: string, more: object = {}) => {
  const { found } = findCapacityProvider(state, scope, nameOrArn);
  return { capacityProvider: found && view(found, more) };
};

/** Those of Fargate are ECS's own. */
function resolveOwn(state: EcsState, scope: Scope, nameOrArn: string): CapacityProvider {
  if (isFargateProvider(providerNameOf(nameOrArn))) {
    throw refusals.invalidParameter(
      `The capacity provider ${providerNameOf(nameOrArn)} is reserved: it cannot be changed or deleted.`,
    );
  }
  const { found } = findCapacityProvider(state, scope, nameOrArn);
  if (found?.status === 'ACTIVE') return found;
  throw refusals.client('The specified capacity provider does not exist. Specify a valid name or ARN and try again.');
}

const updateCapacityProvider: CommandRule<
  NotServed & { readonly name: string; readonly autoScalingGroupProvider?: ProviderInput }
> = {
  actors: ['state-store'],
  decide(state, input, context) {
    refuseManagedInstances(state, context, input);
    const { capacityProviderArn: arn, autoScalingGroupProvider: now, updateStatus } = resolveOwn(state, context, input.name);
    if (!input.autoScalingGroupProvider) throw refusals.invalidParameter('autoScalingGroupProvider cannot be empty.');
    const { autoScalingGroupArn: _fixed, ...given } = input.autoScalingGroupProvider;
    const autoScalingGroupProvider = changedProvider(now, given);
    if (updateStatus && sameContent(autoScalingGroupProvider, now)) return [];
    return [event('CapacityProviderUpdated', { capacityProviderArn: arn, autoScalingGroupProvider })];
  },
  reply: (state, { name }, _events, caller) => described(state, caller, name),
};

const deleteCapacityProvider: CommandRule<{ readonly capacityProvider: string; readonly cluster?: string }> = {
  actors: ['state-store'],
  decide(state, { capacityProvider, cluster }, context) {
    refuseManagedInstances(state, context, { cluster });
    const { capacityProviderArn: arn, name } = resolveOwn(state, context, capacityProvider);
    for (const { status, clusterName, capacityProviders } of state.clusters.by('scope', scopeKey(context))) {
      if (status !== 'ACTIVE' || !capacityProviders.includes(name)) continue;
      throw refusals.client(
        `The capacity provider cannot be deleted because it is associated with cluster: ${clusterName}. ` +
          'Remove the capacity provider from the cluster and try again.',
      );
    }
    return [event('CapacityProviderDeleted', { capacityProviderArn: arn })];
  },
  // As ECS answers (awscli/examples/ecs/delete-capacity-provider.rst); who describes it next sees that it is INACTIVE.
  reply: (state, { capacityProvider }, _events, caller) =>
    described(state, caller, capacityProvider, { status: 'ACTIVE', updateStatus: 'DELETE_IN_PROGRESS' }),
};

/** Its tasks would be left without a place to come back to. */
function refuseRemovalOfUsed(state: EcsState, cluster: Cluster, kept: readonly string[]): void {
  const removed = new Set(cluster.capacityProviders.filter((name) => !kept.includes(name)));
  if (removed.size === 0) return;
  const inUse = () => refusals.of('ResourceInUseException', 'The specified capacity provider is in use and cannot be removed.');
  for (const { capacityProviderStrategy = [] } of state.services.by('cluster', cluster.clusterArn))
    if (capacityProviderStrategy.some(({ capacityProvider }) => removed.has(capacityProvider))) throw inUse();
  for (const { lastStatus, capacityProviderName } of tasksOf(state, cluster.clusterArn))
    if (lastStatus !== 'STOPPED' && capacityProviderName !== undefined && removed.has(capacityProviderName)) throw inUse();
}

const putClusterCapacityProviders: CommandRule<ClusterCapacityInput & { readonly cluster: string }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const cluster = resolveCluster(state, context, input.cluster);
    const wanted = clusterCapacityOf(state, context, input);
    const { capacityProviders, defaultCapacityProviderStrategy } = cluster;
    if (sameContent(wanted, { capacityProviders, defaultCapacityProviderStrategy })) return [];
    refuseRemovalOfUsed(state, cluster, wanted.capacityProviders);
    return [event('ClusterUpdated', { clusterArn: cluster.clusterArn, ...wanted })];
  },
  reply: (state, input, _events, caller) => ({
    cluster: describeCluster(state, resolveCluster(state, caller, input.cluster), ['SETTINGS', 'TAGS']),
  }),
};

interface DescribeInput extends PageInput {
  readonly capacityProviders?: readonly string[];
  readonly cluster?: string;
  readonly include?: readonly string[];
}

/** A deleted one is found by its name for an hour, and not listed. */
const describeCapacityProviders: QueryRule<DescribeInput> = (state, input, context) => {
  const cluster = input.cluster ? resolveCluster(state, context, input.cluster) : undefined;
  const all = () => [
    ...FARGATE_PROVIDERS,
    ...[...state.capacityProviders.by('scope', scopeKey(context))].map(({ name }) => name),
  ];
  const named = input.capacityProviders?.length ? [...new Set(input.capacityProviders)] : all();
  const failures: { readonly arn: string; readonly reason: string }[] = [];
  const found = new Map<string, object>();
  for (const one of named) {
    const name = providerNameOf(one);
    if (cluster && !cluster.capacityProviders.includes(name) && !isFargateProvider(name)) continue;
    const { arn, found: provider } = findCapacityProvider(state, context, one);
    const tags = input.include?.includes('TAGS') ? {} : { tags: [] };
    if (isFargateProvider(name)) found.set(name, fargateView(context, name));
    else if (provider) found.set(name, view(provider, tags));
    else failures.push({ arn, reason: 'MISSING' });
  }
  const page = paginate([...found.keys()], (name) => name, input, { list: 'capacity-providers' });
  return { ...pageReply('capacityProviders', { ...page, items: page.items.map((name) => found.get(name)) }), failures };
};

export const capacityProviderCommands: CommandRules = {
  CreateCapacityProvider: createCapacityProvider,
  UpdateCapacityProvider: updateCapacityProvider,
  DeleteCapacityProvider: deleteCapacityProvider,
  PutClusterCapacityProviders: putClusterCapacityProviders,
};
export const capacityProviderQueries: QueryRules = { DescribeCapacityProviders: describeCapacityProviders };
