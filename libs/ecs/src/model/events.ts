import { type AccountId, currentVersion, type EventRecord, type Upcasts } from '#lib/kernel';
import type { AccessKey, AccountSetting, HostAccess } from './accounts.js';
import type { Attribute, Instant, Resources, Tag } from './common.js';
import type { AutoScalingGroupProvider, CapacityProvider } from './capacity-providers.js';
import type { Cluster } from './cluster.js';
import type { IamInstanceProfile, IamOidcProvider, IamPolicy, IamRole } from './iam.js';
import type {
  Container,
  HealthStatus,
  NetworkInterface,
  StopCode,
  TargetKey,
  Task,
  TaskStatus,
  TaskTarget,
  WaitingRequest,
} from './task.js';
import type { ContainerInstance, ContainerInstanceStatus } from './container-instance.js';
import type { PlacementConstraint, TaskDefinition } from './task-definition.js';
import type {
  CapacityProviderArn,
  ClusterArn,
  ContainerInstanceArn,
  ServiceArn,
  ServiceDeploymentArn,
  ServiceRevisionArn,
  TaskArn,
  TaskDefinitionArn,
  TaskSetArn,
} from './ids.js';
import type { DeploymentLifecycle, HookState, LifecycleStage, TrafficShares } from './lifecycle.js';
import type { DeploymentAlarmsSeen, Service, ServiceActionName, ServiceSettings, TargetSide } from './services.js';
import type { Scale, StabilityStatus, TaskSet } from './task-sets.js';

/**
 * Every event of the `ecs` journal: type → data of its current version. Facts, past tense, entity first. A shape here is for
 * ever: change it by a new version and an upcast, never in place (docs/how-to/add-an-event.md).
 */
export interface EcsEvents {
  AccountCreated: { readonly accountId: AccountId; readonly administrator: boolean };
  AccessKeyCreated: Omit<AccessKey, 'createdAt'>;
  AccountHostAccessChanged: { readonly accountId: AccountId; readonly hostAccess: HostAccess };
  AccessKeyDeleted: { readonly accessKeyId: string };
  AccountSettingPut: AccountSetting;
  AccountSettingDeleted: Omit<AccountSetting, 'value'>;

  ClusterCreated: Omit<Cluster, 'createdAt' | 'status' | 'deletedAt'>;
  /** The members present replace those of the cluster. */
  IamRoleCreated: IamRole;
  /** The whole of it as it is now. */
  IamRoleChanged: IamRole;
  IamRoleDeleted: Pick<IamRole, 'accountId' | 'roleName'>;
  IamPolicyCreated: IamPolicy;
  /** The whole of it as it is now. */
  IamPolicyChanged: IamPolicy;
  IamPolicyDeleted: Pick<IamPolicy, 'arn'>;
  IamInstanceProfileCreated: IamInstanceProfile;
  /** The whole of it as it is now. */
  IamInstanceProfileChanged: IamInstanceProfile;
  IamInstanceProfileDeleted: Pick<IamInstanceProfile, 'accountId' | 'instanceProfileName'>;
  IamOidcProviderCreated: IamOidcProvider;
  /** The whole of it as it is now. */
  IamOidcProviderChanged: IamOidcProvider;
  IamOidcProviderDeleted: Pick<IamOidcProvider, 'arn'>;

  ClusterUpdated: { readonly clusterArn: ClusterArn } & Partial<
    Pick<
      Cluster,
      'settings' | 'configuration' | 'serviceConnectDefaults' | 'capacityProviders' | 'defaultCapacityProviderStrategy'
    >
  >;
  ClusterDeleted: { readonly clusterArn: ClusterArn };

  CapacityProviderCreated: Omit<CapacityProvider, 'createdAt' | 'status' | 'updateStatus' | 'deletedAt'>;
  /** The whole of it as it is now. */
  CapacityProviderUpdated: {
    readonly capacityProviderArn: CapacityProviderArn;
    readonly autoScalingGroupProvider: AutoScalingGroupProvider;
  };
  /** INACTIVE; the live fold forgets it an hour later. */
  CapacityProviderDeleted: { readonly capacityProviderArn: CapacityProviderArn };
  CapacityProviderForgotten: { readonly capacityProviderArn: CapacityProviderArn };

