import type { Commit } from '#lib/journal';
import { ScalingWorld, TARGET } from '../../support/scaling-world.js';

/** Alarms: their settings, states, actions and tags. */
export function recordScaling(): Commit[] {
  const world = new ScalingWorld();
  for (const name of ['high', 'low', 'gone']) world.alarm(name, { Tags: [{ Key: 'team', Value: 'a' }] });
  world.alarm('high', { Threshold: 80, TreatMissingData: 'notBreaching' });
  world.ok('SetAlarmState', { AlarmName: 'high', StateValue: 'ALARM', StateReason: 'a test', StateReasonData: '{}' });
  world.ok('DisableAlarmActions', { AlarmNames: ['low'] });
  const ResourceARN = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:low';
  world.ok('TagResource', { ResourceARN, Tags: [{ Key: 'b', Value: '2' }] });
  world.ok('UntagResource', { ResourceARN, TagKeys: ['team'] });
  world.ok('DeleteAlarms', { AlarmNames: ['gone'] });
  return world.commits;
}

/** Alarms that kept their states while something was not known; one goes on. */
export function recordWaitingAlarms(): Commit[] {
  const world = new ScalingWorld();
  for (const name of ['waits', 'goes-on']) {
    world.alarm(name);
    const { AlarmConfigurationUpdatedTimestamp: configuredAt } = world.ask('DescribeAlarms', { AlarmNames: [name] })
      .MetricAlarms[0];
    const found = { accountId: '000000000000', region: 'us-east-1', name, configuredAt };
    world.ok('RecordAlarmStates', { states: [{ ...found, waitsFor: 'It waits for datapoints.' }] });
    if (name === 'goes-on') world.ok('RecordAlarmStates', { states: [{ ...found, waitsFor: null }] });
  }
  return world.commits;
}

/** A composite alarm on two others, one of which rings. */
export function recordCompositeAlarms(): Commit[] {
  const world = new ScalingWorld();
  for (const name of ['errors', 'maintenance']) world.alarm(name);
  world.ok('PutCompositeAlarm', {
    AlarmName: 'page',
    AlarmRule: 'ALARM(errors) AND NOT ALARM("maintenance")',
    ActionsSuppressor: 'maintenance',
    ActionsSuppressorWaitPeriod: 10,
    ActionsSuppressorExtensionPeriod: 20,
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  world.ok('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a test' });
  world.ok('DisableAlarmActions', { AlarmNames: ['page'] });
  world.ok('PutCompositeAlarm', { AlarmName: 'gone', AlarmRule: 'TRUE' });
  world.ok('DeleteAlarms', { AlarmNames: ['gone'] });
  return world.commits;
}

/** Scalable targets: policies, schedules, and what was done for them. */
export function recordScalableTargets(): Commit[] {
  const world = new ScalingWorld();
  const { ScalableTargetARN: ResourceARN } = world.target({ Tags: { team: 'a' } });
  world.target({ ResourceId: 'service/default/gone' });
  world.ok('TagScalableTarget', { ResourceARN, Tags: { b: '2' } });
  world.ok('UntagScalableTarget', { ResourceARN, TagKeys: ['team'] });
  const id = { accountId: '000000000000', region: 'us-east-1', resourceId: TARGET.ResourceId };
  world.ok('SettleScalableTargets', { targets: [id] });
  world.ok('PutScalingPolicy', {
    ...TARGET,
    PolicyName: 'cpu',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 50,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    },
  });
  const step = { AdjustmentType: 'ChangeInCapacity', StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }] };
  world.ok('PutScalingPolicy', { ...TARGET, PolicyName: 'step', StepScalingPolicyConfiguration: step });
  world.ok('DeleteScalingPolicy', { ...TARGET, PolicyName: 'step' });
  const action = { ...TARGET, Schedule: 'rate(1 minute)', ScalableTargetAction: { MinCapacity: 2 } };
  for (const ScheduledActionName of ['rush', 'gone']) world.ok('PutScheduledAction', { ...action, ScheduledActionName });
  world.ok('DeleteScheduledAction', { ...TARGET, ScheduledActionName: 'gone' });
  world.now += 60_000;
  world.ok('TriggerScheduledActions', { actions: [{ ...id, name: 'rush' }] });
  const [{ ActivityId: after }] = world.ask('DescribeScalingActivities', { ServiceNamespace: 'ecs' }).ScalingActivities;
  const scaling = { from: 1, to: 2, base: 1, cooldownSeconds: 0 };
  world.ok('RecordScalingDecisions', { decisions: [{ ...id, after, cause: 'minimum capacity was set to 2', scaling }] });
  const [{ ActivityId }] = world.ask('DescribeScalingActivities', { ServiceNamespace: 'ecs' }).ScalingActivities;
  world.ok('RecordActivityResults', { results: [{ ...id, id: ActivityId, status: 'Successful', statusMessage: 'done' }] });
  world.ok('DeregisterScalableTarget', { ...TARGET, ResourceId: 'service/default/gone' });
  return world.commits;
}

export function recordDashboards(): Commit[] {
  const world = new ScalingWorld();
  for (const DashboardName of ['web', 'gone']) world.ok('PutDashboard', { DashboardName, DashboardBody: '{"widgets":[]}' });
  world.ok('PutDashboard', { DashboardName: 'web', DashboardBody: '{"widgets":[{"type":"text"}]}' });
  world.ok('DeleteDashboards', { DashboardNames: ['gone'] });
  return world.commits;
}
