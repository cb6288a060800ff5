import type { NotScaledReason } from '../../domain/targets/model.js';
import { type Outcome, type Situation, type Step, type Tracking, valueTold, type Wish } from './situation.js';
import { stepCapacity } from './step-capacity.js';

/** What rounding of decimals may add to a whole number. */
const EPSILON = 1e-9;

/** As many as bring the value to the target, rounded up: both ways there is never less than the load needs. */
export const capacityFor = (running: number, value: number, target: number): number =>
  Math.ceil((running * value) / target - EPSILON);

/**
 * What is done for a target now; undefined: nothing, and nothing was to be. Application Auto Scaling's rules: out if any policy wants it, in only
 * if all that track and may scale in agree; of several the largest capacity; cooldowns hold back, and only a larger scale-out acts in one.
 */
export function decideScaling(situation: Situation): Outcome | undefined {
  const outs = situation.policies.flatMap((policy) => wishedOut(situation, policy) ?? []);
  const out = largest(outs);
  if (out) return situation.suspended.DynamicScalingOutSuspended ? undefined : scaledOut(situation, out);
  const wish = largest([...wishedIn(situation), ...steppedIn(situation)]);
  if (!wish || situation.suspended.DynamicScalingInSuspended) return undefined;
  return scaledIn(situation, wish);
}

const largest = (wishes: readonly Wish[]): Wish | undefined =>
  wishes.reduce<Wish | undefined>((most, wish) => (most && most.to >= wish.to ? most : wish), undefined);

/**
 * The count that a value is about. Until what was added runs, and for the cooldown, and while the value is from before, it is the one from before
 * the step: so nothing is added twice for one load, and more load is seen all the same.
 */
function baseOf({ running, last, nowMs }: Situation, fromMs: number, cooldownSeconds: number): number {
  if (!last || last.to <= last.from) return running;
  const isSettling =
    last.endedAtMs === undefined || fromMs < last.endedAtMs || nowMs < last.startedAtMs + cooldownSeconds * 1_000;
  return isSettling ? Math.min(running, last.base) : running;
}

function wishedOut(situation: Situation, policy: Tracking | Step): Wish | undefined {
  if (policy.kind === 'step') return stepWish(situation, policy, (to, base) => to > base);
  const { high, target, name, scaleOutCooldownSeconds: cooldownSeconds } = policy;
  if (high?.state !== 'ALARM') return undefined;
  const base = baseOf(situation, high.fromMs, cooldownSeconds);
  // Nothing runs: if it is to run, its load is not known yet; if not, the load is somebody's who waits.
  if (base === 0 && situation.desired > 0) return undefined;
  const to = base === 0 ? Math.max(1, situation.min) : capacityFor(base, high.value, target);
  return { to, policyName: name, reading: high, compared: `> ${target}`, cooldownSeconds };
}

function stepWish(situation: Situation, policy: Step, isWanted: (to: number, base: number) => boolean): Wish | undefined {
  const { reading, settings, name: policyName, cooldownSeconds, periodSeconds } = policy;
  const { last, nowMs, desired } = situation;
  if (last?.policyName === policyName && nowMs < last.startedAtMs + periodSeconds * 1_000) return undefined;
  const base = Math.min(desired, baseOf(situation, reading.fromMs, cooldownSeconds));
  const isOut = (stepCapacity(settings, base, reading.value - reading.threshold) ?? base) > base;
  // What runs beyond the desired count is on its way out, and what does not run yet was not there to be measured.
  const from = isOut ? base : desired;
  const to = stepCapacity(settings, from, reading.value - reading.threshold);
  if (to === undefined || !isWanted(to, from)) return undefined;
  return { to, policyName, reading, compared: `against ${reading.threshold}`, cooldownSeconds };
}

function scaledOut(situation: Situation, wish: Wish): Outcome | undefined {
  const { desired, running, min, max, last } = situation;
  const to = Math.min(Math.max(wish.to, min), max);
  if (to > desired) {
    const base = last && last.to > last.from ? baseOf(situation, wish.reading.fromMs, wish.cooldownSeconds) : running;
    return scaled(situation, wish, to, base);
  }
  if (desired >= max && wish.to > desired)
    return left(wish, { Code: 'AlreadyAtMaxCapacity', MaxCapacity: max, CurrentCapacity: desired });
  return undefined;
}

/** Of all policies that track and may scale in; none unless each of them says so. */
function wishedIn({ policies, running, desired, isDeploying, last }: Situation): readonly Wish[] {
  const asked = policies.filter((policy): policy is Tracking => policy.kind === 'tracking' && policy.canScaleIn);
  if (asked.length === 0 || asked.some(({ low }) => low?.state !== 'ALARM')) return [];
  // A value is about the tasks that ran: while others start or stop it says nothing of the desired count.
  if (isDeploying || running !== desired) return [];
  if (last && asked.some(({ low }) => last.endedAtMs === undefined || low!.fromMs < last.endedAtMs)) return [];
  return asked.map(({ low, target, name: policyName, scaleInCooldownSeconds: cooldownSeconds }) => ({
    to: capacityFor(running, low!.value, target),
    policyName,
    reading: low!,
    compared: `of ${target}`,
    cooldownSeconds,
  }));
}

const steppedIn = (situation: Situation): readonly Wish[] =>
  situation.isDeploying
    ? []
    : situation.policies.flatMap((policy) =>
        policy.kind === 'step' ? (stepWish(situation, policy, (to, from) => to < from) ?? []) : [],
      );

function scaledIn(situation: Situation, wish: Wish): Outcome | undefined {
  const { desired, running, min, last, nowMs } = situation;
  if (last && nowMs < last.startedAtMs + Math.max(last.cooldownSeconds, last.to < last.from ? wish.cooldownSeconds : 0) * 1_000)
    return undefined;
  const to = Math.max(wish.to, min);
  if (to < desired) return scaled(situation, wish, to, running);
  const CurrentCapacity = desired;
  if (desired <= min) return left(wish, { Code: 'AlreadyAtMinCapacity', MinCapacity: min, CurrentCapacity });
  return left(wish, { Code: 'AutoScalingAnticipatedFlapping', CurrentCapacity });
}

const causeOf = ({ reading: { alarm, state }, policyName }: Wish): string =>
  `monitor alarm ${alarm} in state ${state} triggered policy ${policyName}`;

function scaled({ desired }: Situation, wish: Wish, to: number, base: number): Outcome {
  const { reading, compared, policyName, cooldownSeconds } = wish;
  return {
    cause: causeOf(wish),
    details: `${reading.metric} is ${valueTold(reading)}, ${compared}, with ${base} running tasks; policy ${policyName} sets ${desired} → ${to}`,
    scaling: { from: desired, to, base, policyName, cooldownSeconds },
  };
}

const left = (wish: Wish, reason: NotScaledReason): Outcome => ({ cause: causeOf(wish), notScaled: [reason] });
