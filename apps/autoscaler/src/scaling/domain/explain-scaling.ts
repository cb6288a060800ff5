import type { NotScaledReason, ScalingActivity } from '../../domain/targets/model.js';
import { decideScaling } from './decide-scaling.js';
import type { Outcome, Situation } from './situation.js';

/** An alarm of a policy, as it is now. */
export interface ExplainedAlarm {
  readonly name: string;
  readonly state: string;
  /** `AWS/ECS CPUUtilization > 70 for 1 of 1 periods of 10 s`. */
  readonly condition: string;
  /** What its policy goes by: `41.5 (Average of 10 s)`. */
  readonly value?: string;
  /** Whatever its state is, it asks nobody to act. */
  readonly isMute?: boolean;
}

export interface ExplainedPolicy {
  readonly name: string;
  readonly kind: 'target tracking' | 'step scaling';
  readonly alarms: readonly ExplainedAlarm[];
}

export interface ScalingFacts {
  /** `service/default/web`. */
  readonly resourceId: string;
  readonly situation: Situation;
  readonly policies: readonly ExplainedPolicy[];
  /** From old to new. */
  readonly activities: readonly ScalingActivity[];
}

const LAST_STEPS = 5;

const LEFT: Readonly<Record<string, (reason: NotScaledReason) => string>> = {
  AlreadyAtMaxCapacity: ({ MaxCapacity }) => `it already is at its maximum of ${MaxCapacity}`,
  AlreadyAtMinCapacity: ({ MinCapacity }) => `it already is at its minimum of ${MinCapacity}`,
  AutoScalingAnticipatedFlapping: () => 'with fewer tasks the load would ask for more again at once',
};

/** What is done for a target now, or why nothing is. */
export function whyNow(situation: Situation, policies: readonly ExplainedPolicy[] = []): string {
  // A bound would hold it when it has cooled down, too.
  const outcome = decideScaling(situation) ?? atBound(situation);
  if (outcome?.scaling)
    return `It goes from ${outcome.scaling.from} to ${outcome.scaling.to}: ${outcome.details ?? outcome.cause}.`;
  const [left] = outcome?.notScaled ?? [];
  if (outcome && left) return `It stays at ${situation.desired}: ${LEFT[left.Code]?.(left) ?? left.Code} (${outcome.cause}).`;
  return `It stays at ${situation.desired}: ${heldBackBy(situation, policies).join('; ')}.`;
}

function atBound({ last: _last, ...situation }: Situation): Outcome | undefined {
  const outcome = decideScaling(situation);
  return outcome?.notScaled?.some(({ Code }) => Code.startsWith('AlreadyAt')) ? outcome : undefined;
}

/** Where no alarm asks any of them to act. */
function notAsked(policies: readonly ExplainedPolicy[]): readonly string[] {
  if (policies.length === 0) return ['it has no policy'];
  const alarms = policies.flatMap((policy) => policy.alarms);
  if (alarms.length === 0) return ['no alarm triggers its policies'];
  const mute = alarms.filter(({ state, isMute }) => state === 'ALARM' && isMute);
  if (mute.length > 0) return mute.map(({ name }) => `${name} is in state ALARM, and its actions are off`);
  return ['no alarm of its policies rings'];
}

function heldBackBy(situation: Situation, explained: readonly ExplainedPolicy[]): readonly string[] {
  const { policies, suspended, isDeploying, running, desired } = situation;
  if (policies.length === 0) return notAsked(explained);
  const isOut = policies.some((policy) => policy.kind === 'tracking' && policy.high?.state === 'ALARM');
  const tracking = policies.flatMap((policy) => (policy.kind === 'tracking' && policy.canScaleIn ? [policy] : []));
  const isIn = tracking.some(({ low }) => low?.state === 'ALARM');
  const isStep = policies.some(({ kind }) => kind === 'step');
  if (!isOut && !isIn && !isStep) return ['no alarm of its policies rings'];
  const reasons = [
    ...(isOut && suspended.DynamicScalingOutSuspended ? ['scaling out is suspended'] : []),
    ...(isIn && suspended.DynamicScalingInSuspended ? ['scaling in is suspended'] : []),
    ...cooldown(situation),
    ...(isDeploying ? ['a deployment is under way, in which nothing is scaled in'] : []),
    ...(running === desired ? [] : [`${running} tasks run and ${desired} are wanted: values are about other tasks`]),
    ...(isIn && tracking.some(({ low }) => low?.state !== 'ALARM') ? ['not all policies agree to scale in'] : []),
  ];
  return reasons.length > 0 ? reasons : ['what its policies ask for is what it has'];
}

function cooldown({ last, nowMs }: Situation): readonly string[] {
  if (!last) return [];
  const untilMs = last.startedAtMs + last.cooldownSeconds * 1_000;
  const step = `the step from ${last.from} to ${last.to}`;
  if (last.endedAtMs === undefined) return [`${step} is not done yet`];
  return nowMs < untilMs ? [`${step} cools down until ${new Date(untilMs).toISOString()}`] : [];
}

const alarmLine = ({ name, state, condition, value, isMute = false }: ExplainedAlarm): string =>
  `    ${state.padEnd(17)} ${name}: ${condition}, ${value === undefined ? 'no value yet' : `now ${value}`}${isMute ? ', its actions are off' : ''}`;

const stepLine = ({ startedAt, description, cause, details, status, statusMessage, notScaled }: ScalingActivity): string =>
  [
    `  ${startedAt} ${status}: ${description} ${details ?? cause}`,
    ...(notScaled ?? []).map((reason) => `    left: ${LEFT[reason.Code]?.(reason) ?? reason.Code}`),
    ...(status === 'Failed' && statusMessage !== undefined ? [`    ${statusMessage}`] : []),
  ].join('\n');

/** Which metric, which value, which policy, from and to; and why nothing is done now. */
export function explainScaling({ resourceId, situation, policies, activities }: ScalingFacts): {
  readonly summary: string;
  readonly text: string;
} {
  const { running, desired, min, max } = situation;
  const summary = whyNow(situation, policies);
  const lines = [
    `${resourceId}: ${running} of ${desired} wanted tasks run; ${min} to ${max} may`,
    `  ${summary}`,
    'Policies',
    ...(policies.length === 0 ? ['  none'] : []),
    ...policies.flatMap(({ name, kind, alarms }) => [
      `  ${name} (${kind})`,
      ...(alarms.length === 0 ? ['    no alarm triggers it'] : alarms.map(alarmLine)),
    ]),
    'Last steps',
    ...(activities.length === 0 ? ['  none'] : activities.slice(-LAST_STEPS).reverse().map(stepLine)),
  ];
  return { summary, text: lines.join('\n') };
}
