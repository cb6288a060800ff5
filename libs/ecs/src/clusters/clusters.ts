import type { Cluster } from '../model/cluster.js';
import type { NameValue, Tag } from '../model/common.js';
import { type EcsEvents, event } from '../model/events.js';
import { clusterArn } from '../model/ids.js';
import { type PageInput, pageReply, paginate, sameContent, type Scope, scopeKey } from '#lib/kernel';
import { countKey, type EcsState, statisticKey, statusKey, tasksOf } from '../model/state.js';
import type { CommandRule, CommandRules, QueryRule, QueryRules } from '../model/rules.js';
import { refusals } from '../model/refusals.js';
import { effectiveSetting } from '../accounts/account-settings.js';
import { checkClusterName, DEFAULT_CLUSTER, findCluster, resolveCluster } from '../lookup/lookup.js';
import { type ClusterCapacityInput, clusterCapacityOf } from './capacity-strategy.js';
import { checkTags } from '../tags/tags.js';

type Include = 'ATTACHMENTS' | 'CONFIGURATIONS' | 'SETTINGS' | 'STATISTICS' | 'TAGS';

/** The tables keep these counts: nothing is walked. */
function countsOf({ containerInstances, services, tasks }: EcsState, { clusterArn: arn }: Cluster) {
  return {
    registeredContainerInstancesCount: containerInstances.countBy('cluster', arn),
    runningTasksCount: tasks.sumBy('statistics', countKey(arn, 'running')),
    pendingTasksCount: tasks.sumBy('statistics', countKey(arn, 'pending')),
    activeServicesCount: services.sumBy('statistics', statusKey(arn, 'ACTIVE')),
  };
}

/** By launch type, as ECS's STATISTICS. */
function statisticsOf({ services, tasks }: EcsState, { clusterArn: arn }: Cluster): NameValue[] {
  const statistics: (readonly [string, number])[] = [];
  for (const [name, launchType] of [
    ['EC2', 'EC2'],
    ['Fargate', 'FARGATE'],
    ['External', 'EXTERNAL'],
  ] as const) {
    const sum = (table: typeof services | typeof tasks, status: string) =>
      table.sumBy('statistics', statisticKey(arn, status, launchType));
    statistics.push([`running${name}TasksCount`, sum(tasks, 'RUNNING')]);
    statistics.push([`pending${name}TasksCount`, sum(tasks, 'PENDING')]);
    statistics.push([`active${name}ServiceCount`, sum(services, 'ACTIVE')]);
    statistics.push([`draining${name}ServiceCount`, sum(services, 'DRAINING')]);
  }
  return statistics.map(([name, value]) => ({ name, value: String(value) }));
}

/** A cluster as ECS shows it: what was not asked for is empty, not missing. */
export function describeCluster(state: EcsState, cluster: Cluster, include: readonly string[]) {
  const wants = (what: Include) => include.includes(what);
  const { clusterArn: arn, clusterName, status, configuration, serviceConnectDefaults } = cluster;
  return {
    clusterArn: arn,
    clusterName,
    status,
    ...countsOf(state, cluster),
    statistics: wants('STATISTICS') ? statisticsOf(state, cluster) : [],
    tags: wants('TAGS') ? cluster.tags : [],
    settings: wants('SETTINGS') ? cluster.settings : [],
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy,
    ...(wants('CONFIGURATIONS') && configuration ? { configuration } : {}),
    // An empty namespace takes the default away [sdk ClusterServiceConnectDefaultsRequest].
    ...(serviceConnectDefaults?.namespace ? { serviceConnectDefaults } : {}),
    ...(wants('ATTACHMENTS') ? { attachments: [] } : {}),
  };
}

type SettingInput = { readonly name?: string; readonly value?: string };

function checkSettings(settings: readonly SettingInput[]): NameValue[] {
  return settings.map(({ name, value }) => {
    if (name !== 'containerInsights')
      throw refusals.invalidParameter(`Unknown cluster setting '${name ?? ''}'. Use containerInsights.`);
    if (!['enabled', 'disabled', 'enhanced'].includes(value ?? '')) {
      throw refusals.invalidParameter(`Invalid value '${value ?? ''}' for containerInsights. Use enabled, enhanced or disabled.`);
    }
    return { name, value: value! };
  });
}

/** Those given replace those of the same name. */
const mergeSettings = (old: readonly NameValue[], given: readonly NameValue[]): NameValue[] => [
  ...old.filter(({ name }) => !given.some((setting) => setting.name === name)),
  ...given,
];

interface CreateInput extends ClusterCapacityInput {
  readonly clusterName?: string;
  readonly tags?: readonly Tag[];
  readonly settings?: readonly SettingInput[];
  readonly configuration?: Cluster['configuration'];
  readonly serviceConnectDefaults?: Cluster['serviceConnectDefaults'];
}

/** The event of a new cluster: also of the "default" one that a first agent makes. */
export function clusterCreated(state: EcsState, scope: Scope, principal: string, input: CreateInput) {
  const clusterName = input.clusterName ?? DEFAULT_CLUSTER;
  const insights = { name: 'containerInsights', value: effectiveSetting(state, scope, 'containerInsights', principal) };
  const data: EcsEvents['ClusterCreated'] = {
    clusterArn: clusterArn(scope, clusterName),
    clusterName,
    accountId: scope.accountId,
    region: scope.region,
    settings: mergeSettings([insights], checkSettings(input.settings ?? [])),
    ...(input.configuration ? { configuration: input.configuration } : {}),
    ...(input.serviceConnectDefaults ? { serviceConnectDefaults: input.serviceConnectDefaults } : {}),
    ...clusterCapacityOf(state, scope, input),
    tags: checkTags(input.tags),
  };
  return event('ClusterCreated', data);
}

