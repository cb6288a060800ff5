import type { EcsState, Service } from '#lib/ecs/model';
import { datapointsOf, newestEndMs } from '../alarms/find-changes.js';
import type { Alarm, AlarmSettings } from '../domain/model.js';
import { alarmKey, currentActions, type ScalingState } from '../domain/state.js';
import { lastScaling } from '../domain/targets/activities.js';
import type { ScalableTarget, ScalingPolicy } from '../domain/targets/model.js';
import { policyKeyOf, ofTarget, targetKey } from '../domain/targets/names.js';
import type { MetricStore } from '../metrics/metric-store.js';
import type { Reading, Situation, Step, Tracking, TriggeredPolicy } from './domain/situation.js';

/** ECS's defaults, in and out. */
const COOLDOWN_SECONDS = 300;

export interface Seen {
  readonly scaling: ScalingState;
  readonly ecs: EcsState;
  readonly store: MetricStore;
  readonly nowMs: number;
}

/** As ECS's `runningCount` has them, of all deployments. */
export function runningTasks(ecs: EcsState, { serviceArn }: Service): number {
  let running = 0;
  for (const { lastStatus } of ecs.tasks.by('service', serviceArn)) running += Number(lastStatus === 'RUNNING');
  return running;
}

export function situationOf(seen: Seen, target: ScalableTarget, service: Service): Situation {
  const { scaling, ecs, nowMs } = seen;
  const last = lastScaling(scaling, target);
  return {
    nowMs,
    desired: service.desiredCount,
    running: runningTasks(ecs, service),
    isDeploying: service.deployments.some(({ rolloutState }) => rolloutState === 'IN_PROGRESS'),
    min: target.minCapacity,
    max: target.maxCapacity,
    suspended: target.suspended,
    ...(last
      ? {
          last: {
            ...last.scaling,
            startedAtMs: Date.parse(last.startedAt),
            ...(last.endedAt === undefined ? {} : { endedAtMs: Date.parse(last.endedAt) }),
          },
        }
      : {}),
    policies: [...scaling.scalingPolicies.ordered('target', targetKey(target))].flatMap((policy) =>
      triggeredBy(seen, policy, alarmsAsking(seen, policy)),
    ),
  };
}

/** A policy, of a service or of a group, as it acts. */
export type ActingPolicy = Pick<ScalingPolicy, 'accountId' | 'region' | 'name' | 'settings' | 'alarms'>;
export type SeenMetrics = Omit<Seen, 'ecs'>;

/** `asking`: the alarms that ask one of steps to act. */
export const triggeredBy = (seen: SeenMetrics, policy: ActingPolicy, asking: Iterable<Alarm>): readonly TriggeredPolicy[] =>
  policy.settings.targetTracking ? [trackingOf(seen, policy)] : stepsOf(seen, policy, asking);

/** What a policy goes by, of one of its alarms: as it acts on it. */
export function readingFor(seen: SeenMetrics, policy: ActingPolicy, alarm: Alarm): Reading | undefined {
  const { targetTracking } = policy.settings;
  if (!targetTracking) return readingOf(seen, alarm, 'newest');
  // The largest of its minutes: what is taken away was not needed in any of them.
  if (alarm.name !== policy.alarms[0]) return readingOf(seen, alarm, 'largest');
  const reading = readingOf(seen, alarm, 'newest');
  return reading && perTarget(reading, alarm, targetTracking.TargetValue);
}

function trackingOf(seen: SeenMetrics, policy: ActingPolicy): Tracking {
  const { TargetValue, DisableScaleIn = false, ScaleInCooldown, ScaleOutCooldown } = policy.settings.targetTracking!;
  const { high, low } = alarmsOf(seen.scaling, policy);
  const highReading = high && readingFor(seen, policy, high);
  const lowReading = low && readingFor(seen, policy, low);
  return {
    kind: 'tracking',
    name: policy.name,
    target: TargetValue,
    ...(highReading ? { high: highReading } : {}),
    ...(lowReading ? { low: lowReading } : {}),
    canScaleIn: !DisableScaleIn,
    scaleOutCooldownSeconds: ScaleOutCooldown ?? COOLDOWN_SECONDS,
    scaleInCooldownSeconds: ScaleInCooldown ?? COOLDOWN_SECONDS,
  };
}

/** Where the alarm's threshold is a share of the target, because its period is one of a minute, the value is a share of a minute's, too. */
const perTarget = (reading: Reading, { settings }: Alarm, target: number): Reading =>
  settings.threshold > 0 && settings.threshold !== target
    ? { ...reading, value: (reading.value * target) / settings.threshold, measured: reading.value }
    : reading;

