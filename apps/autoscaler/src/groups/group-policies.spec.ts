import { CapacityWorld } from '../../../../test/support/capacity-world.js';
import { ScalingWorld } from '../../../../test/support/scaling-world.js';
import { ofSample } from '../metrics/domain/summary.js';
import { MemoryMetricStore } from '../metrics/memory-metric-store.js';
import { GroupPolicies } from './group-policies.js';
import { hostsByGroup } from './provider-use.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' } as never;
const GROUP = { AutoScalingGroupName: 'a', MinSize: 1, MaxSize: 4, AvailabilityZones: ['us-east-1a'] };
const METRIC = { Namespace: 'app', MetricName: 'Depth', Statistic: 'Average' };
const ALARM = { ...METRIC, Dimensions: [], Threshold: 50, ComparisonOperator: 'GreaterThanThreshold' };

describe('what policies of Auto Scaling groups ask for', () => {
  let scaling: ScalingWorld;
  let ecs: CapacityWorld;
  let store: MemoryMetricStore;
  beforeEach(() => {
    [scaling, ecs, store] = [new ScalingWorld(), new CapacityWorld(), new MemoryMetricStore()];
    scaling.ok('CreateAutoScalingGroup', { ...GROUP, LaunchTemplate: { LaunchTemplateName: 'host' } });
    ecs.given('CreateCluster', {});
    ecs.hostOf('a', '1');
  });

  const put = (more: object) =>
    scaling.ok('PutPolicyOfGroup', { AutoScalingGroupName: 'a', PolicyName: 'p', AdjustmentType: 'ChangeInCapacity', ...more })
      .PolicyARN as string;
  const simple = (more: object = {}) => put({ ScalingAdjustment: 1, Cooldown: 60, ...more });
  const rings = (AlarmName: string) => scaling.ok('SetAlarmState', { AlarmName, StateValue: 'ALARM', StateReason: 'a test' });
  /** All of the last two minutes. */
  const measured = (value: number) => {
    store = new MemoryMetricStore();
    for (let atMs = scaling.now - 120_000; atMs <= scaling.now; atMs += 1_000)
      store.put(
        SCOPE,
        { namespace: 'app', name: 'Depth', dimensions: [], unit: 'None', atMs, summary: ofSample(value) },
        scaling.now,
      );
  };
  const decided = () => {
    const [group] = scaling.state.autoScalingGroups.values();
    const [hosts = new Map()] = hostsByGroup(ecs.state).values();
    return new GroupPolicies(scaling, store).decide(group!, hosts, scaling.now);
  };
  const done = () => scaling.ok('ScaleAutoScalingGroups', { groups: decided() });

  it('is one more at a time, with a pause between', () => {
    const arn = simple();
    expect(decided()).toEqual([]);
    scaling.alarm('busy', { ...ALARM, AlarmActions: [arn] });
    rings('busy');
    expect(decided()).toMatchObject([{ name: 'a', from: 1, to: 2, policyName: 'p', cooldownSeconds: 60 }]);
    done();
    ecs.hostOf('a', '2');
    expect(decided()).toEqual([]);
    scaling.now += 60_000;
    expect(decided()).toMatchObject([{ from: 2, to: 3 }]);
  });

  it('is the step that the value is in, and no more than the group may have', () => {
    const StepAdjustments = [
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 1 },
      { MetricIntervalLowerBound: 20, ScalingAdjustment: 9 },
    ];
    const arn = put({ PolicyType: 'StepScaling', StepAdjustments });
    scaling.alarm('busy', { ...ALARM, AlarmActions: [arn] });
    rings('busy');
    measured(60);
    expect(decided()).toMatchObject([
      { from: 1, to: 2, cause: expect.stringContaining('app Depth is 60 (Average of 10 s), against 50') },
    ]);
    measured(80);
    expect(decided()).toMatchObject([{ from: 1, to: 4 }]);
  });

  it('is what brings a metric to its target', () => {
    const TargetTrackingConfiguration = { TargetValue: 50, CustomizedMetricSpecification: METRIC };
    scaling.ok('PutPolicyOfGroup', {
      AutoScalingGroupName: 'a',
      PolicyName: 't',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingConfiguration,
      EstimatedInstanceWarmup: 30,
    });
    measured(140);
    const [{ AlarmName }] = scaling.ask('DescribeAlarms', { AlarmNamePrefix: 'TargetTracking-a-AlarmHigh' }).MetricAlarms;
    rings(AlarmName);
    expect(decided()).toMatchObject([{ from: 1, to: 3, policyName: 't', cooldownSeconds: 30 }]);
  });

  it('is fewer where a policy says so, down to the least', () => {
    scaling.ok('SetDesiredCapacity', { AutoScalingGroupName: 'a', DesiredCapacity: 2 });
    ecs.hostOf('a', '2');
    const arn = simple({ ScalingAdjustment: -5 });
    scaling.alarm('idle', { ...ALARM, AlarmActions: [arn] });
    rings('idle');
    expect(decided()).toMatchObject([{ from: 2, to: 1 }]);
  });

  it('is nothing of one that is switched off, or of a group that goes', () => {
    const arn = simple({ Enabled: false });
    scaling.alarm('busy', { ...ALARM, AlarmActions: [arn] });
    rings('busy');
    expect(decided()).toEqual([]);
    simple();
    expect(decided()).toHaveLength(1);
    scaling.ok('LaunchGroupInstances', { launches: [{ ...(SCOPE as object), name: 'a', count: 1, owned: 0, cause: '' }] });
    scaling.ok('DeleteAutoScalingGroup', { AutoScalingGroupName: 'a', ForceDelete: true, instances: 0 });
    expect(decided()).toEqual([]);
  });
});
