import { ScalingWorld } from '../../../../../test/support/scaling-world.js';
import type { ScheduledRun } from './model.js';
import { retryAtMs } from './runs.js';

const CLUSTER = 'arn:aws:ecs:us-east-1:000000000000:cluster/default';
const DEFINITION = 'arn:aws:ecs:us-east-1:000000000000:task-definition/report';
const TARGET = { Id: 'report', Arn: CLUSTER, EcsParameters: { TaskDefinitionArn: DEFINITION } };
const ID = { accountId: '000000000000', region: 'us-east-1', name: 'nightly' };
const MINUTE_MS = 60_000;

describe('rules', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
  });
  const put = (more: object = {}) => world.ok('PutRule', { Name: 'nightly', ScheduleExpression: 'rate(5 minutes)', ...more });
  const putTargets = (...Targets: object[]) => world.ok('PutTargets', { Rule: 'nightly', Targets });
  const rules = () => world.ask('ListRules').Rules;
  const runs = (): readonly ScheduledRun[] => [...world.state.scheduledRuns.values()];
  const trigger = () => world.eventsOf('TriggerRules', { rules: [ID] });

  it('are kept as they are put, and replaced whole but for targets and tags', () => {
    const Tags = [{ Key: 'team', Value: 'data' }];
    put({ Name: 'other', EventPattern: '' });
    const RuleArn = 'arn:aws:events:us-east-1:000000000000:rule/nightly';
    expect(put({ Description: 'a report', RoleArn: 'arn:aws:iam::000000000000:role/events', Tags })).toEqual({ RuleArn });
    putTargets(TARGET);
    expect(put({ State: 'DISABLED', Tags: [] })).toEqual({ RuleArn });
    expect(world.ask('DescribeRule', { Name: 'nightly', EventBusName: 'default' })).toEqual({
      Name: 'nightly',
      Arn: RuleArn,
      ScheduleExpression: 'rate(5 minutes)',
      State: 'DISABLED',
      Description: undefined,
      RoleArn: undefined,
      EventBusName: 'default',
      CreatedBy: '000000000000',
    });
    expect(world.ask('ListTagsOfRule', { ResourceARN: RuleArn })).toEqual({ Tags });
    expect(world.ask('ListTargetsByRule', { Rule: 'nightly' }).Targets).toEqual([TARGET]);
    expect(world.eventsOf('PutRule', { Name: 'nightly', ScheduleExpression: 'rate(5 minutes)', State: 'DISABLED' })).toEqual([]);
  });

  it('are listed by prefix and page, and by target', () => {
    for (const Name of ['b', 'a', 'ab']) put({ Name });
    expect(rules().map(({ Name }: { Name: string }) => Name)).toEqual(['a', 'ab', 'b']);
    const first = world.ask('ListRules', { NamePrefix: 'a', Limit: 1 });
    expect(first.Rules).toMatchObject([{ Name: 'a' }]);
    const { NextToken } = first;
    expect(world.ask('ListRules', { NamePrefix: 'a', Limit: 1, NextToken })).toMatchObject({ Rules: [{ Name: 'ab' }] });
    expect(world.refusal('ListRules', { NextToken })).toBe('ValidationException: Parameter NextToken is not valid.');
    world.ok('PutTargets', { Rule: 'b', Targets: [TARGET] });
    expect(world.ask('ListRuleNamesByTarget', { TargetArn: CLUSTER })).toEqual({ RuleNames: ['b'], NextToken: undefined });
  });

  it('are tagged, and untagged', () => {
    const { RuleArn: ResourceARN } = put();
    world.ok('TagRule', {
      ResourceARN,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    world.ok('UntagRule', { ResourceARN, TagKeys: ['a', 'c'] });
    expect(world.ask('ListTagsOfRule', { ResourceARN }).Tags).toEqual([{ Key: 'b', Value: '2' }]);
    expect(world.refusal('TagRule', { ResourceARN, Tags: [{ Key: 'aws:x', Value: '' }] })).toContain('ValidationException: aws:');
    expect(world.refusal('TagRule', { ResourceARN: `${ResourceARN}x`, Tags: [] })).toBe(
      'ResourceNotFoundException: Rule nightlyx does not exist on EventBus default.',
    );
    expect(world.refusal('TagRule', { ResourceARN: `x${ResourceARN}`, Tags: [] })).toBe(
      `ResourceNotFoundException: Rule x${ResourceARN} does not exist.`,
    );
  });

  it('cannot be deleted with targets; one that is not there is deleted', () => {
    put();
    putTargets(TARGET);
    expect(world.refusal('DeleteRule', { Name: 'nightly' })).toBe(
      "ValidationException: Rule can't be deleted since it has targets.",
    );
    expect(world.ok('RemoveTargets', { Rule: 'nightly', Ids: ['report', 'none'] })).toEqual({
      FailedEntryCount: 1,
      FailedEntries: [
        {
          TargetId: 'none',
          ErrorCode: 'ResourceNotFoundException',
          ErrorMessage: "Rule 'nightly' does not have a target with the Id 'none'.",
        },
      ],
    });
    world.ok('DeleteRule', { Name: 'nightly' });
    world.ok('DeleteRule', { Name: 'nightly' });
    expect(world.refusal('DescribeRule', { Name: 'nightly' })).toBe(
      'ResourceNotFoundException: Rule nightly does not exist on EventBus default.',
    );
  });

  it.each([
    ['rate(1 minutes)', 'Parameter ScheduleExpression is not valid.'],
    ['rate(5 minute)', 'Parameter ScheduleExpression is not valid.'],
    ['rate(0 minutes)', 'Parameter ScheduleExpression is not valid.'],
    ['at(2026-12-01T00:00:00)', 'Parameter ScheduleExpression is not valid.'],
    ['cron(0 9 * * * *)', 'Parameter ScheduleExpression is not valid.'],
    ['', 'Parameter ScheduleExpression is not valid.'],
    [undefined, 'Parameter(s) EventPattern or ScheduleExpression must be specified.'],
  ])('refuse the expression %p', (ScheduleExpression, words) => {
    expect(world.refusal('PutRule', { Name: 'nightly', ScheduleExpression })).toBe(`ValidationException: ${words}`);
  });

  it('refuse other buses with a sentence that says where to go', () => {
    expect(world.refusal('PutRule', { Name: 'nightly', EventBusName: 'orders', ScheduleExpression: 'rate(1 day)' })).toContain(
      "ResourceNotFoundException: Event bus orders does not exist. Longshore has the event bus 'default' only.",
    );
    expect(world.ask('ListEventBuses')).toEqual({ EventBuses: [world.ask('DescribeEventBus')] });
  });

  it.each([
    [{ Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f' }, 'Longshore runs tasks of ECS only'],
    [{ Arn: CLUSTER.replace('000000000000', '999999999999') }, 'Longshore runs tasks of ECS only'],
    [{ EcsParameters: undefined }, 'Parameter(s) EcsParameters must be specified for target: report.'],
    [{ EcsParameters: { TaskDefinitionArn: 'report' } }, 'Parameter TaskDefinitionArn of target report is not valid'],
    [{ EcsParameters: { TaskDefinitionArn: DEFINITION, TaskCount: 11 } }, 'TaskCount of target report must be between 1 and 10.'],
    [{ DeadLetterConfig: { Arn: 'a' } }, 'Longshore has no queues for DeadLetterConfig of target report'],
    [{ InputPath: '$.detail' }, 'Longshore does not have InputPath of target report. Leave it out.'],
    [{ Input: '{' }, 'JSON syntax error in input for target report'],
    [{ Input: '{"containerOverrides":[{"command":["x"]}]}' }, 'The Input of target report has to be what RunTask takes'],
    [{ Input: '{"containerOverrides":[{"name":"a","command":"x"}]}' }, 'containerOverrides: 0: command'],
    [{ Input: '{"count":3}' }, 'The Input of target report has to be what RunTask takes'],
  ])('refuse a target with %j', (more, words) => {
    put();
    expect(world.refusal('PutTargets', { Rule: 'nightly', Targets: [{ ...TARGET, ...more }] })).toContain(words);
  });

  it('have five targets at most', () => {
    put();
    putTargets(...['1', '2', '3', '4', '5'].map((Id) => ({ ...TARGET, Id })));
    expect(world.refusal('PutTargets', { Rule: 'nightly', Targets: [TARGET] })).toContain('LimitExceededException');
    expect(world.eventsOf('PutTargets', { Rule: 'nightly', Targets: [{ ...TARGET, Id: '3' }] })).toEqual([]);
  });

  it('are triggered once a moment, for each target, with one id whoever finds it', () => {
    put();
    putTargets(TARGET, { ...TARGET, Id: 'other' });
    expect(trigger()).toEqual([]);
    world.now += 5 * MINUTE_MS;
    expect(trigger()).toEqual(['RuleTriggered']);
    expect(trigger()).toEqual([]);
    expect(runs().map(({ target }) => target.given.Id)).toEqual(['report', 'other']);
    expect(new Set(runs().map(({ id }) => id)).size).toBe(2);
    world.now += 5 * MINUTE_MS;
    trigger();
    expect(new Set(runs().map(({ id }) => id)).size).toBe(4);
  });

  it('run what was missed once, late, as the last of the moments', () => {
    put();
    putTargets(TARGET);
    const began = world.now;
    world.now += 3 * 60 * MINUTE_MS + 1_000;
    trigger();
    expect(runs().map(({ dueAt }) => Math.round((Date.parse(dueAt) - began) / MINUTE_MS))).toEqual([180]);
    expect(trigger()).toEqual([]);
  });

  it('tell of a moment that is longer ago than the target allows, and run nothing', () => {
    put({ ScheduleExpression: 'rate(1 day)' });
    putTargets({ ...TARGET, RetryPolicy: { MaximumEventAgeInSeconds: 60 } });
    world.now += 25 * 60 * MINUTE_MS;
    expect(trigger()).toEqual(['RuleTriggered', 'ScheduledRunFailed']);
    expect(runs()).toEqual([]);
  });

  it('owe nothing for the time in which they were disabled, had another schedule, or had no target', () => {
    put();
    world.now += 6 * MINUTE_MS;
    putTargets(TARGET);
    expect(trigger()).toEqual([]);
    world.ok('DisableRule', { Name: 'nightly' });
    world.now += 60 * MINUTE_MS;
    expect(trigger()).toEqual([]);
    world.ok('EnableRule', { Name: 'nightly' });
    expect(trigger()).toEqual([]);
    world.now += 4.5 * MINUTE_MS;
    put({ ScheduleExpression: 'rate(2 minutes)' });
    world.now += MINUTE_MS;
    expect(trigger()).toEqual([]);
    world.now += MINUTE_MS;
    expect(trigger()).toEqual(['RuleTriggered']);
  });

  it('are in UTC', () => {
    put({ ScheduleExpression: 'cron(30 12 * * ? *)' });
    putTargets(TARGET);
    world.now = Date.parse('2026-11-23T12:30:00.000Z');
    trigger();
    expect(runs().map(({ dueAt }) => dueAt)).toEqual(['2026-11-23T12:30:00.000Z']);
  });

  describe('a run', () => {
    const record = (...results: object[]) => world.eventsOf('RecordScheduledRuns', { results });
    const problem = { reason: 'RESOURCE:MEMORY', isRefused: false };
    const begin = (target: object = TARGET): ScheduledRun => {
      put();
      putTargets(target);
      world.now += 5 * MINUTE_MS;
      trigger();
      return runs()[0]!;
    };

    it('is over when ECS has taken it, whoever says so and whenever', () => {
      const { id } = begin();
      expect(record({ id, attempt: 0, problem })).toEqual(['ScheduledRunDelayed']);
      // Of a replica that was slow.
      expect(record({ id, attempt: 0, problem })).toEqual([]);
      expect(record({ id, attempt: 0, taskArns: ['a'] })).toEqual(['ScheduledRunStarted']);
      expect(record({ id, attempt: 0, taskArns: ['a'] })).toEqual([]);
      expect(runs()).toEqual([]);
    });

    it('is tried later and later, as often as its target allows', () => {
      const { id, retryAt } = begin({ ...TARGET, RetryPolicy: { MaximumRetryAttempts: 2 } });
      expect(Date.parse(retryAt)).toBe(world.now);
      record({ id, attempt: 0, problem });
      expect(Date.parse(runs()[0]!.retryAt) - world.now).toBe(5_000);
      record({ id, attempt: 1, problem });
      expect(Date.parse(runs()[0]!.retryAt) - world.now).toBe(10_000);
      expect(record({ id, attempt: 2, problem })).toEqual(['ScheduledRunFailed']);
    });

    it('is given up after ten minutes of refusals, and a day of having no room', () => {
      const run = begin();
      const nowMs = Date.parse(run.dueAt);
      expect(retryAtMs({ ...run, attempts: 7, refusals: 6 }, true, nowMs)).toBe(nowMs + 600_000);
      expect(retryAtMs({ ...run, attempts: 7, refusals: 7 }, true, nowMs)).toBeUndefined();
      expect(retryAtMs({ ...run, attempts: 100, refusals: 0 }, false, nowMs)).toBe(nowMs + 600_000);
      expect(retryAtMs({ ...run, attempts: 100 }, false, nowMs + 86_400_000)).toBeUndefined();
    });

    it('ends with its target, and is told', () => {
      begin();
      expect(world.eventsOf('RemoveTargets', { Rule: 'nightly', Ids: ['report'] })).toEqual([
        'RuleTargetsRemoved',
        'ScheduledRunFailed',
      ]);
      expect(runs()).toEqual([]);
    });

    it('waits beside ninety-nine others at most; the rest is told', () => {
      begin();
      for (let at = 0; at < 99; at++) {
        world.now += 5 * MINUTE_MS;
        expect(trigger()).toEqual(['RuleTriggered']);
      }
      world.now += 5 * MINUTE_MS;
      expect(trigger()).toEqual(['RuleTriggered', 'ScheduledRunFailed']);
      expect(runs()).toHaveLength(100);
    });
  });
});
