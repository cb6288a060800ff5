import type { HookState } from './lifecycle.js';
import { scopeKey, Store, type Table } from '#lib/kernel';
import type { AccessKey, Account, AccountSetting, RequestToken } from './accounts.js';
import type { Cluster } from './cluster.js';
import type { ContainerInstance } from './container-instance.js';
import { type CapacityProvider, groupNameOf } from './capacity-providers.js';
import { FreeCapacity } from './free-capacity.js';
import { PlacesOfGroups } from './group-places.js';
import { countedAs, type Task, waitsForCapacity } from './task.js';
import { type IamInstanceProfile, type IamOidcProvider, type IamPolicy, type IamRole, iamRoleKey } from './iam.js';
import type { TaskDefinition, TaskDefinitionFamily } from './task-definition.js';
import { isWatchedByAlarms, type Service, type ServiceDeployment, type ServiceRevision } from './services.js';
import type { TaskSet } from './task-sets.js';

/** The state that the `ecs` journal folds to. Keys in comments; ARNs carry account and region, so scopes cannot mix. */
export interface EcsState {
  /** accountId */
  readonly accounts: Table<Account>;
  /** accessKeyId */
  readonly accessKeys: Table<AccessKey>;
  /** accountSettingKey() */
  readonly accountSettings: Table<AccountSetting>;
  /** iamRoleKey() */
  readonly iamRoles: Table<IamRole>;
  /** arn */
  readonly iamPolicies: Table<IamPolicy>;
  /** iamRoleKey() */
  readonly iamInstanceProfiles: Table<IamInstanceProfile>;
  /** ARN */
  readonly iamOidcProviders: Table<IamOidcProvider>;
  /** clusterArn */
  readonly clusters: Table<Cluster>;
  /** capacityProviderArn */
  readonly capacityProviders: Table<CapacityProvider>;
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
const clusterOf = (instance: ContainerInstance) => (liveInstance(instance) ? instance.clusterArn : undefined);

/** Where a task holds resources: an instance's assignment has these. */
export const instanceOfTask = (task: Task): string | undefined =>
  task.lastStatus === 'STOPPED' || waitsForCapacity(task) ? undefined : task.containerInstanceArn;

/** What else its keys are made of is a task's from its birth on. */
const sameDesired = (before: Task, after: Task) => before.desiredStatus === after.desiredStatus;

/** Of one that waits for an instance it is no part yet. */
const liveGroupOf = (task: Task) =>
  task.desiredStatus === 'STOPPED' || waitsForCapacity(task) ? undefined : groupKey(task.clusterArn, task.group);

export const createEcsStore = (): Store<EcsState> =>
  new Store<EcsState>({
    accounts: {},
    accessKeys: { account: (key) => key.accountId },
    accountSettings: { scope: (setting) => scopeKey(setting) },
    iamRoles: {
      account: (role) => role.accountId,
      attached: (role) => role.attached,
    },
    iamPolicies: { account: (policy) => policy.accountId },
    iamInstanceProfiles: {
      account: (profile) => profile.accountId,
      role: ({ accountId, roleName }) => (roleName === undefined ? undefined : iamRoleKey(accountId, roleName)),
    },
    iamOidcProviders: { account: (provider) => provider.accountId },
    clusters: {
      scope: (cluster) => scopeKey(cluster),
      inactive: (cluster) => (cluster.status === 'INACTIVE' ? 'yes' : undefined),
    },
    capacityProviders: {
      scope: (provider) => (provider.status === 'ACTIVE' ? scopeKey(provider) : undefined),
      /** By the name of its Auto Scaling group: one at most. */
      group: ({ status, autoScalingGroupProvider, ...scope }) =>
        status === 'ACTIVE' ? autoScalingGroupKey(scope, groupNameOf(autoScalingGroupProvider.autoScalingGroupArn)) : undefined,
      inactive: (provider) => (provider.status === 'INACTIVE' ? 'yes' : undefined),
    },
    families: { scope: (family) => scopeKey(family) },
    taskDefinitions: {
      scope: (definition) => scopeKey(definition),
      family: (definition) => familyKey(definition, definition.family),
      deleting: (definition) => (definition.status === 'DELETE_IN_PROGRESS' ? 'yes' : undefined),
    },
    containerInstances: {
      cluster: clusterOf,
      /** For lists of one status. */
      status: {
        of: (instance) => (liveInstance(instance) ? statusKey(instance.clusterArn, instance.status) : undefined),
        same: (before, after) => before.status === after.status && before.clusterArn === after.clusterArn,
      },
      /** Every registration of a host, INACTIVE ones too: `registrationOfHost` says which counts. */
      instanceId: (instance) => instance.instanceId,
      inactive: (instance) => (liveInstance(instance) ? undefined : 'yes'),
      freeCapacity: { derive: () => new FreeCapacity() },
    },
    tasks: {
      /** Every task of a cluster that is still remembered, by what is desired of it. */
      desired: { of: (task) => statusKey(task.clusterArn, task.desiredStatus), same: sameDesired },
      /** Those desired to run, by the members that ListTasks can ask for and that few tasks may share. */
      family: {
        of: (task) =>
          task.desiredStatus === 'RUNNING' ? familyTasksKey(task.clusterArn, familyOfArn(task.taskDefinitionArn)) : undefined,
        same: sameDesired,
      },
      startedBy: {
        of: ({ clusterArn, desiredStatus, startedBy }) =>
          desiredStatus === 'RUNNING' && startedBy && isStarter(startedBy) ? startedByKey(clusterArn, startedBy) : undefined,
        same: sameDesired,
      },
      /** What DescribeClusters says of a cluster's tasks; its STATISTICS, by launch type, count those that are RUNNING or PENDING. */
      statistics: {
        of: ({ clusterArn, lastStatus, launchType }) => {
          const counted = countedAs(lastStatus);
          if (counted === 'none') return undefined;
          const count = countKey(clusterArn, counted);
          return lastStatus === 'RUNNING' || lastStatus === 'PENDING'
            ? [count, statisticKey(clusterArn, lastStatus, launchType)]
            : count;
        },
        same: (before, after) => before.lastStatus === after.lastStatus,
        amount: () => 1,
      },
      /** Tasks that hold resources on an instance (not STOPPED). */
      instance: instanceOfTask,
      /** PROVISIONING, until an instance has room. */
      waiting: (task) => (waitsForCapacity(task) ? 'yes' : undefined),
      /** Cluster and group, tasks that are not STOPPED and not asked to stop: what spread and distinctInstance count. */
      liveGroup: {
        of: liveGroupOf,
        same: (before, after) => sameDesired(before, after) && before.containerInstanceArn === after.containerInstanceArn,
      },
      groupPlaces: { derive: () => new PlacesOfGroups(liveGroupOf) },
      taskDefinition: (task) => (task.lastStatus === 'STOPPED' ? undefined : task.taskDefinitionArn),
      /** A service's tasks that are not STOPPED. */
      service: (task) => (task.lastStatus === 'STOPPED' ? undefined : task.replica?.serviceArn),
      /** Whose an address is, while the task is not STOPPED. */
      address: (task) => (task.lastStatus === 'STOPPED' ? undefined : task.networkInterface?.privateIpv4Address),
      /** DEACTIVATING tasks, whose deadline ends that. */
      draining: (task) => (task.lastStatus === 'DEACTIVATING' ? 'yes' : undefined),
      /** Tasks with targets at load balancers that are not STOPPED. */
      balanced: {
        of: ({ targets, lastStatus }) => (targets === undefined || lastStatus === 'STOPPED' ? undefined : 'yes'),
        same: (before, after) => (before.lastStatus === 'STOPPED') === (after.lastStatus === 'STOPPED'),
      },
      /** STOPPED tasks, to be forgotten an hour later. */
      stopped: (task) => (task.lastStatus === 'STOPPED' ? 'yes' : undefined),
    },
    services: {
      /** Those that are listed: not INACTIVE. */
      cluster: (service) => (service.status === 'INACTIVE' ? undefined : service.clusterArn),
      statistics: {
        of: ({ clusterArn, status, launchType }) => [statusKey(clusterArn, status), statisticKey(clusterArn, status, launchType)],
        same: (before, after) => before.status === after.status && before.launchType === after.launchType,
        amount: () => 1,
      },
      taskDefinition: (service) => [...new Set(service.deployments.map((deployment) => deployment.taskDefinitionArn))],
      /** Cloud Map services under which tasks of it are discovered. */
      registry: ({ deployments }) => [
        ...new Set(deployments.flatMap(({ serviceRegistries = [] }) => serviceRegistries.map(({ registryArn }) => registryArn))),
      ],
      /** Names of Service Connect that lead to it. */
      alias: ({ deployments: [primary] }) =>
        (primary?.serviceConnectConfiguration?.services ?? []).flatMap(({ clientAliases }) =>
          clientAliases.map(({ dnsName }) => dnsName.toLowerCase()),
        ),
      /** Their deployment waits for an answer of a lifecycle hook that is called. */
      callsHooks: ({ status, deployments: [primary] }) =>
        status === 'ACTIVE' && primary?.rolloutState === 'IN_PROGRESS' && primary.lifecycle?.hooks?.some(isCalled)
          ? 'yes'
          : undefined,
      /** INACTIVE ones, to be forgotten an hour later. */
      inactive: (service) => (service.status === 'INACTIVE' ? 'yes' : undefined),
    },
    serviceRevisions: { service: (revision) => revision.serviceArn },
    serviceDeployments: {
      service: (deployment) => deployment.serviceArn,
      watchedByAlarms: (deployment) => (isWatchedByAlarms(deployment) ? 'yes' : undefined),
    },
    taskSets: {
      service: (taskSet) => taskSet.serviceArn,
      taskDefinition: (taskSet) => taskSet.taskDefinitionArn,
    },
    requestTokens: {},
  });

const isCalled = ({ status }: HookState): boolean => status === 'IN_PROGRESS';

/** `arn:…:task-definition/<family>:<revision>`. Asked for every task, so without a regular expression. */
export const familyOfArn = (taskDefinitionArn: string) =>
  taskDefinitionArn.slice(taskDefinitionArn.lastIndexOf('/') + 1, taskDefinitionArn.lastIndexOf(':'));

/** What the instances of a cluster have left. */
export const freeCapacityOf = ({ containerInstances }: Pick<EcsState, 'containerInstances'>, clusterArn: string) =>
  (containerInstances.derived('freeCapacity') as FreeCapacity).of(clusterArn);

/** Where the live tasks of a group are. */
export const placesOfGroup = ({ tasks }: Pick<EcsState, 'tasks'>, clusterArn: string, group: string) =>
  (tasks.derived('groupPlaces') as PlacesOfGroups).of(groupKey(clusterArn, group));

/** Every task of a cluster that is still remembered. */
export function* tasksOf({ tasks }: Pick<EcsState, 'tasks'>, clusterArn: string): Iterable<Task> {
  for (const desired of ['RUNNING', 'STOPPED']) yield* tasks.by('desired', statusKey(clusterArn, desired));
}

export const familyTasksKey = (clusterArn: string, family: string) => `${clusterArn} ${family}`;
/** Deployments have no index under `startedBy`: every task of a service names one, and is found by its service. */
export const isStarter = (startedBy: string) => !startedBy.startsWith('ecs-svc/');
export const startedByKey = (clusterArn: string, startedBy: string) => `${clusterArn} ${startedBy}`;
export const statusKey = (clusterArn: string, status: string) => `${clusterArn} ${status}`;
export const statisticKey = (clusterArn: string, status: string, launchType: string) => `${clusterArn} ${status} ${launchType}`;
export const countKey = (clusterArn: string, count: 'running' | 'pending') => `${clusterArn} ${count}`;
export const familyKey = (scope: { accountId: string; region: string }, family: string) =>
  `${scope.accountId}/${scope.region}/${family}`;
export const groupKey = (clusterArn: string, group: string) => `${clusterArn} ${group}`;
export const autoScalingGroupKey = (scope: { accountId: string; region: string }, name: string) =>
  `${scope.accountId}/${scope.region}/${name}`;
export const accountSettingKey = (setting: { accountId: string; region: string; name: string; principalArn?: string }) =>
  `${setting.accountId}/${setting.region}/${setting.name}/${setting.principalArn ?? ''}`;
export const requestTokenKey = (
  scope: { accountId: string; region: string },
  operation: string,
  clusterArn: string,
  token: string,
) => `${scope.accountId}/${scope.region}/${operation}/${clusterArn}/${token}`;
