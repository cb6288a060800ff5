import type { Instant, Tag } from './common.js';
import type { PlacementConstraint, PlacementStrategy } from './task-definition.js';
import type { AccountId, Region } from '#lib/kernel';
import type { CapacityProviderStrategyItem } from './capacity-providers.js';
import type { LaunchType, NetworkConfiguration } from './task.js';
import type { DeploymentLifecycle, DeploymentStrategy, LifecycleHook, LifecycleStage } from './lifecycle.js';
import type { ClusterArn, ServiceArn, ServiceDeploymentArn, ServiceRevisionArn, TaskDefinitionArn } from './ids.js';

/** Services and what belongs to them. Field names are ECS's wherever ECS has them; all values are immutable. */
export interface CircuitBreaker {
  readonly enable: boolean;
  readonly rollback: boolean;
  /** A task that becomes healthy sets the count of failures back to 0. */
  readonly resetOnHealthyTask: boolean;
  readonly thresholdConfiguration: { readonly type: 'BOUNDED_PERCENT' | 'UNBOUNDED_PERCENT' | 'COUNT'; readonly value: number };
}

export interface DeploymentConfiguration {
  readonly deploymentCircuitBreaker: CircuitBreaker;
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
  readonly strategy: DeploymentStrategy;
  /** As the user gave it. */
  readonly alarms?: DeploymentAlarms;
  readonly bakeTimeInMinutes: number;
  readonly lifecycleHooks?: readonly LifecycleHook[];
  /** Of LINEAR. */
  readonly linearConfiguration?: { readonly stepPercent: number; readonly stepBakeTimeInMinutes: number };
  /** Of CANARY. */
  readonly canaryConfiguration?: { readonly canaryPercent: number; readonly canaryBakeTimeInMinutes: number };
}

/** CloudWatch alarms that watch a deployment. */
export interface DeploymentAlarms {
  readonly alarmNames: readonly string[];
  readonly rollback: boolean;
  readonly enable: boolean;
}

/** What became of them during a roll-out. */
export interface DeploymentAlarmsSeen {
  /** How long they need to tell of what runs: the longest time that one of them evaluates. */
  readonly bakeSeconds: number;
  /** Those that went to ALARM after it had begun. */
  readonly triggeredAlarmNames: readonly string[];
}

/** As ECS gives it back: where the tasks of a service are registered. */
export interface ServiceLoadBalancer {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
  readonly advancedConfiguration?: AdvancedConfiguration;
}

/** As ECS gives it back: the Cloud Map service under which the tasks of a service are discovered, and by which port. */
export interface ServiceRegistry {
  readonly registryArn: string;
  /** Of the task's own address, in SRV records. */
  readonly port?: number;
  /** Whose host port, in SRV records. */
  readonly containerName?: string;
  readonly containerPort?: number;
}

/** Names under which clients reach ports of a service. */
export interface ServiceConnect {
  readonly enabled: boolean;
  /** By its name, or its ARN. */
  readonly namespace?: string;
  readonly services?: readonly ServiceConnectService[];
  /** As they were given: there are no proxies that would log. */
  readonly logConfiguration?: object;
  readonly accessLogConfiguration?: object;
}

export interface ServiceConnectService {
  /** The name of a port mapping. */
  readonly portName: string;
  readonly discoveryName: string;
  readonly clientAliases: readonly ServiceConnectAlias[];
  /** As they were given, for proxies that there are none of. */
  readonly timeout?: object;
  readonly ingressPortOverride?: number;
}

export interface ServiceConnectAlias {
  readonly port: number;
  readonly dnsName: string;
}

/** The second side of a load balancer, and whose weights say which side has the traffic. */
export interface AdvancedConfiguration {
  readonly alternateTargetGroupArn: string;
  /** Of a rule; of a listener, where it has no rules. */
  readonly productionListenerRule: string;
  readonly testListenerRule?: string;
  readonly roleArn?: string;
}

/** In which of its target groups a revision's tasks are: the named one, where nothing is said. */
export type TargetSide = 'alternate';

export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** What its metrics are wanted at. They are measured every 10 s in any case. */
export interface ServiceMonitoring {
  readonly metricConfigurations: readonly { readonly metricNames: readonly string[]; readonly resolutionSeconds: number }[];
}