function alarmsOf(scaling: ScalingState, policy: ActingPolicy): { readonly high?: Alarm; readonly low?: Alarm } {
  const [high, low] = policy.alarms.map((name) => scaling.alarms.get(alarmKey(policy, name)));
  const rings = (alarm: Alarm | undefined) => (alarm && currentActions(alarm).length > 0 ? { alarm } : undefined);
  const [first, second] = [rings(high), rings(low)];
  return { ...(first ? { high: first.alarm } : {}), ...(second ? { low: second.alarm } : {}) };
}

/** Those that ask a policy to act when they ring. */
export const alarmsAsking = ({ scaling }: Pick<Seen, 'scaling'>, policy: ScalingPolicy): Iterable<Alarm> => {
  const key = ofTarget(policy, policy.name);
  return alarmsWithAction(scaling, (alarm, action) => policyKeyOf(alarm, action) === key);
};

/** Those that ask it in some state, whatever state they are in. */
export function alarmsNaming({ scaling }: Pick<Seen, 'scaling'>, policy: ScalingPolicy): readonly Alarm[] {
  const key = ofTarget(policy, policy.name);
  const isOf = (alarm: Alarm) => {
    const { alarmActions, okActions, insufficientDataActions } = alarm.settings;
    return [...alarmActions, ...okActions, ...insufficientDataActions].some((action) => policyKeyOf(alarm, action) === key);
  };
  return [...scaling.alarms.values()].filter(isOf);
}

export function* alarmsWithAction(scaling: ScalingState, isMeant: (alarm: Alarm, action: string) => boolean): Iterable<Alarm> {
  for (const alarm of scaling.alarms.by('active', 'active'))
    if (currentActions(alarm).some((action) => isMeant(alarm, action))) yield alarm;
}

const stepsOf = (seen: SeenMetrics, policy: ActingPolicy, asking: Iterable<Alarm>): readonly Step[] =>
  [...asking].flatMap((alarm): Step[] => {
    const { threshold, periodSeconds } = alarm.settings;
    const settings = policy.settings.stepScaling!;
    const reading = readingOf(seen, alarm, 'newest') ?? atThreshold(seen, alarm);
    if (!reading) return [];
    return [
      {
        kind: 'step',
        name: policy.name,
        settings,
        reading: { ...reading, threshold },
        cooldownSeconds: settings.Cooldown ?? COOLDOWN_SECONDS,
        periodSeconds,
      },
    ];
  });

/**
 * An alarm may ring without a value: somebody set it by hand, or what is missing breaches. The smallest step is taken then. One that rings on although
 * its values have ended is about to say so, and takes none.
 */
const atThreshold = ({ nowMs }: SeenMetrics, alarm: Alarm): Reading | undefined =>
  alarm.state.reasonData === undefined || alarm.settings.treatMissingData === 'breaching'
    ? { ...named(alarm), of: 'nothing was measured: its threshold', value: alarm.settings.threshold, fromMs: nowMs }
    : undefined;

/** `AWS/ECS CPUUtilization`. */
export const metricNamed = ({ metrics, namespace, metricName }: AlarmSettings): string =>
  metrics ? 'metric math' : `${namespace} ${metricName}`;

const measuredOf = ({ settings: { statistic, extendedStatistic, periodSeconds } }: Alarm): string =>
  `${statistic ?? extendedStatistic ?? 'value'} of ${periodSeconds} s`;

const named = ({ name, state, settings }: Alarm) => ({
  alarm: name,
  state: state.value,
  metric: metricNamed(settings),
});

function readingOf({ store, nowMs }: SeenMetrics, alarm: Alarm, which: 'newest' | 'largest'): Reading | undefined {
  const periodMs = alarm.settings.periodSeconds * 1_000;
  const endMs = newestEndMs(nowMs, periodMs);
  const points = datapointsOf(store, alarm, nowMs);
  const newest = points.findIndex((value) => value !== undefined);
  if (newest < 0) return undefined;
  const known = points.slice(0, newest + alarm.settings.evaluationPeriods).filter((value) => value !== undefined);
  const value = which === 'newest' ? points[newest]! : Math.max(...known);
  const of = which === 'newest' ? measuredOf(alarm) : `largest ${measuredOf(alarm)} in ${known.length} periods`;
  return { ...named(alarm), of, value, fromMs: endMs - (newest + 1) * periodMs };
}