  TaskDefinitionRegistered: Omit<TaskDefinition, 'registeredAt' | 'status' | 'deregisteredAt' | 'deleteRequestedAt'>;
  TaskDefinitionDeregistered: { readonly taskDefinitionArn: TaskDefinitionArn };
  /** DELETE_IN_PROGRESS; `TaskDefinitionDeleted` follows when no task uses it any more. */
  TaskDefinitionDeletionRequested: { readonly taskDefinitionArn: TaskDefinitionArn };
  TaskDefinitionDeleted: { readonly taskDefinitionArn: TaskDefinitionArn };

  /** A new instance, or one that registers again under its ARN (then resources, attributes and versions are replaced). */
  ContainerInstanceRegistered: Pick<
    ContainerInstance,
    | 'containerInstanceArn'
    | 'instanceId'
    | 'clusterArn'
    | 'accountId'
    | 'region'
    | 'ec2InstanceId'
    | 'versionInfo'
    | 'registered'
    | 'attributes'
    | 'tags'
    | 'withoutAgent'
  >;
  ContainerInstanceStatusChanged: {
    readonly containerInstanceArn: ContainerInstanceArn;
    readonly status: ContainerInstanceStatus;
    readonly reason?: string;
  };
  ContainerInstanceDeregistered: { readonly containerInstanceArn: ContainerInstanceArn; readonly force: boolean };
  /** The live fold forgets an instance an hour after it became INACTIVE, and a cluster likewise; the journal does not. One that registers again is new: its version begins at 1. */
  ContainerInstanceForgotten: { readonly containerInstanceArn: ContainerInstanceArn };
  ClusterForgotten: { readonly clusterArn: ClusterArn };
  ContainerInstanceAgentConnected: { readonly containerInstanceArn: ContainerInstanceArn };
  ContainerInstanceAgentDisconnected: { readonly containerInstanceArn: ContainerInstanceArn };
  /** Custom attributes put (or replaced, by name) on instances. */
  AttributesPut: { readonly containerInstanceArn: ContainerInstanceArn; readonly attributes: readonly Attribute[] };
  AttributesDeleted: { readonly containerInstanceArn: ContainerInstanceArn; readonly names: readonly string[] };

  /** Placed and, unless it was accepted before, created in one step: PENDING (or PROVISIONING) on its instance, whose resources it holds from now on. */
  TaskPlaced: Omit<
    Task,
    | 'createdAt'
    | 'lastStatus'
    | 'desiredStatus'
    | 'version'
    | 'healthStatus'
    | 'reportSequence'
    | 'revisions'
    | 'pullStartedAt'
    | 'pullStoppedAt'
    | 'startedAt'
    | 'firstHealthyAt'
    | 'stoppingAt'
    | 'executionStoppedAt'
    | 'stoppedAt'
    | 'runningSince'
    | 'endingSince'
    | 'endedSince'
    | 'stopCode'
    | 'stoppedReason'
    | 'connectivity'
    | 'connectivityAt'
    | 'drainDeadlineAt'
    | 'protectedUntil'
    | 'networkInterface'
    | 'waits'
  > & {
    /** It waits for its network interface. */
    readonly lastStatus?: 'PROVISIONING';
    readonly ordinal: number;
    /** Key of the remembered clientToken, if the caller gave one. */
    readonly requestTokenKey?: string;
    /** The request's own (a service's and a task definition's are in the state), so that its placement can be explained. */
    readonly placementConstraints?: readonly PlacementConstraint[];
  };
  /** Of RunTask on a capacity provider with managed scaling, when nothing had room: PROVISIONING until `TaskPlaced` gives it an instance. */
  TaskAccepted: Omit<EcsEvents['TaskPlaced'], 'containerInstanceArn' | 'lastStatus' | 'placementConstraints'> & {
    readonly waits: WaitingRequest;
  };
  /** desiredStatus → STOPPED. */
  TaskStopRequested: { readonly taskArn: TaskArn; readonly stopCode: StopCode; readonly reason: string };
  /** One step of `lastStatus`, in order; the steps of a cumulative report are several of these. */
  TaskStatusChanged: {
    readonly taskArn: TaskArn;
    readonly from: TaskStatus;
    readonly to: TaskStatus;
    /** When the agent says it happened; the commit's time otherwise. */
    readonly at?: Instant;
    /** The commit's time is kept beside it. */
    readonly timed?: true;
    /** With STOPPING/STOPPED when nobody asked for it: why. */
    readonly stopCode?: StopCode;
    readonly reason?: string;
    /** With DEACTIVATING: when it ends at the latest. */
    readonly drainDeadlineAt?: Instant;
  };
  /** What the load balancer did with its targets, and what their health checks say. */
  TaskTargetsChanged: { readonly taskArn: TaskArn; readonly targets: readonly TargetChange[] };
  /** What the agent observed of containers and times; changed containers whole. */
  TaskContainersChanged: {
    readonly taskArn: TaskArn;
    readonly containers: readonly ContainerChange[];
    readonly pullStartedAt?: Instant;
    readonly pullStoppedAt?: Instant;
    readonly executionStoppedAt?: Instant;
    readonly healthStatus?: HealthStatus;
  };
  /** The network gave a task in `awsvpc` mode its interface. */
  TaskNetworkInterfaceAttached: { readonly taskArn: TaskArn; readonly networkInterface: NetworkInterface };
  /** Which report of the agent the preceding events of this transaction came from. */
  TaskReportRecorded: { readonly taskArn: TaskArn; readonly sequence: number };
  /** Of a service's task; without `until` it is protected no more. That `until` passes is no event: time tells. */
  TaskProtectionChanged: { readonly taskArn: TaskArn; readonly until?: Instant };
  /** The live fold forgets a stopped task an hour after it stopped; the journal does not. */
  TaskForgotten: { readonly taskArn: TaskArn };

