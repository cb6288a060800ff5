import fc from 'fast-check';
import { situationsAt } from '../../../../../test/support/scaling-situations.js';
import { decideScaling } from './decide-scaling.js';
import type { Situation, Step, Tracking } from './situation.js';
import { stepCapacity, stepOf } from './step-capacity.js';

const NOW = 1_000_000_000;
const { reading, tracking, situation } = situationsAt(NOW);
const step = (value: number, more: Partial<Step> = {}): Step => ({
  kind: 'step',
  name: 'steps',
  settings: {
    AdjustmentType: 'ChangeInCapacity',
    StepAdjustments: [
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 2 },
      { MetricIntervalLowerBound: 20, ScalingAdjustment: 3 },
      { MetricIntervalUpperBound: 0, ScalingAdjustment: -1 },
    ],
  },
  reading: { ...reading(value), threshold: 60 },
  cooldownSeconds: 300,
  periodSeconds: 10,
  ...more,
});
const last = (from: number, to: number, agoSeconds: number, more: object = {}) => ({
  from,
  to,
  base: from,
  policyName: 'cpu',
  cooldownSeconds: 300,
  startedAtMs: NOW - agoSeconds * 1_000,
  endedAtMs: NOW - agoSeconds * 1_000 + 1_000,
  ...more,
});
const to = (more: Partial<Situation>) => decideScaling(situation(more))?.scaling?.to;
const why = (more: Partial<Situation>) => decideScaling(situation(more))?.notScaled?.map(({ Code }) => Code);
const high = (value: number, more: Partial<Tracking> = {}) => [tracking({ high: reading(value), ...more })];
const low = (value: number, more: Partial<Tracking> = {}) => [tracking({ low: reading(value), ...more })];

describe('target tracking', () => {
  it('scales out to what the load needs, at once, and says why', () => {
    expect(decideScaling(situation({ policies: high(120) }))).toEqual({
      cause: 'monitor alarm a in state ALARM triggered policy cpu',
      details: 'n m is 120 (Average of 10 s), > 50, with 2 running tasks; policy cpu sets 2 → 5',
      scaling: { from: 2, to: 5, base: 2, policyName: 'cpu', cooldownSeconds: 300 },
    });
  });

  it('stays within the bounds, and lifts to the minimum first', () => {
    expect(to({ policies: high(1_000) })).toBe(10);
    expect(to({ policies: high(60), min: 7 })).toBe(7);
    expect(why({ policies: high(120), desired: 10, running: 10 })).toEqual(['AlreadyAtMaxCapacity']);
    expect(why({ policies: low(1), desired: 1, running: 1 })).toEqual(['AlreadyAtMinCapacity']);
    // Somebody has set them outside.
    expect(to({ policies: high(120), desired: 12, running: 12 })).toBeUndefined();
    expect(to({ policies: low(1), desired: 1, running: 1, min: 2 })).toBeUndefined();
  });

  it('adds nothing twice: what was added counts until it runs, for the cooldown, and while values are from before', () => {
    const policies = high(120);
    expect(to({ policies, desired: 5, running: 2 })).toBeUndefined();
    expect(to({ policies, desired: 5, running: 5, last: last(2, 5, 60) })).toBeUndefined();
    const free = high(120, { scaleOutCooldownSeconds: 0 });
    expect(to({ policies: free, desired: 5, running: 5, last: last(2, 5, 5) })).toBeUndefined();
    expect(to({ policies: free, desired: 5, running: 5, last: last(2, 5, 60) })).toBe(10);
    expect(to({ policies, desired: 5, running: 5, last: last(2, 5, 301) })).toBe(10);
  });

  it('scales out further within a cooldown when the load is larger', () => {
    expect(to({ policies: high(200), desired: 5, running: 5, last: last(2, 5, 60) })).toBe(8);
  });

  it('scales in when all policies agree, to the largest of their wishes', () => {
    const wide = { desired: 8, running: 8 };
    expect(to({ ...wide, policies: low(10) })).toBe(2);
    expect(to({ ...wide, policies: [...low(10), ...low(20, { name: 'memory' })] })).toBe(4);
    expect(to({ ...wide, policies: [...low(10), tracking({ name: 'memory' })] })).toBeUndefined();
    expect(to({ ...wide, policies: [...low(10), tracking({ name: 'memory', canScaleIn: false })] })).toBe(2);
    expect(to({ ...wide, policies: [...low(10), ...high(60, { name: 'memory' })] })).toBe(10);
  });

  it('does not scale in during a deployment, a cooldown, or while tasks start or stop; and never when that would be too few', () => {
    const wide = { desired: 8, running: 8, policies: low(10) };
    expect(to({ ...wide, isDeploying: true })).toBeUndefined();
    expect(to({ ...wide, last: last(2, 8, 200) })).toBeUndefined();
    expect(to({ ...wide, last: last(9, 8, 200) })).toBeUndefined();
    expect(to({ ...wide, running: 7 })).toBeUndefined();
    expect(to({ ...wide, last: last(2, 8, 301) })).toBe(2);
    expect(why({ desired: 4, running: 4, policies: low(44) })).toEqual(['AutoScalingAnticipatedFlapping']);
  });

  it('scales out although a scale-in is cooling down', () => {
    expect(to({ desired: 8, running: 8, policies: high(100), last: last(9, 8, 10) })).toBe(10);
  });

  it('does nothing of what is suspended', () => {
    const suspended = { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: true, ScheduledScalingSuspended: false };
    expect(decideScaling(situation({ policies: high(120), suspended }))).toBeUndefined();
    expect(decideScaling(situation({ policies: low(1), desired: 8, running: 8, suspended }))).toBeUndefined();
  });

  it('begins from nothing with the minimum, or one', () => {
    expect(to({ policies: high(120), desired: 0, running: 0, min: 0 })).toBe(1);
    expect(to({ policies: high(120), desired: 2, running: 0 })).toBeUndefined();
  });
});

