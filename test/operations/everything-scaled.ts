import { alarmCommands, alarmQueries } from '../../apps/autoscaler/src/domain/alarms.js';
import { dashboardCommands, dashboardQueries } from '../../apps/autoscaler/src/domain/dashboards.js';
import { groupTagCommands, groupTagQueries } from '../../apps/autoscaler/src/domain/groups/group-tags.js';
import { groupCommands, groupQueries } from '../../apps/autoscaler/src/domain/groups/groups.js';
import {
  launchConfigurationCommands,
  launchConfigurationQueries,
} from '../../apps/autoscaler/src/domain/groups/launch-configurations.js';
import { lifecycleHookCommands, lifecycleHookQueries } from '../../apps/autoscaler/src/domain/groups/lifecycle-hooks.js';
import { processCommands, processQueries } from '../../apps/autoscaler/src/domain/groups/processes.js';
import { groupScheduleCommands, groupScheduleQueries } from '../../apps/autoscaler/src/domain/groups/scheduled-actions.js';
import { groupPolicyCommands, groupPolicyQueries } from '../../apps/autoscaler/src/domain/groups/policies.js';
import { activityQueries } from '../../apps/autoscaler/src/domain/targets/activities.js';
import { policyCommands, policyQueries } from '../../apps/autoscaler/src/domain/targets/policies.js';
import { scheduleCommands, scheduleQueries } from '../../apps/autoscaler/src/domain/targets/scheduled-actions.js';
import { targetCommands, targetQueries } from '../../apps/autoscaler/src/domain/targets/targets.js';
import { GroupInstances } from '../../apps/autoscaler/src/groups/group-instances.js';
import { MemoryMetricStore } from '../../apps/autoscaler/src/metrics/memory-metric-store.js';
import { MetricsApi } from '../../apps/autoscaler/src/metrics/metrics-api.js';
import { ServiceCatalog } from '#lib/aws-api';
import { createEcsStore } from '#lib/ecs/model';
import type { Rejection } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { StructureShape } from '../../libs/aws-api/src/model.js';
import { CPU_ALARM, MATH_ALARM, ScalingWorld, TARGET } from '../support/scaling-world.js';

type Input = Readonly<Record<string, unknown>>;
type Outcome = { readonly rejection: Rejection } | { readonly output: unknown };

const catalog = new ServiceCatalog();

/** The domain's rules by service, and the operations that have rules of another name. */
const RULES: Readonly<Record<string, { readonly rules: object; readonly named?: Readonly<Record<string, string>> }>> = {
  monitoring: { rules: { ...alarmCommands, ...alarmQueries, ...dashboardCommands, ...dashboardQueries } },
  'application-autoscaling': {
    rules: {
      ...targetCommands,
      ...targetQueries,
      ...policyCommands,
      ...policyQueries,
      ...scheduleCommands,
      ...scheduleQueries,
      ...activityQueries,
    },
    named: {
      TagResource: 'TagScalableTarget',
      UntagResource: 'UntagScalableTarget',
      ListTagsForResource: 'ListTagsOfScalableTarget',
    },
  },
  autoscaling: {
    rules: {
      ...groupCommands,
      ...groupQueries,
      ...groupTagCommands,
      ...groupTagQueries,
      ...launchConfigurationCommands,
      ...launchConfigurationQueries,
      ...groupPolicyCommands,
      ...groupPolicyQueries,
      ...groupScheduleCommands,
      ...groupScheduleQueries,
      ...lifecycleHookCommands,
      ...lifecycleHookQueries,
      ...processCommands,
      ...processQueries,
    },
    named: {
      DeleteScheduledAction: 'DeleteScheduledActionOfGroup',
      DescribeScheduledActions: 'DescribeScheduledActionsOfGroups',
      PutScalingPolicy: 'PutPolicyOfGroup',
      DescribeTags: 'DescribeTagsOfGroups',
      DescribeScalingActivities: 'DescribeActivitiesOfGroups',
    },
  },
};

/** What is no rule of the domain. */
const METRICS = {
  PutMetricData: 'checkedPut',
  GetMetricStatistics: 'getMetricStatistics',
  GetMetricData: 'getMetricData',
  ListMetrics: 'listMetrics',
} as const;
const ASKED = ['DescribeAutoScalingInstances'];

