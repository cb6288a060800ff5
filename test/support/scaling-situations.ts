import type { Reading, Situation, Tracking } from '../../apps/autoscaler/src/scaling/domain/situation.js';

/** What a decision rests on, of a service with two tasks of which ten may be, at a moment. */
export function situationsAt(nowMs: number) {
  const reading = (value: number, more: Partial<Reading> = {}): Reading => ({
    alarm: 'a',
    state: 'ALARM',
    metric: 'n m',
    of: 'Average of 10 s',
    value,
    fromMs: nowMs - 13_000,
    ...more,
  });
  const tracking = (more: Partial<Tracking> = {}): Tracking => ({
    kind: 'tracking',
    name: 'cpu',
    target: 50,
    canScaleIn: true,
    scaleOutCooldownSeconds: 300,
    scaleInCooldownSeconds: 300,
    ...more,
  });
  const situation = (more: Partial<Situation> = {}): Situation => ({
    nowMs,
    desired: 2,
    running: 2,
    isDeploying: false,
    min: 1,
    max: 10,
    suspended: { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false },
    policies: [],
    ...more,
  });
  return { reading, tracking, situation };
}