describe('step scaling', () => {
  it('takes the step that the value is in', () => {
    expect(to({ policies: [step(60)] })).toBe(4);
    expect(to({ policies: [step(80)] })).toBe(5);
    expect(to({ policies: [step(59)], desired: 4, running: 4 })).toBe(3);
  });

  it('counts what was added within a cooldown: +2, then +3, is one more', () => {
    const ago = last(2, 4, 60, { policyName: 'steps' });
    expect(to({ policies: [step(70)], desired: 4, running: 4, last: ago })).toBeUndefined();
    expect(to({ policies: [step(90)], desired: 4, running: 4, last: ago })).toBe(5);
  });

  it('acts once a period while the alarm stays', () => {
    const policies = [step(70, { cooldownSeconds: 0, periodSeconds: 60 })];
    expect(
      to({ policies, desired: 4, running: 4, last: last(2, 4, 50, { policyName: 'steps', cooldownSeconds: 0 }) }),
    ).toBeUndefined();
    expect(to({ policies, desired: 4, running: 4, last: last(2, 4, 61, { policyName: 'steps', cooldownSeconds: 0 }) })).toBe(6);
  });

  it('is beaten by the policy that wants more', () => {
    expect(to({ policies: [step(70), ...high(200)] })).toBe(8);
  });

  it.each([
    [10, 'PercentChangeInCapacity', 10, undefined, 11],
    [10, 'PercentChangeInCapacity', 25, undefined, 12],
    [10, 'PercentChangeInCapacity', -25, undefined, 8],
    [3, 'PercentChangeInCapacity', 10, undefined, 4],
    [3, 'PercentChangeInCapacity', -10, undefined, 2],
    [10, 'PercentChangeInCapacity', 10, 3, 13],
    [10, 'ExactCapacity', 4, undefined, 4],
    [1, 'ChangeInCapacity', -5, undefined, 0],
  ] as const)(
    'of %i by %s %i (at least %s) is %i',
    (current, AdjustmentType, ScalingAdjustment, MinAdjustmentMagnitude, wanted) => {
      const StepAdjustments = [{ MetricIntervalLowerBound: 0, ScalingAdjustment }];
      expect(stepCapacity({ AdjustmentType, StepAdjustments, MinAdjustmentMagnitude }, current, 1)).toBe(wanted);
    },
  );

  it('has bounds that belong to one step each', () => {
    const steps = [
      { MetricIntervalUpperBound: -10, ScalingAdjustment: -2 },
      { MetricIntervalLowerBound: -10, MetricIntervalUpperBound: 0, ScalingAdjustment: -1 },
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
      { MetricIntervalLowerBound: 10, ScalingAdjustment: 2 },
    ];
    const taken = [-11, -10, -9, 0, 9, 10].map((distance) => stepOf(steps, distance)?.ScalingAdjustment);
    expect(taken).toEqual([-2, -2, -1, 1, 1, 2]);
    expect(stepOf([steps[1]!], 0)).toBe(steps[1]);
  });
});

