import type { Commit } from '#lib/journal';
import { ScalingWorld } from '../../support/scaling-world.js';

/** Auto Scaling groups, from the first to none. */
export function recordAutoScalingGroups(): Commit[] {
  const world = new ScalingWorld();
  const named = { AutoScalingGroupName: 'hosts' };
  const more = {
    LaunchTemplate: { LaunchTemplateName: 'host' },
    VPCZoneIdentifier: 'subnet-a',
    Tags: [{ Key: 'a', Value: '1' }],
  };
  const sizes = { MinSize: 1, MaxSize: 3 };
  for (const AutoScalingGroupName of ['hosts', 'gone'])
    world.ok('CreateAutoScalingGroup', { AutoScalingGroupName, ...sizes, ...more });
  world.ok('SetDesiredCapacity', { ...named, DesiredCapacity: 2 });
  world.ok('UpdateAutoScalingGroup', { ...named, MaxSize: 4 });
  world.ok('CreateOrUpdateTags', { Tags: [{ ResourceId: 'hosts', Key: 'b', Value: '2', PropagateAtLaunch: true }] });
  world.ok('DeleteTags', { Tags: [{ ResourceId: 'hosts', Key: 'a' }] });
  const InstanceId = 'i-0123456789abcdef0';
  const terminated = { InstanceId, ShouldDecrementDesiredCapacity: true, group: 'hosts', isGone: false };
  world.ok('TerminateInstanceInAutoScalingGroup', terminated);
  world.ok('DeleteAutoScalingGroup', { AutoScalingGroupName: 'gone', instances: 0 });
  return world.commits;
}

export function recordLaunchConfigurations(): Commit[] {
  const world = new ScalingWorld();
  const made = { ImageId: 'ami-1', InstanceType: 't3.micro', UserData: 'IyEvYmluL3No' };
  for (const LaunchConfigurationName of ['hosts', 'gone'])
    world.ok('CreateLaunchConfiguration', { LaunchConfigurationName, ...made });
  world.ok('DeleteLaunchConfiguration', { LaunchConfigurationName: 'gone' });
  return world.commits;
}

/** Policies of a group, and what one of them did; one of target tracking, whose alarms go with it. */
export function recordGroupPolicies(): Commit[] {
  const world = new ScalingWorld();
  const group = { AutoScalingGroupName: 'hosts' };
  const sizes = { MinSize: 1, MaxSize: 3, AvailabilityZones: ['us-east-1a'] };
  world.ok('CreateAutoScalingGroup', { ...group, ...sizes, LaunchTemplate: { LaunchTemplateName: 'host' } });
  const simple = { ...group, PolicyName: 'more', AdjustmentType: 'ChangeInCapacity', ScalingAdjustment: 1 };
  world.ok('PutPolicyOfGroup', simple);
  const CustomizedMetricSpecification = { Namespace: 'AWS/ECS', MetricName: 'CPUReservation', Statistic: 'Average' };
  const tracking = { ...group, PolicyName: 'gone', PolicyType: 'TargetTrackingScaling' };
  world.ok('PutPolicyOfGroup', {
    ...tracking,
    TargetTrackingConfiguration: { TargetValue: 70, CustomizedMetricSpecification },
  });
  world.ok('ExecutePolicy', { ...group, PolicyName: 'more' });
  world.ok('DeletePolicy', { ...group, PolicyName: 'gone' });
  return world.commits;
}

/** Hosts of a group, from their start to the end of both. */
export function recordGroupInstances(): Commit[] {
  const world = new ScalingWorld();
  const id = { accountId: '000000000000', region: 'us-east-1', name: 'hosts' };
  const group = { AutoScalingGroupName: 'hosts', MinSize: 1, MaxSize: 3, LaunchTemplate: { LaunchTemplateName: 'host' } };
  world.ok('CreateAutoScalingGroup', { ...group, VPCZoneIdentifier: 'subnet-a' });
  world.ok('ScaleAutoScalingGroups', { groups: [{ ...id, from: 1, to: 3, cause: 'managed scaling' }] });
  world.ok('LaunchGroupInstances', { launches: [{ ...id, count: 3, owned: 0, cause: 'three are missing.' }] });
  const [one, two, three] = [...world.state.autoScalingGroups.values()][0]!.instances;
  const outcome = (instanceId: string, more: object) => ({ outcomes: [{ ...id, instanceId, ...more }] });
  world.ok('RecordGroupInstances', outcome(one!.id, { outcome: 'launched' }));
  world.ok('RecordGroupInstances', outcome(two!.id, { outcome: 'gone', failure: 'No quota.' }));
  const termination = { ...id, instanceId: one!.id, drains: true, cause: 'it is one too many.' };
  world.ok('TerminateGroupInstances', { terminations: [termination] });
  world.ok('DeleteAutoScalingGroup', { AutoScalingGroupName: 'hosts', ForceDelete: true, instances: 0 });
  for (const { id: instanceId } of [one!, three!]) world.ok('RecordGroupInstances', outcome(instanceId, { outcome: 'gone' }));
  world.ok('FinishGroupDeletions', { groups: [id] });
  const kept = { ...id, name: 'kept' };
  world.ok('CreateAutoScalingGroup', { ...group, AutoScalingGroupName: 'kept', VPCZoneIdentifier: 'subnet-a' });
  world.ok('ScaleAutoScalingGroups', { groups: [{ ...kept, from: 1, to: 2, cause: 'managed scaling' }] });
  world.ok('LaunchGroupInstances', { launches: [{ ...kept, count: 2, owned: 0, cause: 'two are missing.' }] });
  return world.commits;
}

