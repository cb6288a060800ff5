import { situationsAt } from '../../../../../test/support/scaling-situations.js';
import type { ScalingActivity } from '../../domain/targets/model.js';
import { type ExplainedAlarm, explainScaling, whyNow } from './explain-scaling.js';
import type { Situation } from './situation.js';

const NOW = Date.UTC(2026, 10, 29, 12);
const { reading, tracking, situation } = situationsAt(NOW);
const high = [tracking({ high: reading(120) })];
const low = [tracking({ low: reading(10) })];
const last = {
  from: 2,
  to: 5,
  base: 2,
  policyName: 'cpu',
  cooldownSeconds: 300,
  startedAtMs: NOW - 60_000,
  endedAtMs: NOW - 50_000,
};
const suspended = { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: true, ScheduledScalingSuspended: false };

describe('why a service is scaled or not', () => {
  it.each<[string, Partial<Situation>, string]>([
    ['what it does', { policies: high }, 'It goes from 2 to 5: n m is 120 (Average of 10 s), > 50, with 2 running tasks'],
    ['that nothing rings', { policies: [tracking()] }, 'It stays at 2: no alarm of its policies rings.'],
    ['that there is nothing to act on', { policies: [] }, 'It stays at 2: it has no policy.'],
    ['its maximum', { policies: high, desired: 10, running: 10 }, 'It stays at 10: it already is at its maximum of 10'],
    ['its minimum', { policies: low, desired: 1, running: 1 }, 'It stays at 1: it already is at its minimum of 1'],
    [
      'its maximum, also while it cools down: it would stay there',
      { policies: high, desired: 10, running: 10, last: { ...last, to: 10 } },
      'It stays at 10: it already is at its maximum of 10',
    ],
    [
      'its minimum, also while it cools down',
      { policies: low, desired: 1, running: 1, last: { ...last, from: 2, to: 1 } },
      'It stays at 1: it already is at its minimum of 1',
    ],
    ['a suspension', { policies: high, suspended }, 'scaling out is suspended'],
    [
      'a cooldown',
      { policies: high, desired: 5, running: 5, last },
      'the step from 2 to 5 cools down until 2026-11-29T12:04:00.000Z',
    ],
    [
      'a step under way',
      { policies: high, desired: 5, running: 2, last: { ...last, endedAtMs: undefined } as never },
      'is not done yet',
    ],
    ['a deployment', { policies: low, desired: 8, running: 8, isDeploying: true }, 'a deployment is under way'],
    ['tasks that start', { policies: low, desired: 8, running: 7 }, '7 tasks run and 8 are wanted'],
    [
      'policies that do not agree',
      { policies: [...low, tracking({ name: 'memory' })], desired: 8, running: 8 },
      'not all policies agree',
    ],
  ])('is told by %s', (_what, more, words) => {
    expect(whyNow(situation(more))).toContain(words);
  });

  it('is told of a policy of steps by its alarms, also where none rings or what rings is told nobody', () => {
    const told = (...alarms: readonly ExplainedAlarm[]) =>
      explainScaling({
        resourceId: 'service/default/web',
        situation: situation({ policies: [] }),
        policies: [{ name: 'steps', kind: 'step scaling', alarms }],
        activities: [],
      }).text;
    const alarm = {
      name: 'deep',
      state: 'OK',
      condition: 'app Depth greater than 10 in 1 of 1 periods of 60 s',
      value: '3 (Average of 60 s)',
    };
    expect(told(alarm)).toContain('It stays at 2: no alarm of its policies rings.');
    expect(told(alarm)).toContain(
      '    OK                deep: app Depth greater than 10 in 1 of 1 periods of 60 s, now 3 (Average of 60 s)',
    );
    const mute = { ...alarm, state: 'ALARM', isMute: true };
    expect(told(mute)).toContain('It stays at 2: deep is in state ALARM, and its actions are off.');
    expect(told(mute)).toContain('now 3 (Average of 60 s), its actions are off');
    expect(told()).toContain('It stays at 2: no alarm triggers its policies.');
    expect(told({ ...alarm, value: undefined } as never)).toContain('no value yet');
  });

  it('is told by what was measured, and by what that is in a minute where the target is a minute’s', () => {
    const requests = tracking({ high: reading(1_500, { of: 'Sum of 10 s', measured: 250 }) });
    expect(whyNow(situation({ policies: [requests] }))).toContain(
      'n m is 250 (Sum of 10 s), 1500 a minute, > 50, with 2 running',
    );
  });

  it('is told with its policies, their alarms and the last steps', () => {
    const step: ScalingActivity = {
      id: '1',
      description: 'Setting desired count to 2.',
      cause: 'monitor alarm a in state ALARM triggered policy cpu',
      details: 'AWS/ECS CPUUtilization is 90, > 50, with 1 running tasks; policy cpu sets 1 → 2',
      startedAt: '2026-11-29T11:00:00.000Z',
      status: 'Successful',
    };
    const policies = [
      {
        name: 'cpu',
        kind: 'target tracking' as const,
        alarms: [
          {
            name: 'AlarmHigh',
            state: 'OK',
            condition: 'AWS/ECS CPUUtilization > 50 for 1 of 1 periods of 10 s',
            value: '41.5 (Average of 10 s)',
          },
          { name: 'AlarmLow', state: 'INSUFFICIENT_DATA', condition: 'AWS/ECS CPUUtilization < 45 for 15 of 15 periods of 60 s' },
        ],
      },
    ];
    const { text } = explainScaling({
      resourceId: 'service/default/web',
      situation: situation({ policies: [tracking()] }),
      policies,
      activities: [step],
    });
    expect(text).toBe(
      [
        'service/default/web: 2 of 2 wanted tasks run; 1 to 10 may',
        '  It stays at 2: no alarm of its policies rings.',
        'Policies',
        '  cpu (target tracking)',
        '    OK                AlarmHigh: AWS/ECS CPUUtilization > 50 for 1 of 1 periods of 10 s, now 41.5 (Average of 10 s)',
        '    INSUFFICIENT_DATA AlarmLow: AWS/ECS CPUUtilization < 45 for 15 of 15 periods of 60 s, no value yet',
        'Last steps',
        '  2026-11-29T11:00:00.000Z Successful: Setting desired count to 2. AWS/ECS CPUUtilization is 90, > 50, with 1 running tasks; policy cpu sets 1 → 2',
      ].join('\n'),
    );
  });
});
