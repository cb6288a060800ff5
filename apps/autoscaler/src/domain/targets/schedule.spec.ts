import { refusable } from '#lib/kernel';
import { ScalingWorld, TARGET } from '../../../../../test/support/scaling-world.js';
import { scheduleOf } from './schedule.js';

const MINUTE_MS = 60_000;

describe('a schedule', () => {
  const after = '2026-11-23T12:00:00Z';
  it.each<[string, string | undefined, string | undefined]>([
    ['at(2026-11-23T12:30:00)', undefined, '2026-11-23T12:30:00.000Z'],
    ['at(2026-11-23T14:30:00)', 'Europe/Berlin', '2026-11-23T13:30:00.000Z'],
    ['at(2026-11-23T11:30:00)', undefined, undefined],
    ['rate(5 minutes)', undefined, '2026-11-23T12:03:00.000Z'],
    ['rate(1 hour)', undefined, '2026-11-23T12:58:00.000Z'],
    ['cron(15 10 * * ? *)', undefined, '2026-11-24T10:15:00.000Z'],
    ['cron(0/15 * * * ? *)', undefined, '2026-11-23T12:15:00.000Z'],
    // 1 is Sunday.
    ['cron(0 9 ? * 2#1 *)', undefined, '2026-12-07T09:00:00.000Z'],
    ['cron(0 18 ? * MON-FRI *)', 'America/New_York', '2026-11-23T23:00:00.000Z'],
    ['cron(0 8 L * ? 2027)', undefined, '2027-01-31T08:00:00.000Z'],
  ])('%s in %s comes next at %s', (text, zone, next) => {
    const atMs = scheduleOf(text, zone, Date.parse('2026-11-23T11:58:00Z')).next(Date.parse(after));
    expect(atMs === undefined ? undefined : new Date(atMs).toISOString()).toBe(next);
  });

  it.each([
    'x',
    'rate(0 minutes)',
    'rate(5 weeks)',
    'cron(* * * * *)',
    'cron(0 9 * * * *)',
    'cron(0 9 ? * ? *)',
    'cron(99 9 * * ? *)',
    'at(tomorrow)',
  ])('%s is refused', (text) => {
    expect(refusable(() => scheduleOf(text, undefined, 0))).toMatchObject({
      rejection: { code: 'ValidationException', message: `Schedule expression is not valid: ${text}` },
    });
  });

  it('needs a time zone that is one', () => {
    expect(refusable(() => scheduleOf('rate(1 day)', 'Mars/Base', 0))).toMatchObject({
      rejection: { code: 'ValidationException' },
    });
  });
});

describe('scheduled actions', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
    world.target({ MinCapacity: 1, MaxCapacity: 4 });
  });
  const put = (more: object) =>
    world.ok('PutScheduledAction', {
      ...TARGET,
      ScheduledActionName: 'rush',
      Schedule: 'rate(5 minutes)',
      ScalableTargetAction: { MinCapacity: 3 },
      ...more,
    });
  const id = { accountId: '000000000000', region: 'us-east-1', resourceId: TARGET.ResourceId, name: 'rush' };
  const trigger = () => world.eventsOf('TriggerScheduledActions', { actions: [id] });
  const target = () => world.ask('DescribeScalableTargets', { ServiceNamespace: 'ecs' }).ScalableTargets[0];

  it('are read back as they were put, and keep what is not given', () => {
    put({ Timezone: 'Europe/Berlin', StartTime: '2026-12-01T00:00:00.000Z' });
    put({ ScalableTargetAction: { MaxCapacity: 9 } });
    expect(world.ask('DescribeScheduledActions', { ServiceNamespace: 'ecs' }).ScheduledActions).toEqual([
      {
        ...TARGET,
        ScheduledActionName: 'rush',
        ScheduledActionARN: expect.stringMatching(
          /^arn:aws:autoscaling:us-east-1:000000000000:scheduledAction:[0-9a-f-]{36}:resource\/ecs\/service\/default\/web:scheduledActionName\/rush$/,
        ),
        Schedule: 'rate(5 minutes)',
        Timezone: 'Europe/Berlin',
        StartTime: '2026-12-01T00:00:00.000Z',
        EndTime: undefined,
        ScalableTargetAction: { MinCapacity: undefined, MaxCapacity: 9 },
        CreationTime: expect.any(String),
      },
    ]);
    world.ok('DeleteScheduledAction', { ...TARGET, ScheduledActionName: 'rush' });
    expect(world.refusal('DeleteScheduledAction', { ...TARGET, ScheduledActionName: 'rush' })).toContain(
      'ObjectNotFoundException',
    );
  });

  it('set the bounds when their time has come, and once for each time', () => {
    put({});
    expect(trigger()).toEqual([]);
    world.now += 5 * MINUTE_MS;
    expect(trigger()).toEqual(['ScheduledActionTriggered', 'ScalableTargetUpdated', 'ScalingActivityStarted']);
    expect(trigger()).toEqual([]);
    expect(target()).toMatchObject({ MinCapacity: 3, MaxCapacity: 4 });
    expect(world.ask('DescribeScalingActivities', { ServiceNamespace: 'ecs' }).ScalingActivities).toEqual([
      expect.objectContaining({
        Description: 'Setting min capacity to 3',
        Cause: 'scheduled action name rush was triggered',
        StatusCode: 'Successful',
      }),
    ]);
  });

  it('that were missed while nobody watched come once', () => {
    put({});
    world.now += 3_600 * 1_000;
    expect(trigger()).toHaveLength(3);
    expect(trigger()).toEqual([]);
  });

  it('do nothing while they are suspended, before their start and after their end', () => {
    put({
      StartTime: new Date(world.now + 60 * MINUTE_MS).toISOString(),
      EndTime: new Date(world.now + 70 * MINUTE_MS).toISOString(),
    });
    world.now += 59 * MINUTE_MS;
    expect(trigger()).toEqual([]);
    world.ok('RegisterScalableTarget', { ...TARGET, SuspendedState: { ScheduledScalingSuspended: true } });
    world.now += MINUTE_MS;
    expect(trigger()).toEqual(['ScheduledActionTriggered']);
    world.ok('RegisterScalableTarget', { ...TARGET, SuspendedState: { ScheduledScalingSuspended: false } });
    world.now += 60 * MINUTE_MS;
    expect(trigger()).toHaveLength(3);
    world.now += 60 * MINUTE_MS;
    expect(trigger()).toEqual([]);
  });

  it('widen the other bound where theirs is beyond it', () => {
    put({ ScalableTargetAction: { MinCapacity: 7 } });
    world.now += 5 * MINUTE_MS;
    trigger();
    expect(target()).toMatchObject({ MinCapacity: 7, MaxCapacity: 7 });
  });
});