/** What tasks of a service are placed for, and how well they start: a deployment is one, a task set is one. */
export interface Rollout {
  /** `ecs-svc/<19 digits>`: also the `startedBy` of its tasks. */
  readonly id: string;
  /** The commit of its `DeploymentStarted` or `TaskSetCreated`: who asked for it. */
  readonly startedRevision: number;
  readonly taskDefinitionArn: TaskDefinitionArn;
  /** Of `awsvpc` tasks. */
  readonly networkConfiguration?: NetworkConfiguration;
  /** Where its tasks are registered: `targetsOf`. */
  readonly loadBalancers?: readonly ServiceLoadBalancer[];
  /** Where its tasks are discovered while they run. */
  readonly serviceRegistries?: readonly ServiceRegistry[];
  readonly serviceConnectConfiguration?: ServiceConnect;
  readonly monitoring?: ServiceMonitoring;
  readonly side?: TargetSide;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Failures in a row, as the circuit breaker counts them. */
  readonly failedTasks: number;
  /** Failures in a row of tasks that never reached RUNNING: what throttles. */
  readonly launchFailures: number;
  /** Failures in a row of tasks that ran, but not for long enough to be healthy. */
  readonly earlyExits: number;
  readonly lastFailureAt?: Instant;
  /** How many tasks it ever placed: the attempt of the next one. */
  readonly placedTasks: number;
  /** A task without a health check is healthy when it has been RUNNING for this long. */
  readonly healthyAfterMs: number;
  /** Whether an essential container has a health check: then that says what is healthy. */
  readonly healthChecked: boolean;
}

/** A deployment that still has to do with the service: its PRIMARY one, and ACTIVE ones whose tasks are being replaced. */
export interface Deployment extends Rollout {
  readonly status: 'PRIMARY' | 'ACTIVE';
  readonly serviceRevisionArn: ServiceRevisionArn;
  readonly serviceDeploymentArn: ServiceDeploymentArn;
  readonly rolloutState: RolloutState;
  readonly rolloutStateReason: string;
  /** Absent of a rolling update that only replaces tasks. */
  readonly lifecycle?: DeploymentLifecycle;
}

/** ECS's service action events as far as they can happen here (ecs-semantics §3.9), and how grave they are. */
export const SERVICE_ACTIONS = {
  SERVICE_STEADY_STATE: 'INFO',
  TASKSET_STEADY_STATE: 'INFO',
  TASKS_STARTED: 'INFO',
  TASKS_STOPPED: 'INFO',
  SERVICE_REBALANCING_STARTED: 'INFO',
  SERVICE_REBALANCING_COMPLETED: 'INFO',
  TASKSET_SCALE_IN_FAILURE_BY_TASK_PROTECTION: 'INFO',
  SERVICE_TASK_START_IMPAIRED: 'WARN',
  SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED: 'ERROR',
  SERVICE_TASK_PLACEMENT_FAILURE: 'ERROR',
  SERVICE_TASK_CONFIGURATION_FAILURE: 'ERROR',
} as const;
export type ServiceActionName = keyof typeof SERVICE_ACTIONS;

export interface ServiceMessage {
  readonly id: string;
  readonly createdAt: Instant;
  readonly message: string;
}

export interface Service {
  readonly serviceArn: ServiceArn;
  readonly serviceName: string;
  readonly clusterArn: ClusterArn;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly desiredCount: number;
  /** EXTERNAL: others roll out, by task sets; the service has no deployments. Absent: ECS, the rolling update. */
  readonly deploymentController?: { readonly type: 'EXTERNAL' };
  /** With task sets that of the PRIMARY one, and absent while there is none. */
  readonly taskDefinitionArn?: TaskDefinitionArn;
  readonly launchType: LaunchType;
  /** Its tasks are shared among these; shown instead of the launch type. */
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[];
  /** Fargate's, as it was asked for. */
  readonly platformVersion?: string;
  /** DAEMON: one task on each matching instance; its `desiredCount` is 0 and means nothing. */
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly placementConstraints: readonly PlacementConstraint[];
  readonly placementStrategy: readonly PlacementStrategy[];
  /** Of its PRIMARY deployment; with task sets, they have their own. */
  readonly networkConfiguration?: NetworkConfiguration;
  /** Of its PRIMARY deployment; with task sets, they have their own. */
  readonly loadBalancers?: readonly ServiceLoadBalancer[];
  /** Of its PRIMARY deployment. */
  readonly serviceRegistries?: readonly ServiceRegistry[];
  /** Of its PRIMARY deployment. */
  readonly serviceConnectConfiguration?: ServiceConnect;
  /** Of its PRIMARY deployment. */
  readonly monitoring?: ServiceMonitoring;
  /** As its creation named it; there is nobody here who would have to take it. */
  readonly roleArn?: string;
  readonly healthCheckGracePeriodSeconds?: number;
  readonly enableECSManagedTags: boolean;
  readonly propagateTags: 'NONE' | 'SERVICE' | 'TASK_DEFINITION';
  readonly enableExecuteCommand: boolean;
  readonly availabilityZoneRebalancing: 'ENABLED' | 'DISABLED';
  readonly tags: readonly Tag[];
  readonly createdAt: Instant;
  readonly createdBy: string;
  /** When it became INACTIVE: it is forgotten an hour later. */
  readonly endedAt?: Instant;
  /** sha-256 of the parameters of its creation: the same request again is answered, another is refused. */
  readonly creationDigest: string;
  /** PRIMARY first, then ACTIVE ones from new to old. Empty when INACTIVE, and of a service with task sets. */
  readonly deployments: readonly Deployment[];
  /** The deployment that completed last: what a rollback goes back to. */
  readonly lastCompletedDeploymentId?: string;
  /** Newest first, at most `MAX_SERVICE_MESSAGES`. */
  readonly messages: readonly ServiceMessage[];
  /** The commits that its story is in (evolve/revisions.ts), rising. */
  readonly revisions: readonly number[];
}
export const MAX_SERVICE_MESSAGES = 100;

