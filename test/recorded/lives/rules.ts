import type { Commit } from '#lib/journal';
import type { Rule } from '../../../apps/autoscaler/src/domain/rules/model.js';
import { ScalingWorld } from '../../support/scaling-world.js';

/** Rules, with runs of every outcome. */
export function recordRules(): Commit[] {
  const world = new ScalingWorld();
  const Arn = 'arn:aws:ecs:us-east-1:000000000000:cluster/default';
  const EcsParameters = { TaskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/report:1', TaskCount: 2 };
  const Input = '{"containerOverrides":[{"name":"app","command":["report"]}]}';
  const RetryPolicy = { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 600 };
  const id = { accountId: '000000000000', region: 'us-east-1', name: 'nightly' };
  const rule = { Name: 'nightly', ScheduleExpression: 'rate(1 hour)', Description: 'reports' };
  const Tags = [{ Key: 'team', Value: 'data' }];
  const { RuleArn: ResourceARN } = world.ok('PutRule', { ...rule, Tags });
  world.ok('PutTargets', {
    Rule: 'nightly',
    Targets: ['one', 'two', 'three'].map((Id) => ({ Id, Arn, EcsParameters, Input, RetryPolicy })),
  });
  world.ok('TagRule', { ResourceARN, Tags: [{ Key: 'env', Value: 'test' }] });
  world.ok('UntagRule', { ResourceARN, TagKeys: ['team'] });
  world.now += 3_600_000;
  world.ok('TriggerRules', { rules: [id] });
  const [one, two, three] = [...world.state.scheduledRuns.values()].map(({ id: run }) => run);
  const problem = { reason: 'RESOURCE:MEMORY', isRefused: false };
  const refused = { reason: 'ClusterNotFoundException: Cluster not found.', isRefused: true };
  world.ok('RecordScheduledRuns', {
    results: [
      { id: one, attempt: 0, taskArns: ['arn:aws:ecs:us-east-1:000000000000:task/default/1'] },
      { id: two, attempt: 0, problem },
      { id: three, attempt: 0, problem: refused },
    ],
  });
  world.ok('RecordScheduledRuns', { results: [{ id: two, attempt: 1, problem }] });
  world.ok('DisableRule', { Name: 'nightly' });
  world.ok('EnableRule', { Name: 'nightly' });
  world.ok('RemoveTargets', { Rule: 'nightly', Ids: ['two'] });
  world.ok('PutRule', { ...rule, ScheduleExpression: 'cron(0 3 * * ? *)' });
  world.ok('PutRule', { Name: 'gone', ScheduleExpression: 'rate(1 day)', State: 'DISABLED' });
  world.ok('DeleteRule', { Name: 'gone' });
  return world.commits;
}

/** A rule that tells a log group of events. */
export function recordEventRules(): Commit[] {
  const world = new ScalingWorld();
  world.ok('PutRule', { Name: 'told', EventPattern: '{"source":["aws.ecs"]}' });
  const Arn = 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/ecs';
  world.ok('PutTargets', { Rule: 'told', Targets: [{ Id: 'log', Arn }] });
  const [{ accountId, region, name, doneUntil }] = [...world.state.rules.values()] as [Rule];
  world.ok('RecordSeenEvents', { seen: [{ accountId, region, name, doneUntil, cursors: { ecs: 'ecs:5' } }] });
  return world.commits;
}

/** Schedules of Scheduler and their groups: made, changed, triggered, deleted by hand and by themselves. */
export function recordSchedules(): Commit[] {
  const world = new ScalingWorld();
  const Arn = 'arn:aws:ecs:us-east-1:000000000000:cluster/default';
  const EcsParameters = { TaskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/report:1' };
  const Target = { Arn, RoleArn: 'arn:aws:iam::000000000000:role/scheduler', EcsParameters };
  const schedule = { Name: 'hourly', ScheduleExpression: 'rate(1 hour)', FlexibleTimeWindow: { Mode: 'OFF' }, Target };
  world.ok('CreateSchedule', { ...schedule, ClientToken: 'once' });
  world.ok('CreateSchedule', {
    ...schedule,
    Name: 'once',
    ScheduleExpression: 'at(2026-11-23T13:00:00)',
    ActionAfterCompletion: 'DELETE',
  });
  const ResourceArn = 'arn:aws:scheduler:us-east-1:000000000000:schedule-group/reports';
  world.ok('CreateScheduleGroup', { Name: 'reports', Tags: [{ Key: 'team', Value: 'data' }] });
  world.ok('TagScheduleGroup', { ResourceArn, Tags: [{ Key: 'stage', Value: 'test' }] });
  world.ok('UntagScheduleGroup', { ResourceArn, TagKeys: ['team'] });
  world.ok('CreateScheduleGroup', { Name: 'gone' });
  world.ok('CreateSchedule', { ...schedule, GroupName: 'reports' });
  world.ok('CreateSchedule', { ...schedule, GroupName: 'gone' });
  world.ok('CreateSchedule', { ...schedule, Name: 'gone' });
  world.ok('UpdateSchedule', { ...schedule, Description: 'reports', ScheduleExpressionTimezone: 'Europe/Berlin' });
  world.now += 3_600_000;
  const id = { accountId: '000000000000', region: 'us-east-1', group: 'default' };
  world.ok('TriggerSchedules', { schedules: ['hourly', 'once', 'gone'].map((name) => ({ ...id, name })) });
  world.ok('DeleteSchedule', { Name: 'gone' });
  world.ok('DeleteScheduleGroup', { Name: 'gone' });
  return world.commits;
}