const INSTANCE_ID = 'i-0123456789abcdef0';
const OTHER = { ...TARGET, ResourceId: 'service/default/other' };
const METRIC = { Namespace: 'app', MetricName: 'Load' };
const STEPS = { AdjustmentType: 'ChangeInCapacity', StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }] };
const LAUNCH = { LaunchTemplateName: 'host', Version: '1' };
const WARM = { LifecycleHookName: 'warm', LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' };
const SIZES = { MinSize: 0, MaxSize: 2, AvailabilityZones: ['us-east-1a'] };

/** One of everything that CloudWatch, Application Auto Scaling and Auto Scaling have here, so that every operation finds what it is about. */
export class EverythingScaled extends ScalingWorld {
  /** Service → operation → inputs that are done, of each kind one. */
  readonly sound: Readonly<Record<string, Readonly<Record<string, readonly Input[]>>>>;
  private readonly metrics = new MetricsApi(new MemoryMetricStore(), { now: () => this.now } as never, async () => undefined);
  private readonly instances = new GroupInstances(
    undefined as never,
    { state: this.state, nowMs: () => this.now },
    { state: createEcsStore().state },
    undefined as never,
  );

  constructor() {
    super();
    const cpu = this.alarm('cpu');
    const unused = this.alarm('unused');
    const alarmArn = `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${cpu}`;
    this.ok('PutDashboard', { DashboardName: 'hosts', DashboardBody: '{"widgets":[]}' });
    const { ScalableTargetARN } = this.target();
    this.ok('PutScalingPolicy', { ...TARGET, PolicyName: 'steps', StepScalingPolicyConfiguration: STEPS });
    const night = { ...TARGET, ScheduledActionName: 'night', Schedule: 'cron(0 22 * * ? *)' };
    this.ok('PutScheduledAction', { ...night, ScalableTargetAction: { MinCapacity: 1 } });
    const group = { AutoScalingGroupName: 'hosts' };
    const configuration = { ImageId: 'ami-1', InstanceType: 't3.micro', UserData: 'IyEvYmluL3No' };
    for (const LaunchConfigurationName of ['used', 'unused'])
      this.ok('CreateLaunchConfiguration', { LaunchConfigurationName, ...configuration });
    const tag = { ResourceId: 'hosts', ResourceType: 'auto-scaling-group', Key: 'a', Value: 'b', PropagateAtLaunch: true };
    this.ok('CreateAutoScalingGroup', { ...group, ...SIZES, LaunchTemplate: LAUNCH, Tags: [tag] });
    const policy = { ...group, PolicyName: 'more', AdjustmentType: 'ChangeInCapacity' };
    const steps = { ...policy, PolicyName: 'steps', PolicyType: 'StepScaling', StepAdjustments: STEPS.StepAdjustments };
    this.ok('PutPolicyOfGroup', { ...policy, ScalingAdjustment: 1 });
    this.ok('PutPolicyOfGroup', steps);
    const trackingOf = (TargetTrackingConfiguration: object) => ({
      ...group,
      PolicyName: 'tracking',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingConfiguration,
    });
    const range = { StartTime: new Date(this.now - 300_000).toISOString(), EndTime: new Date(this.now).toISOString() };
    const query = { Id: 'm1', MetricStat: { Metric: METRIC, Period: 60, Stat: 'Sum' } };
    const ecs = { ServiceNamespace: 'ecs' };
    const tracking = (TargetTrackingScalingPolicyConfiguration: object) => ({
      ...TARGET,
      PolicyName: 'tracking',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration,
    });
    const tracked = { Id: 'm1', MetricStat: { Metric: METRIC, Stat: 'Sum' } };
    const nightly = { ScheduledActionName: 'night', Recurrence: '0 20 * * *', MinSize: 0 };
    this.ok('PutScheduledUpdateGroupAction', { ...group, ...nightly });
    this.ok('PutLifecycleHook', { ...group, ...WARM });
    const held = this.heldInstance();
    const soon = { StartTime: new Date(this.now + 300_000).toISOString(), EndTime: new Date(this.now + 600_000).toISOString() };
    const created = { AutoScalingGroupName: 'new', ...SIZES };
    this.sound = {
      monitoring: {
        DeleteAlarms: [{ AlarmNames: [unused] }],
        DeleteDashboards: [{ DashboardNames: ['hosts'] }],
        DescribeAlarmHistory: [{ AlarmName: cpu }],
        DescribeAlarms: [{}, { ParentsOfAlarmName: cpu }],
        DescribeAlarmsForMetric: [METRIC],
        DisableAlarmActions: [{ AlarmNames: [cpu] }],
        EnableAlarmActions: [{ AlarmNames: [cpu] }],
        GetDashboard: [{ DashboardName: 'hosts' }],
        GetMetricData: [
          { ...range, MetricDataQueries: [query] },
          { ...range, MetricDataQueries: [{ Id: 'e1', Expression: "SEARCH('{app} Load', 'Sum', 60)" }] },
        ],
        GetMetricStatistics: [
          { ...METRIC, ...range, Period: 60, Statistics: ['Sum'] },
          { ...METRIC, ...range, Period: 60, ExtendedStatistics: ['p99'] },
        ],
        ListDashboards: [{}],
        ListMetrics: [{}],
        ListTagsForResource: [{ ResourceARN: alarmArn }],
        PutCompositeAlarm: [{ AlarmName: 'either', AlarmRule: `ALARM("${cpu}") OR ALARM("${unused}")` }],
        PutDashboard: [{ DashboardName: 'new', DashboardBody: '{"widgets":[]}' }],
        PutMetricAlarm: [
          { AlarmName: 'new', ...CPU_ALARM },
          { AlarmName: 'math', ...MATH_ALARM, Metrics: [query] },
        ],
        PutMetricData: [
          { Namespace: 'app', MetricData: [{ MetricName: 'Load', Value: 1 }] },
          { Namespace: 'app', MetricData: [{ MetricName: 'Load', Values: [1, 2], Counts: [1, 1] }] },
          {
            Namespace: 'app',
            MetricData: [{ MetricName: 'Load', StatisticValues: { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 } }],
          },
        ],
        SetAlarmState: [{ AlarmName: cpu, StateValue: 'ALARM', StateReason: 'a test', StateReasonData: '{}' }],
        TagResource: [{ ResourceARN: alarmArn, Tags: [{ Key: 'a', Value: 'b' }] }],
        UntagResource: [{ ResourceARN: alarmArn, TagKeys: ['a'] }],
      },
      'application-autoscaling': {
        DeleteScalingPolicy: [{ ...TARGET, PolicyName: 'steps' }],
        DeleteScheduledAction: [{ ...TARGET, ScheduledActionName: 'night' }],
        DeregisterScalableTarget: [TARGET],
        DescribeScalableTargets: [ecs],
        DescribeScalingActivities: [ecs],
        DescribeScalingPolicies: [ecs],
        DescribeScheduledActions: [ecs],
        ListTagsForResource: [{ ResourceARN: ScalableTargetARN }],
        PutScalingPolicy: [
          { ...TARGET, PolicyName: 'more', PolicyType: 'StepScaling', StepScalingPolicyConfiguration: STEPS },
          tracking({
            TargetValue: 50,
            PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
          }),
          tracking({ TargetValue: 50, CustomizedMetricSpecification: { ...METRIC, Statistic: 'Average' } }),
          tracking({ TargetValue: 50, CustomizedMetricSpecification: { Metrics: [tracked] } }),
        ],
        PutScheduledAction: [
          { ...night, ScheduledActionName: 'new', ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 2 } },
          { ...night, ...range, Timezone: 'Europe/Berlin' },
        ],
        RegisterScalableTarget: [{ ...OTHER, MinCapacity: 1, MaxCapacity: 2 }, TARGET],
        TagResource: [{ ResourceARN: ScalableTargetARN, Tags: { a: 'b' } }],
        UntagResource: [{ ResourceARN: ScalableTargetARN, TagKeys: ['a'] }],
      },
      autoscaling: {
        CreateAutoScalingGroup: [
          { ...created, LaunchTemplate: LAUNCH },
          { ...created, LaunchConfigurationName: 'used' },
          { ...created, MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: LAUNCH } } },
        ],
        CreateLaunchConfiguration: [{ LaunchConfigurationName: 'new', ...configuration }],
        CreateOrUpdateTags: [{ Tags: [tag] }],
        DeleteAutoScalingGroup: [group],
        DeleteLaunchConfiguration: [{ LaunchConfigurationName: 'unused' }],
        DeletePolicy: [{ ...group, PolicyName: 'more' }],
        DeleteTags: [{ Tags: [tag] }],
        DescribeAutoScalingGroups: [{}, { Filters: [{ Name: 'tag-key', Values: ['a'] }] }],
        DescribeAutoScalingInstances: [{}],
        DescribeLaunchConfigurations: [{}],
        DescribePolicies: [{}, group],
        DescribeScalingActivities: [{}, group],
        DescribeTags: [{}, { Filters: [{ Name: 'key', Values: ['a'] }] }],
        ExecutePolicy: [
          { ...group, PolicyName: 'more' },
          { ...group, PolicyName: 'steps', MetricValue: 60, BreachThreshold: 50 },
        ],
        PutScalingPolicy: [
          { ...policy, ScalingAdjustment: 2 },
          { ...steps, EstimatedInstanceWarmup: 60 },
          trackingOf({ TargetValue: 50, CustomizedMetricSpecification: { ...METRIC, Statistic: 'Average' } }),
          trackingOf({ TargetValue: 50, CustomizedMetricSpecification: { Metrics: [tracked] } }),
        ],
        BatchDeleteScheduledAction: [{ ...group, ScheduledActionNames: ['night'] }],
        BatchPutScheduledUpdateGroupAction: [{ ...group, ScheduledUpdateGroupActions: [nightly] }],
        CompleteLifecycleAction: [{ ...held, LifecycleActionResult: 'CONTINUE' }],
        DeleteLifecycleHook: [{ ...group, LifecycleHookName: 'warm' }],
        DeleteScheduledAction: [{ ...group, ScheduledActionName: 'night' }],
        DescribeLifecycleHooks: [group],
        DescribeLifecycleHookTypes: [{}],
        DescribeScalingProcessTypes: [{}],
        DescribeScheduledActions: [{}, group],
        PutLifecycleHook: [
          { ...group, LifecycleHookName: 'new', LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING' },
          { ...group, LifecycleHookName: 'warm', HeartbeatTimeout: 60, DefaultResult: 'CONTINUE' },
        ],
        PutScheduledUpdateGroupAction: [
          { ...group, ...nightly },
          { ...group, ...nightly, ...soon, TimeZone: 'Europe/Berlin' },
        ],
        RecordLifecycleActionHeartbeat: [held],
        ResumeProcesses: [group, { ...group, ScalingProcesses: ['Launch'] }],
        SuspendProcesses: [group, { ...group, ScalingProcesses: ['Launch'] }],
        DisableMetricsCollection: [group],
        EnableMetricsCollection: [{ ...group, Granularity: '1Minute' }],
        SetDesiredCapacity: [{ ...group, DesiredCapacity: 1 }],
        TerminateInstanceInAutoScalingGroup: [{ InstanceId: INSTANCE_ID, ShouldDecrementDesiredCapacity: false }],
        UpdateAutoScalingGroup: [{ ...group, MaxSize: 3 }],
      },
    };
  }

  /** One that waits for a lifecycle hook. */
  private heldInstance() {
    const group = { AutoScalingGroupName: 'holding' };
    const id = { accountId: '000000000000', region: 'us-east-1', name: 'holding' };
    this.ok('CreateAutoScalingGroup', { ...group, ...SIZES, LaunchTemplate: LAUNCH, LifecycleHookSpecificationList: [WARM] });
    this.ok('LaunchGroupInstances', { launches: [{ ...id, count: 1, owned: 0, cause: 'one is missing.' }] });
    const [instance] = [...this.state.autoScalingGroups.values()].flatMap(({ instances }) => instances);
    this.ok('RecordGroupInstances', { outcomes: [{ ...id, instanceId: instance!.id, outcome: 'launched' }] });
    return { ...group, LifecycleHookName: WARM.LifecycleHookName, InstanceId: `i-${instance!.id.slice(0, 17)}` };
  }

  /** What the app serves, with each of the sound inputs: a new operation is tested as soon as it has a rule. */
  static situations(service: string): readonly (readonly [operation: string, index: number])[] {
    const world = new EverythingScaled();
    return world
      .operationsOf(service)
      .flatMap((operation) => (world.sound[service]![operation] ?? [{}]).map((_, index) => [operation, index] as const));
  }

  private operationsOf(service: string): readonly string[] {
    const { rules, named = {} } = RULES[service]!;
    const others: readonly string[] = service === 'monitoring' ? Object.keys(METRICS) : service === 'autoscaling' ? ASKED : [];
    return catalog
      .named(service)!
      .operationNames()
      .filter((name) => name in rules || name in named || others.includes(name));
  }

  inputOf(service: string, operation: string): StructureShape {
    return catalog.named(service)!.operation(operation)!.input;
  }

  /** What the operation would do and answer; of rules nothing is done. Throws what is neither an answer nor a refusal. */
  outcome(service: string, operation: string, input: Input): Outcome {
    const request = { input, context: this.scope } as unknown as ApiRequest<never>;
    if (service === 'monitoring' && operation in METRICS) {
      const asked = outcomeOf(this.metrics[METRICS[operation as keyof typeof METRICS]](request));
      return operation === 'PutMetricData' && 'output' in asked ? { output: {} } : asked;
    }
    if (operation === 'DescribeAutoScalingInstances') return outcomeOf(this.instances.describe(request));
    const rule = RULES[service]!.named?.[operation] ?? operation;
    if (!(rule in this.domain.queries))
      return this.decide(rule, { ...input, ...FROM_THE_APP[operation] }, this.owner, 'asked', this.scope);
    const answer = this.query<object>(rule, input);
    return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
  }
}

/** What the app adds to a request before it is decided. */
const FROM_THE_APP: Readonly<Record<string, object>> = {
  RegisterScalableTarget: { fromEcs: { isScalable: true } },
  DeleteAutoScalingGroup: { instances: 0 },
  TerminateInstanceInAutoScalingGroup: { group: 'hosts', isGone: false },
};

function outcomeOf(reply: ApiReply): Outcome {
  if ('output' in reply || 'rejection' in reply) return reply;
  throw new Error(`Neither an answer nor a refusal: ${JSON.stringify(reply)}`);
}