  /** ACTIVE; its first `DeploymentStarted` follows in the same transaction, unless its deployment controller is EXTERNAL. */
  ServiceCreated: ServiceSettings &
    Pick<
      Service,
      | 'serviceArn'
      | 'serviceName'
      | 'clusterArn'
      | 'accountId'
      | 'region'
      | 'deploymentController'
      | 'taskDefinitionArn'
      | 'schedulingStrategy'
      | 'roleArn'
      | 'tags'
      | 'createdBy'
      | 'creationDigest'
    >;
  /** The members present replace those of the service. */
  ServiceUpdated: { readonly serviceArn: ServiceArn } & Partial<ServiceSettings>;
  /** DRAINING: its tasks are stopped, then it becomes INACTIVE. */
  ServiceDeleted: { readonly serviceArn: ServiceArn };
  ServiceDrained: { readonly serviceArn: ServiceArn };
  /** The live fold forgets an INACTIVE service an hour later. */
  ServiceForgotten: { readonly serviceArn: ServiceArn };
  /** A line of the service's `events[]`, in ECS's words. */
  ServiceMessageAdded: {
    readonly serviceArn: ServiceArn;
    readonly id: string;
    readonly message: string;
    /** The service action event that says the same. */
    readonly action?: {
      readonly eventName: ServiceActionName;
      /** Its reason's code. */
      readonly reason?: string;
      /** Of what it speaks, where that is not the whole service. */
      readonly taskSetArns?: readonly TaskSetArn[];
    };
  };
  /** The new PRIMARY deployment; the one before becomes ACTIVE and its tasks are replaced. */
  DeploymentStarted: {
    readonly serviceArn: ServiceArn;
    readonly deploymentId: string;
    readonly taskDefinitionArn: TaskDefinitionArn;
    readonly serviceRevisionArn: ServiceRevisionArn;
    readonly serviceDeploymentArn: ServiceDeploymentArn;
    readonly healthyAfterMs: number;
    readonly side?: TargetSide;
    /** Of one that moves traffic: its first stage. */
    readonly lifecycle?: Pick<DeploymentLifecycle, 'strategy' | 'stage' | 'sourceId' | 'shares'>;
  };
  /** `shares`: of traffic, wanted from now on; absent where they stay as they are. */
  DeploymentStageReached: {
    readonly serviceArn: ServiceArn;
    readonly deploymentId: string;
    readonly stage: LifecycleStage;
    readonly shares?: TrafficShares;
  };
  /** The load balancer moved the traffic so; with a reason it could not. */
  DeploymentTrafficTold: {
    readonly serviceArn: ServiceArn;
    readonly deploymentId: string;
    readonly shares: TrafficShares;
    readonly reason?: string;
  };
  /** The autoscaler has looked at the alarms of a roll-out. */
  DeploymentAlarmsSeen: {
    readonly serviceArn: ServiceArn;
    readonly serviceDeploymentArn: ServiceDeploymentArn;
  } & DeploymentAlarmsSeen;
  /** The stage's work is done, and its hooks are due. */
  DeploymentHooksStarted: {
    readonly serviceArn: ServiceArn;
    readonly deploymentId: string;
    readonly hooks: readonly Omit<HookState, 'startedAt'>[];
  };
  /** What one of them answered, or what was made of its silence. */
  DeploymentHookChanged: {
    readonly serviceArn: ServiceArn;
    readonly deploymentId: string;
    readonly hookId: string;
  } & Pick<HookState, 'status' | 'nextCallAt' | 'hookDetails' | 'reason'>;
  DeploymentCompleted: { readonly serviceArn: ServiceArn; readonly deploymentId: string };
  /** By the circuit breaker. No task of it is started any more. */
  DeploymentFailed: { readonly serviceArn: ServiceArn; readonly deploymentId: string; readonly reason: string };
  /** `toDeploymentId`, which completed before, is PRIMARY again. */
  DeploymentRolledBack: {
    readonly serviceArn: ServiceArn;
    readonly deploymentId: string;
    readonly toDeploymentId: string;
    readonly reason: string;
  };
  /** A task of it (a deployment, or a task set) became healthy after the last failure: the counts of failures begin anew. */
  DeploymentFailuresReset: { readonly serviceArn: ServiceArn; readonly deploymentId: string };
  /** No task of it is left: it leaves the service's list. */
  DeploymentEnded: { readonly serviceArn: ServiceArn; readonly deploymentId: string };

