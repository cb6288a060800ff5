import { scopeKey, Store, type Table } from '#lib/kernel';
import type { AccessKey, Account, AccountSetting, RequestToken } from './accounts.js';
import type { Cluster } from './cluster.js';
import type { ContainerInstance } from './container-instance.js';
import type { Task } from './task.js';
import type { TaskDefinition, TaskDefinitionFamily } from './task-definition.js';
import type { Service, ServiceDeployment, ServiceRevision } from './services.js';
import type { TaskSet } from './task-sets.js';

/** The state that the `ecs` journal folds to. Keys in comments; ARNs carry account and region, so scopes cannot mix. */
export interface EcsState {
  /** accountId */
  readonly accounts: Table<Account>;
  /** accessKeyId */
  readonly accessKeys: Table<AccessKey>;
  /** accountSettingKey() */
  readonly accountSettings: Table<AccountSetting>;
  /** clusterArn */
  readonly clusters: Table<Cluster>;
  /** familyKey() */
  readonly families: Table<TaskDefinitionFamily>;
  /** taskDefinitionArn */
  readonly taskDefinitions: Table<TaskDefinition>;
  /** containerInstanceArn */
  readonly containerInstances: Table<ContainerInstance>;
  /** taskArn */
  readonly tasks: Table<Task>;
  /** serviceArn */
  readonly services: Table<Service>;
  /** serviceRevisionArn */
  readonly serviceRevisions: Table<ServiceRevision>;
  /** serviceDeploymentArn */
  readonly serviceDeployments: Table<ServiceDeployment>;
  /** taskSetArn */
  readonly taskSets: Table<TaskSet>;
  /** requestTokenKey() */
  readonly requestTokens: Table<RequestToken>;
}

/** An instance takes part in its cluster's lists until it is INACTIVE. */
const liveInstance = (instance: ContainerInstance) => instance.status !== 'INACTIVE';

export const createEcsStore = (): Store<EcsState> =>
  new Store<EcsState>({
    accounts: {},
    accessKeys: { account: (key) => key.accountId },
    accountSettings: { scope: (setting) => scopeKey(setting) },
    clusters: { scope: (cluster) => scopeKey(cluster) },
    families: { scope: (family) => scopeKey(family) },
    taskDefinitions: {
      scope: (definition) => scopeKey(definition),
      family: (definition) => familyKey(definition, definition.family),
      deleting: (definition) => (definition.status === 'DELETE_IN_PROGRESS' ? 'yes' : undefined),
    },
    containerInstances: {
      cluster: (instance) => (liveInstance(instance) ? instance.clusterArn : undefined),
      /** Every registration of a host, INACTIVE ones too: `registrationOfHost` says which counts. */
      instanceId: (instance) => instance.instanceId,
      inactive: (instance) => (liveInstance(instance) ? undefined : 'yes'),
    },
    tasks: {
      /** Every task of a cluster that is still remembered. */
      cluster: (task) => task.clusterArn,
      /** Tasks that hold resources on an instance (not STOPPED). */
      instance: (task) => (task.lastStatus === 'STOPPED' ? undefined : task.containerInstanceArn),
      /** Cluster and group, tasks that are not STOPPED and not asked to stop: what spread and distinctInstance count. */
      liveGroup: (task) => (task.desiredStatus === 'STOPPED' ? undefined : groupKey(task.clusterArn, task.group)),
      taskDefinition: (task) => (task.lastStatus === 'STOPPED' ? undefined : task.taskDefinitionArn),
      /** A service's tasks that are not STOPPED. */
      service: (task) => (task.lastStatus === 'STOPPED' ? undefined : task.replica?.serviceArn),
      /** STOPPED tasks, to be forgotten an hour later. */
      stopped: (task) => (task.lastStatus === 'STOPPED' ? 'yes' : undefined),
    },
    services: {
      /** Those that are listed: not INACTIVE. */
      cluster: (service) => (service.status === 'INACTIVE' ? undefined : service.clusterArn),
      taskDefinition: (service) => [...new Set(service.deployments.map((deployment) => deployment.taskDefinitionArn))],
      /** INACTIVE ones, to be forgotten an hour later. */
      inactive: (service) => (service.status === 'INACTIVE' ? 'yes' : undefined),
    },
    serviceRevisions: { service: (revision) => revision.serviceArn },
    serviceDeployments: { service: (deployment) => deployment.serviceArn },
    taskSets: {
      service: (taskSet) => taskSet.serviceArn,
      taskDefinition: (taskSet) => taskSet.taskDefinitionArn,
    },
    requestTokens: {},
  });

export const familyKey = (scope: { accountId: string; region: string }, family: string) =>
  `${scope.accountId}/${scope.region}/${family}`;
export const groupKey = (clusterArn: string, group: string) => `${clusterArn} ${group}`;
export const accountSettingKey = (setting: { accountId: string; region: string; name: string; principalArn?: string }) =>
  `${setting.accountId}/${setting.region}/${setting.name}/${setting.principalArn ?? ''}`;
export const requestTokenKey = (
  scope: { accountId: string; region: string },
  operation: string,
  clusterArn: string,
  token: string,
) => `${scope.accountId}/${scope.region}/${operation}/${clusterArn}/${token}`;