/** A load that each of its tasks has a share of, tasks that take their time to start, and alarms as they are made. */
function live(
  load: (second: number) => number,
  of: { target: number; min: number; max: number; out: number; in: number; startSeconds: number; from: number },
) {
  let desired = of.from;
  let tasks = Array.from({ length: of.from }, () => -1_000);
  let ranBefore = of.from;
  let step: Situation['last'];
  const tens: number[] = [];
  const counts: number[] = [];
  for (let second = 0; second < 3_600 * 3; second += 10) {
    // One after the other.
    const running = tasks.filter((since, index) => second - since >= of.startSeconds * (1 + (index % 3))).length;
    counts.push(desired);
    // Of the ten seconds before: what started in them had no share of it yet.
    tens.push(ranBefore > 0 ? load(second) / ranBefore : NaN);
    ranBefore = running;
    const nowMs = (second + 3) * 1_000;
    if (step && step.endedAtMs === undefined && running === step.to) step = { ...step, endedAtMs: second * 1_000 };
    // 15 minutes of minutes.
    const minutes = Array.from({ length: 15 }, (_, index) => tens.slice(-6 * (index + 1), -6 * index || undefined)).map(
      (minute) => minute.reduce((sum, value) => sum + value, 0) / minute.length,
    );
    const value = tens.at(-1)!;
    const isLow = tens.length >= 90 && minutes.every((minute) => minute < of.target * 0.9);
    const policy = tracking({
      target: of.target,
      scaleOutCooldownSeconds: of.out,
      scaleInCooldownSeconds: of.in,
      ...(value > of.target ? { high: reading(value, { fromMs: (second - 10) * 1_000 }) } : {}),
      ...(isLow ? { low: reading(Math.max(...minutes), { fromMs: (second - 60) * 1_000 }) } : {}),
    });
    const { min, max } = of;
    const outcome = decideScaling(
      situation({ nowMs, desired, running, min, max, ...(step ? { last: step } : {}), policies: [policy] }),
    );
    if (!outcome?.scaling) continue;
    step = { ...outcome.scaling, startedAtMs: nowMs };
    desired = outcome.scaling.to;
    tasks =
      desired < tasks.length
        ? tasks.slice(0, desired)
        : [...tasks, ...Array.from({ length: desired - tasks.length }, () => second)];
  }
  return counts;
}

describe('a service with a target', () => {
  const worlds = fc.record({
    target: fc.integer({ min: 1, max: 100 }),
    min: fc.integer({ min: 1, max: 3 }),
    max: fc.integer({ min: 3, max: 40 }),
    out: fc.constantFrom(0, 30, 300),
    in: fc.constantFrom(0, 30, 300),
    startSeconds: fc.integer({ min: 0, max: 90 }),
    from: fc.integer({ min: 1, max: 40 }),
  });
  const clamped = (count: number, { min, max }: { min: number; max: number }) => Math.min(Math.max(count, min), max);

  it('comes to rest under any constant load, within its bounds, with enough for it, without going up and down', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 450 }), (of, tenths) => {
        const load = (of.target * tenths) / 10;
        const counts = live(() => load, { ...of, from: clamped(of.from, of) });
        const needed = clamped(Math.ceil(tenths / 10), of);
        const end = counts.at(-1)!;
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.min(of.min, counts[0]!));
        expect(Math.max(...counts)).toBeLessThanOrEqual(of.max);
        expect(end).toBeGreaterThanOrEqual(needed);
        // Above what is needed by what a tenth below the target leaves alone, rounded up.
        expect(end).toBeLessThanOrEqual(Math.max(needed, Math.ceil(needed / 0.9), counts[0]! <= needed ? needed : 0));
        const moves = counts.flatMap((count, at) =>
          at > 0 && count !== counts[at - 1] ? [Math.sign(count - counts[at - 1]!)] : [],
        );
        const turns = moves.filter((move, at) => at > 0 && move !== moves[at - 1]);
        expect(turns).toEqual([]);
        expect(new Set(counts.slice(-60)).size).toBe(1);
        // Nothing that the load needs is ever taken away.
        counts.forEach((count, at) => at > 0 && count < counts[at - 1]! && expect(count).toBeGreaterThanOrEqual(needed));
      }),
      { numRuns: 150 },
    );
  });

  it('follows a load that grows and goes', () => {
    const of = { target: 50, min: 1, max: 20, out: 60, in: 60, startSeconds: 20, from: 1 };
    const counts = live((second) => (second < 600 ? 40 : second < 3_600 ? 500 : 40), of);
    expect([counts[0], Math.max(...counts), counts.at(-1)]).toEqual([1, 10, 1]);
    expect(counts[63]).toBe(10);
  });
});
