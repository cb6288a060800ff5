import { beforeEach, describe, expect, it } from '@jest/globals';
import { ScalingWorld } from '../../../../../test/support/scaling-world.js';

const EventPattern = JSON.stringify({ source: ['aws.ecs'] }, undefined, 2);
const GROUP = 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/ecs';
const ID = { accountId: '000000000000', region: 'us-east-1', name: 'told' };

describe('a rule with a pattern', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
    world.ok('PutRule', { Name: 'told', EventPattern });
  });
  const rule = () => [...world.state.rules.values()][0]!;
  const put = (...Targets: object[]) => world.ok('PutTargets', { Rule: 'told', Targets });
  const seen = (cursors: object, more: object = {}) =>
    world.eventsOf('RecordSeenEvents', { seen: [{ ...ID, doneUntil: rule().doneUntil, cursors, ...more }] });

  it('is told as it was put, and has log groups as targets, by either of their ARNs', () => {
    const described = world.ask('DescribeRule', { Name: 'told' });
    expect([described.EventPattern, described.ScheduleExpression]).toEqual([EventPattern, undefined]);
    const targets = [
      { Id: 'a', Arn: GROUP },
      { Id: 'b', Arn: `${GROUP}:*`, RoleArn: 'arn:aws:iam::000000000000:role/x', RetryPolicy: { MaximumRetryAttempts: 1 } },
    ];
    put(...targets);
    expect(world.ask('ListTargetsByRule', { Rule: 'told' }).Targets).toEqual(targets);
    expect(world.eventsOf('TriggerRules', { rules: [ID] })).toEqual([]);
  });

  it('keeps where it is in the events, and begins anew when it was away', () => {
    put({ Id: 'a', Arn: GROUP });
    expect(seen({ ecs: 'ecs:5' })).toEqual(['RuleEventsSeen']);
    seen({ scaling: 'scaling:7' });
    expect(rule().cursors).toEqual({ ecs: 'ecs:5', scaling: 'scaling:7' });
    world.ok('PutRule', { Name: 'told', EventPattern: '{"source":["aws.cloudwatch"]}' });
    put({ Id: 'b', Arn: GROUP });
    expect(rule().cursors).toEqual({ ecs: 'ecs:5', scaling: 'scaling:7' });
    const before = rule().doneUntil;
    world.ok('DisableRule', { Name: 'told' });
    world.ok('EnableRule', { Name: 'told' });
    expect(rule().cursors).toBeUndefined();
    // By whoever had read them before that.
    expect(seen({ ecs: 'ecs:6' }, { doneUntil: before })).toEqual([]);
    expect(seen({ ecs: 'ecs:6' }, { name: 'gone' })).toEqual([]);
  });

  it.each([
    ['a cluster', { Arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/a' }, /tells log groups of events/],
    ['another account’s group', { Arn: GROUP.replace('000000000000', '111122223333') }, /of this account and region/],
    ['a Lambda', { Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f' }, /events -f/],
    ['another input', { Arn: GROUP, InputPath: '$.detail' }, /does not have InputPath of target a, which is a log group/],
  ])('has no target that is %s', (_what, target, message) => {
    expect(world.refusal('PutTargets', { Rule: 'told', Targets: [{ Id: 'a', ...target }] })).toMatch(message);
  });

  it('does nothing by the clock beside it, and becomes no rule that does while it has targets', () => {
    const ScheduleExpression = 'rate(1 minute)';
    expect(world.refusal('PutRule', { Name: 'both', EventPattern, ScheduleExpression })).toContain('a rule for each of the two');
    put({ Id: 'a', Arn: GROUP });
    expect(world.refusal('PutRule', { Name: 'told', ScheduleExpression })).toContain('remove its targets first');
    world.ok('RemoveTargets', { Rule: 'told', Ids: ['a'] });
    world.ok('PutRule', { Name: 'told', ScheduleExpression });
    expect(rule().settings.eventPattern).toBeUndefined();
  });

  it('can be tried on an event', () => {
    const tried = (Event: object) => world.ask('TestEventPattern', { EventPattern, Event: JSON.stringify(Event) }).Result;
    expect([tried({ source: 'aws.ecs' }), tried({ source: 'aws.ec2' })]).toEqual([true, false]);
    expect(world.refusal('TestEventPattern', { EventPattern, Event: '{' })).toContain('not valid JSON');
    expect(world.refusal('PutRule', { Name: 'bad', EventPattern: '{}' })).toContain('InvalidEventPatternException');
  });
});
