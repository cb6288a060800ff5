import { beforeEach, describe, expect, it } from '@jest/globals';
import { ScalingWorld } from '../../../../../test/support/scaling-world.js';
import { dueGroupSchedules } from './scheduled-actions.js';

const GROUP = { AutoScalingGroupName: 'hosts' };
const NIGHT = { ...GROUP, ScheduledActionName: 'night', Recurrence: '0 20 * * *', MinSize: 0, DesiredCapacity: 0 };
const at = (text: string) => Date.parse(`2026-11-${text}Z`);

describe('scheduled actions of Auto Scaling groups', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
    const sizes = { MinSize: 1, MaxSize: 3, DesiredCapacity: 2 };
    world.ok('CreateAutoScalingGroup', {
      ...GROUP,
      ...sizes,
      LaunchTemplate: { LaunchTemplateName: 'h' },
      VPCZoneIdentifier: 's',
    });
  });
  const described = (input: object = GROUP) =>
    world.ask('DescribeScheduledActionsOfGroups', input).ScheduledUpdateGroupActions as any[];
  const settings = () => world.ask('DescribeAutoScalingGroups', {}).AutoScalingGroups[0];
  /** What is due then, done; how many. */
  const until = (time: string) => {
    world.now = at(time);
    const actions = dueGroupSchedules(world.state, world.now);
    world.ok('TriggerGroupSchedules', { actions });
    return actions.length;
  };

  it('are told with when they are next, replaced as a whole, and deleted', () => {
    world.ok('PutScheduledUpdateGroupAction', { ...NIGHT, TimeZone: 'Europe/Berlin' });
    expect(described()).toEqual([
      {
        ...NIGHT,
        TimeZone: 'Europe/Berlin',
        ScheduledActionARN: expect.stringMatching(
          /^arn:aws:autoscaling:us-east-1:000000000000:scheduledUpdateGroupAction:[0-9a-f-]{36}:autoScalingGroupName\/hosts:scheduledActionName\/night$/,
        ),
        StartTime: '2026-11-23T19:00:00.000Z',
        Time: '2026-11-23T19:00:00.000Z',
      },
    ]);
    world.ok('PutScheduledUpdateGroupAction', { ...NIGHT, MinSize: undefined });
    expect(described({ ScheduledActionNames: ['night'] })[0]).not.toHaveProperty('MinSize');
    expect(described({ ...GROUP, EndTime: '2026-11-23T19:00:00Z' })).toEqual([]);
    world.ok('DeleteScheduledActionOfGroup', NIGHT);
    expect(described()).toEqual([]);
  });

  it('set the sizes that they name when it is time, again and again', () => {
    world.ok('PutScheduledUpdateGroupAction', NIGHT);
    expect(until('23T19:59:59')).toBe(0);
    expect(until('23T20:00:00')).toBe(1);
    expect(settings()).toMatchObject({ MinSize: 0, MaxSize: 3, DesiredCapacity: 0 });
    expect(until('23T20:00:01')).toBe(0);
    world.ok('SetDesiredCapacity', { ...GROUP, DesiredCapacity: 3 });
    // Missed for days: done once.
    expect(until('26T12:00:00')).toBe(1);
    expect(settings().DesiredCapacity).toBe(0);
    expect(world.state.autoScalingGroups.get('000000000000/us-east-1:hosts')!.scaled!.cause).toBe(
      'the scheduled action night changed the desired capacity from 3 to 0',
    );
    expect(until('26T12:00:01')).toBe(0);
  });

  it('are gone when they will not come again', () => {
    const once = { ...GROUP, ScheduledActionName: 'once', StartTime: '2026-11-24T06:00:00Z', MaxSize: 5 };
    world.ok('PutScheduledUpdateGroupAction', once);
    world.ok('PutScheduledUpdateGroupAction', { ...NIGHT, StartTime: '2026-11-24T07:00:00Z', EndTime: '2026-11-25T00:00:00Z' });
    expect(until('24T06:30:00')).toBe(1);
    expect(settings().MaxSize).toBe(5);
    expect(described().map(({ ScheduledActionName }) => ScheduledActionName)).toEqual(['night']);
    // Its first time is its StartTime, the second its last.
    expect([until('24T07:00:00'), until('24T20:00:00')]).toEqual([1, 1]);
    expect(described()).toEqual([]);
  });

  it('do nothing while they are suspended, and say what could not be done', () => {
    world.ok('PutScheduledUpdateGroupAction', NIGHT);
    world.ok('SuspendProcesses', { ...GROUP, ScalingProcesses: ['ScheduledActions'] });
    expect(until('23T20:00:00')).toBe(1);
    expect(settings().DesiredCapacity).toBe(2);
    world.ok('ResumeProcesses', GROUP);
    world.ok('PutScheduledUpdateGroupAction', { ...GROUP, ScheduledActionName: 'big', Recurrence: '0 6 * * *', MinSize: 9 });
    expect(until('24T06:00:00')).toBe(1);
    expect(settings().MinSize).toBe(1);
    expect(world.ask('DescribeActivitiesOfGroups', GROUP).Activities[0]).toMatchObject({
      Description: 'Executing scheduled action big',
      StatusCode: 'Failed',
      StatusMessage: 'Max bound, 3, must be greater than or equal to min bound, 9',
    });
  });

  it('go with their group', () => {
    world.ok('PutScheduledUpdateGroupAction', NIGHT);
    world.ok('DeleteAutoScalingGroup', { ...GROUP, instances: 0 });
    expect(world.state.groupScheduledActions.size).toBe(0);
  });

  it('are put and deleted in batches, each for itself', () => {
    const { FailedScheduledUpdateGroupActions } = world.ok('BatchPutScheduledUpdateGroupAction', {
      ...GROUP,
      ScheduledUpdateGroupActions: [
        NIGHT,
        { ScheduledActionName: 'none' },
        { ...NIGHT, ScheduledActionName: 'late', StartTime: '2020-01-01T00:00:00Z' },
      ],
    });
    expect(FailedScheduledUpdateGroupActions).toEqual([
      expect.objectContaining({ ScheduledActionName: 'none', ErrorCode: 'ValidationError' }),
      expect.objectContaining({ ScheduledActionName: 'late', ErrorMessage: 'Given start time is in the past' }),
    ]);
    const { FailedScheduledActions } = world.ok('BatchDeleteScheduledAction', {
      ...GROUP,
      ScheduledActionNames: ['night', 'none'],
    });
    expect(FailedScheduledActions).toEqual([expect.objectContaining({ ScheduledActionName: 'none' })]);
    expect(described()).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ['no size', { MinSize: undefined, DesiredCapacity: undefined }, /At least one of MinSize/],
    ['no time', { Recurrence: undefined }, /StartTime or Recurrence/],
    ['the past', { StartTime: '2020-01-01T00:00:00Z' }, /^ValidationError: Given start time is in the past$/],
    ['an end before the start', { StartTime: '2027-01-01T00:00:00Z', EndTime: '2026-12-01T00:00:00Z' }, /EndTime must be after/],
    ['sizes that cross', { MinSize: 2, MaxSize: 1 }, /Max bound, 1/],
    ['a capacity outside', { MinSize: 1, MaxSize: 2, DesiredCapacity: 3 }, /between MinSize and MaxSize/],
    ['less than none', { MinSize: -1 }, /MinSize must be 0 or more/],
    ['no cron', { Recurrence: 'daily' }, /no cron expression/],
    ['six fields', { Recurrence: '0 0 20 * * *' }, /no cron expression/],
    ['no zone', { TimeZone: 'Mars' }, /Mars no time zone/],
    ['no group', { AutoScalingGroupName: 'x' }, /'x' not found/],
  ])('are refused with %s', (_what, more, message) => {
    expect(world.refusal('PutScheduledUpdateGroupAction', { ...NIGHT, ...more })).toMatch(message);
  });

  it('that are not there are not deleted', () => {
    expect(world.refusal('DeleteScheduledActionOfGroup', NIGHT)).toMatch(/Scheduled action night not found/);
  });
});