/** Hosts that are replaced, and target groups that a group is attached to. */
export function recordInstanceRefreshes(): Commit[] {
  const world = new ScalingWorld();
  const group = { AutoScalingGroupName: 'hosts' };
  const id = { accountId: '000000000000', region: 'us-east-1', name: 'hosts' };
  const LaunchTemplate = { LaunchTemplateName: 'host' };
  world.ok('CreateAutoScalingGroup', { ...group, MinSize: 1, MaxSize: 3, AvailabilityZones: ['us-east-1a'], LaunchTemplate });
  const TargetGroupARNs = ['arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef'];
  world.ok('AttachLoadBalancerTargetGroups', { ...group, TargetGroupARNs });
  world.ok('LaunchGroupInstances', { launches: [{ ...id, count: 1, owned: 0, cause: 'one is missing.' }] });
  world.ok('StartInstanceRefresh', { ...group, Preferences: { MinHealthyPercentage: 50 } });
  world.ok('CancelInstanceRefresh', group);
  const DesiredConfiguration = { LaunchTemplate: { ...LaunchTemplate, Version: '2' } };
  world.ok('StartInstanceRefresh', { ...group, DesiredConfiguration });
  const refreshId = [...world.state.autoScalingGroups.values()][0]!.refreshes!.at(-1)!.id;
  world.ok('FinishInstanceRefreshes', { refreshes: [{ ...id, refreshId }] });
  return world.commits;
}

/** What a group does by the clock, what its instances wait for, and what it is told to leave alone. */
export function recordGroupLifecycle(): Commit[] {
  const world = new ScalingWorld();
  const group = { AutoScalingGroupName: 'hosts' };
  const id = { accountId: '000000000000', region: 'us-east-1', name: 'hosts' };
  const sizes = { MinSize: 1, MaxSize: 3, AvailabilityZones: ['us-east-1a'] };
  world.ok('CreateAutoScalingGroup', { ...group, ...sizes, LaunchTemplate: { LaunchTemplateName: 'host' } });
  for (const [LifecycleHookName, transition] of Object.entries({ warm: 'LAUNCHING', drain: 'TERMINATING' })) {
    const hook = { LifecycleHookName, LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`, HeartbeatTimeout: 60 };
    world.ok('PutLifecycleHook', { ...group, ...hook });
  }
  world.ok('LaunchGroupInstances', { launches: [{ ...id, count: 1, owned: 0, cause: 'one is missing.' }] });
  const [instance] = [...world.state.autoScalingGroups.values()][0]!.instances;
  world.ok('RecordGroupInstances', { outcomes: [{ ...id, instanceId: instance!.id, outcome: 'launched' }] });
  const held = { ...group, LifecycleHookName: 'warm', InstanceId: `i-${instance!.id.slice(0, 17)}` };
  world.ok('RecordLifecycleActionHeartbeat', held);
  world.ok('CompleteLifecycleAction', { ...held, LifecycleActionResult: 'CONTINUE' });
  const night = { ...group, Recurrence: '0 20 * * *' };
  world.ok('PutScheduledUpdateGroupAction', { ...night, ScheduledActionName: 'night', MinSize: 0, DesiredCapacity: 0 });
  world.ok('PutScheduledUpdateGroupAction', { ...night, ScheduledActionName: 'big', MinSize: 9 });
  world.ok('PutScheduledUpdateGroupAction', { ...night, ScheduledActionName: 'gone', MaxSize: 4 });
  world.ok('DeleteScheduledActionOfGroup', { ...group, ScheduledActionName: 'gone' });
  const once = { ScheduledActionName: 'once', StartTime: new Date(world.now + 60_000).toISOString(), MaxSize: 5 };
  world.ok('PutScheduledUpdateGroupAction', { ...group, ...once });
  world.now += 86_400_000;
  world.ok('TriggerGroupSchedules', { actions: ['night', 'big', 'once'].map((action) => ({ ...id, action })) });
  world.ok('SuspendProcesses', { ...group, ScalingProcesses: ['Launch', 'ScheduledActions'] });
  world.ok('ResumeProcesses', { ...group, ScalingProcesses: ['Launch'] });
  return world.commits;
}