const byName = (tags: readonly Tag[]) => [...tags].sort((a, b) => (a.key < b.key ? -1 : 1));

/** Whether everything that the caller names is already so. What is not named may be anything. */
function sameAs(state: EcsState, cluster: Cluster, input: CreateInput): boolean {
  return (
    (!input.tags || sameContent(byName(checkTags(input.tags)), byName(cluster.tags))) &&
    (!input.settings || sameContent(mergeSettings(cluster.settings, checkSettings(input.settings)), cluster.settings)) &&
    (!input.configuration || sameContent(input.configuration, cluster.configuration)) &&
    (!input.capacityProviders ||
      sameContent(clusterCapacityOf(state, cluster, input).capacityProviders, cluster.capacityProviders)) &&
    (!input.serviceConnectDefaults || sameContent(input.serviceConnectDefaults, cluster.serviceConnectDefaults))
  );
}

const createCluster: CommandRule<CreateInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const clusterName = input.clusterName ?? DEFAULT_CLUSTER;
    checkClusterName(clusterName);
    const existing = state.clusters.get(clusterArn(context, clusterName));
    if (existing?.status !== 'ACTIVE') return [clusterCreated(state, context, context.principal, input)];
    if (sameAs(state, existing, input)) return [];
    throw refusals.invalidParameter(
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  },
  reply: (state, input, _events, caller) => described(state, caller, input.clusterName, ALL),
};

const ALL = ['CONFIGURATIONS', 'SETTINGS', 'TAGS'];

function described(state: EcsState, scope: Scope, nameOrArn: string | undefined, include: readonly string[]) {
  const { found } = findCluster(state, scope, nameOrArn);
  return { cluster: found && describeCluster(state, found, include) };
}

function refuseUnlessEmpty(state: EcsState, cluster: Cluster): void {
  const contains = (what: string, sentence: string) =>
    refusals.of(`ClusterContains${what}Exception`, `The Cluster cannot be deleted while ${sentence}.`);
  if (state.containerInstances.countBy('cluster', cluster.clusterArn) > 0) {
    throw contains('ContainerInstances', 'Container Instances are active or draining');
  }
  if (state.services.countBy('cluster', cluster.clusterArn) > 0) throw contains('Services', 'Services are active');
  for (const task of tasksOf(state, cluster.clusterArn)) {
    if (task.lastStatus !== 'STOPPED') throw contains('Tasks', 'Tasks are active');
  }
}

const deleteCluster: CommandRule<{ cluster: string }> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const { found } = findCluster(state, context, input.cluster);
    if (!found) throw refusals.clusterNotFound();
    if (found.status === 'INACTIVE') return [];
    refuseUnlessEmpty(state, found);
    return [event('ClusterDeleted', { clusterArn: found.clusterArn })];
  },
  reply: (state, input, _events, caller) => described(state, caller, input.cluster, ALL),
};

interface UpdateInput extends Pick<CreateInput, 'settings' | 'configuration' | 'serviceConnectDefaults'> {
  readonly cluster: string;
}

const updateCluster: CommandRule<UpdateInput> = {
  actors: ['state-store'],
  decide(state, input, context) {
    const cluster = resolveCluster(state, context, input.cluster);
    const settings = input.settings && mergeSettings(cluster.settings, checkSettings(input.settings));
    const { configuration, serviceConnectDefaults } = input;
    const wanted = { ...cluster, ...definedOnly({ settings, configuration, serviceConnectDefaults }) };
    if (sameContent(wanted, cluster)) return [];
    const change = definedOnly({ settings, configuration, serviceConnectDefaults });
    return [event('ClusterUpdated', { clusterArn: cluster.clusterArn, ...change })];
  },
  reply: (state, input, _events, caller) => described(state, caller, input.cluster, ALL),
};

const definedOnly = <T extends object>(members: T): Partial<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;

const updateClusterSettings: CommandRule<UpdateInput> = {
  ...updateCluster,
  decide(state, input, context) {
    if (!input.settings?.length) throw refusals.invalidParameter('Settings cannot be empty.');
    return updateCluster.decide(state, { cluster: input.cluster, settings: input.settings }, context);
  },
};

const describeClusters: QueryRule<{ clusters?: readonly string[]; include?: readonly Include[] }> = (state, input, context) => {
  const names = input.clusters?.length ? input.clusters : [DEFAULT_CLUSTER];
  if (names.length > 100) throw refusals.invalidParameter('Clusters cannot have more than 100 elements.');
  const clusters: object[] = [];
  const failures: object[] = [];
  for (const name of new Set(names)) {
    const { arn, found } = findCluster(state, context, name);
    if (found) clusters.push(describeCluster(state, found, input.include ?? []));
    else failures.push({ arn, reason: 'MISSING' });
  }
  return { clusters, failures };
};

const listClusters: QueryRule<PageInput> = (state, input, context) => {
  const arns: string[] = [];
  for (const cluster of state.clusters.by('scope', scopeKey(context))) {
    if (cluster.status === 'ACTIVE') arns.push(cluster.clusterArn);
  }
  return pageReply(
    'clusterArns',
    paginate(arns, (arn) => arn, input, { list: 'clusters' }),
  );
};

export const clustersCommands: CommandRules = {
  CreateCluster: createCluster,
  DeleteCluster: deleteCluster,
  UpdateCluster: updateCluster,
  UpdateClusterSettings: updateClusterSettings,
};
export const clustersQueries: QueryRules = {
  DescribeClusters: describeClusters,
  ListClusters: listClusters,
};