  /** ACTIVE and STABILIZING. */
  TaskSetCreated: Pick<
    TaskSet,
    | 'taskSetArn'
    | 'id'
    | 'serviceArn'
    | 'clusterArn'
    | 'accountId'
    | 'region'
    | 'taskDefinitionArn'
    | 'launchType'
    | 'networkConfiguration'
    | 'loadBalancers'
    | 'scale'
    | 'externalId'
    | 'creation'
    | 'healthyAfterMs'
    | 'tags'
  >;
  TaskSetScaled: { readonly serviceArn: ServiceArn; readonly taskSetArn: TaskSetArn; readonly scale: Scale };
  /** PRIMARY: the service shows its task definition and launch type. The one before becomes ACTIVE. */
  TaskSetPromoted: { readonly serviceArn: ServiceArn; readonly taskSetArn: TaskSetArn };
  TaskSetStabilityChanged: {
    readonly serviceArn: ServiceArn;
    readonly taskSetArn: TaskSetArn;
    readonly stabilityStatus: StabilityStatus;
  };
  /** DRAINING and scaled to 0; `TaskSetDrained` follows when no task of it is left. */
  TaskSetDeleted: { readonly serviceArn: ServiceArn; readonly taskSetArn: TaskSetArn };
  /** Forgotten by the live fold. */
  TaskSetDrained: { readonly serviceArn: ServiceArn; readonly taskSetArn: TaskSetArn };

  RequestTokenRecorded: { readonly key: string; readonly digest: string; readonly operation: string };
  RequestTokenForgotten: { readonly key: string };

  ResourceTagged: { readonly resourceArn: string; readonly tags: readonly Tag[] };
  ResourceUntagged: { readonly resourceArn: string; readonly tagKeys: readonly string[] };
}

export type ContainerChange = { readonly name: string } & Partial<
  Pick<
    Container,
    'lastStatus' | 'exitCode' | 'reason' | 'runtimeId' | 'imageDigest' | 'networkBindings' | 'healthStatus' | 'restartCount'
  >
>;

/** A `reason` that is absent is over. */
export type TargetChange = TargetKey & Omit<TaskTarget, keyof TargetKey>;

export type EcsEventType = keyof EcsEvents;

/** A typed event record. */
export interface EcsEvent<T extends EcsEventType = EcsEventType> extends EventRecord {
  readonly type: T;
  readonly data: EcsEvents[T];
}

/** What older versions of events look like now. */
export const ecsUpcasts: Upcasts<EcsEvents> = {
  ServiceMessageAdded: [
    // Until December 2026 the members of the action stood beside the message.
    ({
      eventName,
      reason,
      taskSetArns,
      ...message
    }: Omit<EcsEvents['ServiceMessageAdded'], 'action'> &
      Partial<NonNullable<EcsEvents['ServiceMessageAdded']['action']>>): EcsEvents['ServiceMessageAdded'] =>
      eventName ? { ...message, action: { eventName, reason, taskSetArns } } : message,
  ],
};

/** Makes an event of the current version. */
export const event = <T extends EcsEventType>(type: T, data: EcsEvents[T]): EcsEvent<T> => ({
  type,
  v: currentVersion(ecsUpcasts, type),
  data,
});

export type { Resources };