/** Whether task sets, and not deployments, say what a service runs. */
export const hasTaskSets = ({ deploymentController }: Pick<Service, 'deploymentController'>): boolean =>
  deploymentController?.type === 'EXTERNAL';

/** What of a service is written by its creation and its updates. */
export type ServiceSettings = Pick<
  Service,
  | 'desiredCount'
  | 'deploymentConfiguration'
  | 'placementConstraints'
  | 'placementStrategy'
  | 'launchType'
  | 'capacityProviderStrategy'
  | 'platformVersion'
  | 'networkConfiguration'
  | 'loadBalancers'
  | 'serviceRegistries'
  | 'serviceConnectConfiguration'
  | 'monitoring'
  | 'healthCheckGracePeriodSeconds'
  | 'enableECSManagedTags'
  | 'propagateTags'
  | 'enableExecuteCommand'
  | 'availabilityZoneRebalancing'
>;

/** The workload's configuration that a deployment rolls out; never changed. */
export interface ServiceRevision {
  readonly serviceRevisionArn: ServiceRevisionArn;
  readonly serviceArn: ServiceArn;
  readonly clusterArn: ClusterArn;
  readonly taskDefinitionArn: TaskDefinitionArn;
  readonly networkConfiguration?: NetworkConfiguration;
  readonly loadBalancers?: readonly ServiceLoadBalancer[];
  readonly serviceRegistries?: readonly ServiceRegistry[];
  readonly serviceConnectConfiguration?: ServiceConnect;
  readonly monitoring?: ServiceMonitoring;
  readonly side?: TargetSide;
  readonly launchType: LaunchType;
  readonly createdAt: Instant;
}

/** The target groups that tasks of a revision are registered in. */
export const targetsOf = ({ loadBalancers = [], side }: Pick<Rollout, 'loadBalancers' | 'side'>) =>
  loadBalancers.map(({ advancedConfiguration: advanced, targetGroupArn: named, containerName, containerPort }) => ({
    targetGroupArn: side === 'alternate' && advanced ? advanced.alternateTargetGroupArn : named,
    containerName,
    containerPort,
  }));

/** One roll-out with its history, a rollback included. */
export interface ServiceDeployment {
  readonly serviceDeploymentArn: ServiceDeploymentArn;
  readonly serviceArn: ServiceArn;
  readonly clusterArn: ClusterArn;
  readonly status: 'IN_PROGRESS' | 'SUCCESSFUL' | 'STOPPED' | 'ROLLBACK_IN_PROGRESS' | 'ROLLBACK_SUCCESSFUL' | 'ROLLBACK_FAILED';
  readonly statusReason?: string;
  readonly sourceServiceRevisionArns: readonly ServiceRevisionArn[];
  readonly targetServiceRevisionArn: ServiceRevisionArn;
  readonly createdAt: Instant;
  readonly startedAt: Instant;
  readonly updatedAt: Instant;
  readonly finishedAt?: Instant;
  readonly stoppedAt?: Instant;
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly lifecycleStage?: LifecycleStage;
  readonly alarms?: DeploymentAlarmsSeen;
  /** Its failures when the circuit breaker or the user ended it; while it goes on, its deployment counts them. */
  readonly failedTasks?: number;
  readonly rollback?: {
    readonly reason: string;
    readonly startedAt: Instant;
    readonly serviceRevisionArn: ServiceRevisionArn;
  };
}

/** Alarms can end it: neither a rollback, which they may have led to, nor what is over. */
export const isWatchedByAlarms = ({ status, deploymentConfiguration }: ServiceDeployment): boolean =>
  status === 'IN_PROGRESS' && deploymentConfiguration.alarms?.enable === true;
