import { ScalingWorld } from '../../../../../test/support/scaling-world.js';

const TARGET = {
  Arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default',
  RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
  EcsParameters: { TaskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/report' },
};
const INPUT = {
  Name: 'nightly',
  ScheduleExpression: 'cron(0 3 * * ? *)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: TARGET,
};
const ID = { accountId: '000000000000', region: 'us-east-1', group: 'default', name: 'nightly' };
const ARN = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly';

describe('schedules', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
  });
  const create = (more: object = {}) => world.ok('CreateSchedule', { ...INPUT, ...more });
  const trigger = () => world.eventsOf('TriggerSchedules', { schedules: [ID] });
  const triggerAt = (at: string) => {
    world.now = Date.parse(at);
    return trigger();
  };
  const dueOfRuns = () => [...world.state.scheduledRuns.values()].map(({ dueAt }) => dueAt);

  it('are given back as they were given, with what is understood', () => {
    const FlexibleTimeWindow = { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 };
    const Target = { ...TARGET, RetryPolicy: { MaximumRetryAttempts: 3 } };
    expect(create({ Description: 'reports', FlexibleTimeWindow, Target })).toEqual({ ScheduleArn: ARN });
    expect(world.ask('GetSchedule', { Name: 'nightly', GroupName: 'default' })).toEqual({
      Arn: ARN,
      GroupName: 'default',
      Name: 'nightly',
      ScheduleExpression: 'cron(0 3 * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
      StartDate: undefined,
      EndDate: undefined,
      Description: 'reports',
      State: 'ENABLED',
      CreationDate: new Date(world.now).toISOString(),
      LastModificationDate: new Date(world.now).toISOString(),
      Target: { ...TARGET, RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 86_400 } },
      FlexibleTimeWindow,
      ActionAfterCompletion: 'NONE',
    });
    world.ok('UpdateSchedule', { ...INPUT, State: 'DISABLED' });
    expect(world.ask('GetSchedule', { Name: 'nightly' })).toMatchObject({ State: 'DISABLED', Description: undefined });
    expect(world.ask('ListSchedules', { State: 'ENABLED' }).Schedules).toEqual([]);
    expect(world.ask('ListSchedules', { NamePrefix: 'n' }).Schedules).toMatchObject([{ Arn: ARN, Target: { Arn: TARGET.Arn } }]);
    world.ok('DeleteSchedule', { Name: 'nightly' });
    expect(world.refusal('DeleteSchedule', { Name: 'nightly' })).toBe(
      'ResourceNotFoundException: Schedule nightly does not exist.',
    );
  });

  it('are made once: the same token again is answered alike', () => {
    create({ ClientToken: 'a' });
    expect(world.eventsOf('CreateSchedule', { ...INPUT, ClientToken: 'a' })).toEqual([]);
    expect(world.refusal('CreateSchedule', { ...INPUT, ClientToken: 'b' })).toBe(
      'ConflictException: Schedule nightly already exists.',
    );
  });

  it.each([
    [{ ScheduleExpression: 'rate(0 minutes)' }, 'Invalid Schedule Expression rate(0 minutes).'],
    [{ ScheduleExpression: 'every day' }, 'Invalid Schedule Expression every day.'],
    [{ ScheduleExpressionTimezone: 'Mars/Olympus' }, 'Invalid time zone: Mars/Olympus.'],
    [{ GroupName: 'mine' }, 'Schedule group mine does not exist.'],
    [{ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, 'MaximumWindowInMinutes belongs to the mode FLEXIBLE'],
    [{ StartDate: '2027-01-02T00:00:00.000Z', EndDate: '2027-01-01T00:00:00.000Z' }, 'EndDate must be after StartDate.'],
    [{ KmsKeyArn: 'k' }, 'Longshore keeps schedules under no key of KMS: leave out the KmsKeyArn.'],
    [{ Target: { ...TARGET, Arn: 'arn:aws:scheduler:::aws-sdk:ecs:runTask' } }, 'Longshore runs tasks of ECS only'],
  ])('with %j are refused', (more, words) => {
    expect(world.refusal('CreateSchedule', { ...INPUT, ...more })).toContain(words);
  });

  it('have the moments of their time zone', () => {
    create({ ScheduleExpressionTimezone: 'Europe/Berlin' });
    expect(triggerAt('2026-11-24T01:59:00.000Z')).toEqual([]);
    expect(triggerAt('2026-11-24T02:00:00.000Z')).toEqual(['ScheduleTriggered']);
    expect(trigger()).toEqual([]);
    expect(dueOfRuns()).toEqual(['2026-11-24T02:00:00.000Z']);
  });

  it('of one moment are triggered once, and go when they are to', () => {
    create({ ScheduleExpression: 'at(2026-11-23T13:00:00)', ActionAfterCompletion: 'DELETE' });
    expect(triggerAt('2026-11-23T12:59:58.000Z')).toEqual([]);
    expect(triggerAt('2026-11-23T13:00:05.000Z')).toEqual(['ScheduleTriggered', 'ScheduleDeleted']);
    expect(dueOfRuns()).toEqual(['2026-11-23T13:00:00.000Z']);
    expect(world.ask('ListSchedules').Schedules).toEqual([]);
  });

  it('of a rate begin at once, or with their start, and end with their end', () => {
    create({ ScheduleExpression: 'rate(1 hour)' });
    expect(trigger()).toEqual(['ScheduleTriggered']);
    expect(trigger()).toEqual([]);
    const [StartDate, EndDate] = ['2026-11-24T00:10:00.000Z', '2026-11-24T01:30:00.000Z'];
    world.ok('UpdateSchedule', { ...INPUT, ScheduleExpression: 'rate(1 hour)', StartDate, EndDate });
    expect(triggerAt('2026-11-24T00:09:58.000Z')).toEqual([]);
    expect(triggerAt('2026-11-24T00:10:00.000Z')).toEqual(['ScheduleTriggered']);
    expect(triggerAt('2026-11-24T09:00:00.000Z')).toEqual(['ScheduleTriggered']);
    expect(dueOfRuns().at(-1)).toBe('2026-11-24T01:10:00.000Z');
    expect(trigger()).toEqual([]);
  });

  it('owe nothing for the time in which they were disabled', () => {
    create({ State: 'DISABLED' });
    expect(triggerAt('2026-11-24T03:00:00.000Z')).toEqual([]);
    world.ok('UpdateSchedule', INPUT);
    expect(trigger()).toEqual([]);
    expect(triggerAt('2026-11-25T03:00:00.000Z')).toEqual(['ScheduleTriggered']);
  });

  it('that are deleted end what they still had to run, and tell it', () => {
    create({ ScheduleExpression: 'rate(1 hour)' });
    trigger();
    expect(world.eventsOf('DeleteSchedule', { Name: 'nightly' })).toEqual(['ScheduleDeleted', 'ScheduledRunFailed']);
  });

  describe('in groups', () => {
    const MINE = 'arn:aws:scheduler:us-east-1:000000000000:schedule-group/mine';
    beforeEach(
      () => void world.ok('CreateScheduleGroup', { Name: 'mine', Tags: [{ Key: 'team', Value: 'data' }], ClientToken: 't' }),
    );

    it('are others than those of the same name elsewhere', () => {
      create();
      expect(create({ GroupName: 'mine', State: 'DISABLED' })).toEqual({ ScheduleArn: ARN.replace('default', 'mine') });
      expect(world.ask('GetSchedule', { Name: 'nightly' })).toMatchObject({ State: 'ENABLED', GroupName: 'default' });
      expect(world.ask('GetSchedule', { Name: 'nightly', GroupName: 'mine' })).toMatchObject({
        State: 'DISABLED',
        GroupName: 'mine',
      });
      const groups = (input: object) =>
        world.ask('ListSchedules', input).Schedules.map((one: { GroupName: string }) => one.GroupName);
      expect(groups({})).toEqual(['default', 'mine']);
      expect(groups({ GroupName: 'mine' })).toEqual(['mine']);
      expect(world.refusal('ListSchedules', { GroupName: 'other' })).toContain('ResourceNotFoundException');
    });

    it('go with their group, and what they still had to run', () => {
      create({ GroupName: 'mine', ScheduleExpression: 'rate(1 hour)' });
      create();
      world.eventsOf('TriggerSchedules', { schedules: [{ ...ID, group: 'mine' }] });
      expect(world.eventsOf('DeleteScheduleGroup', { Name: 'mine' })).toEqual([
        'ScheduleDeleted',
        'ScheduledRunFailed',
        'ScheduleGroupDeleted',
      ]);
      expect(world.ask('ListSchedules').Schedules).toMatchObject([{ Arn: ARN }]);
      expect(world.refusal('GetScheduleGroup', { Name: 'mine' })).toBe(
        'ResourceNotFoundException: Schedule group mine does not exist.',
      );
    });

    it('which are made once, have tags, and of which the default one is always there', () => {
      expect(world.eventsOf('CreateScheduleGroup', { Name: 'mine', ClientToken: 't' })).toEqual([]);
      expect(world.refusal('CreateScheduleGroup', { Name: 'mine' })).toBe(
        'ConflictException: Schedule group mine already exists.',
      );
      expect(world.refusal('CreateScheduleGroup', { Name: 'default' })).toContain('ConflictException');
      const Tags = [{ Key: 'aws:x', Value: 'y' }];
      expect(world.refusal('CreateScheduleGroup', { Name: 'tagged', Tags })).toContain('ValidationException');
      expect(world.refusal('DeleteScheduleGroup', { Name: 'default' })).toContain('cannot be deleted');
      world.ok('TagScheduleGroup', { ResourceArn: MINE, Tags: [{ Key: 'a', Value: 'b' }] });
      world.ok('UntagScheduleGroup', { ResourceArn: MINE, TagKeys: ['team', 'none'] });
      expect(world.ask('ListTagsOfScheduleGroup', { ResourceArn: MINE })).toEqual({ Tags: [{ Key: 'a', Value: 'b' }] });
      expect(world.refusal('ListTagsOfScheduleGroup', { ResourceArn: ARN })).toContain('ResourceNotFoundException');
      const [first, mine] = ['default', 'mine'].map((Name) => world.ask('GetScheduleGroup', { Name }));
      expect(world.ask('ListScheduleGroups')).toEqual({ ScheduleGroups: [first, mine], NextToken: undefined });
      expect(mine).toMatchObject({ Arn: MINE, State: 'ACTIVE', CreationDate: '2026-11-23T12:00:00.001Z' });
    });
  });
});
