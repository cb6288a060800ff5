import { Refusal } from '#lib/kernel';
import type { TargetId } from '../targets/model.js';
import { checkSteps } from '../targets/step-settings.js';
import { type TrackingAlarm, trackingAlarms } from '../targets/tracking-alarms.js';
import type { AutoScalingGroup, GroupPolicy, GroupPolicySettings, GroupPolicyType } from './model.js';
import { groupRefusals as refusals } from './refusals.js';

export interface PolicyInput extends Partial<Omit<GroupPolicySettings, 'PolicyType' | 'Enabled'>> {
  readonly AutoScalingGroupName: string;
  readonly PolicyName: string;
  readonly PolicyType?: string;
  readonly Enabled?: boolean;
  readonly MinAdjustmentStep?: number;
  readonly PredictiveScalingConfiguration?: object;
}

const TYPES: readonly string[] = ['SimpleScaling', 'StepScaling', 'TargetTrackingScaling'];
const DEFAULT_COOLDOWN_SECONDS = 300;

/** Which members are of which type (API_PutScalingPolicy). */
const MEMBERS: Readonly<Record<GroupPolicyType, readonly (keyof GroupPolicySettings)[]>> = {
  SimpleScaling: ['AdjustmentType', 'ScalingAdjustment', 'MinAdjustmentMagnitude', 'Cooldown'],
  StepScaling: [
    'AdjustmentType',
    'StepAdjustments',
    'MinAdjustmentMagnitude',
    'MetricAggregationType',
    'EstimatedInstanceWarmup',
  ],
  TargetTrackingScaling: ['TargetTrackingConfiguration', 'EstimatedInstanceWarmup'],
};
const ALL_MEMBERS = new Set(Object.values(MEMBERS).flat());
const AGGREGATIONS: readonly string[] = ['Minimum', 'Maximum', 'Average'];

/** What PutScalingPolicy says, checked; nothing of another policy of the name stays. */
export function policySettings(input: PolicyInput): GroupPolicySettings {
  const { PolicyType: given = 'SimpleScaling', Enabled = true } = input;
  if (given === 'PredictiveScaling' || input.PredictiveScalingConfiguration)
    throw refusals.validation('Longshore forecasts nothing: use TargetTrackingScaling, StepScaling or SimpleScaling.');
  if (!TYPES.includes(given)) throw refusals.validation(`PolicyType must be one of [${TYPES.join(', ')}], not ${given}.`);
  if (input.MinAdjustmentStep !== undefined)
    throw refusals.validation('MinAdjustmentStep is no longer supported: use MinAdjustmentMagnitude.');
  const type = given as GroupPolicyType;
  const settings: Record<string, unknown> = { PolicyType: type, Enabled };
  for (const member of ALL_MEMBERS) {
    const value = input[member as keyof PolicyInput];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    if (!MEMBERS[type].includes(member)) throw refusals.validation(`${member} is not supported for the policy type ${type}.`);
    settings[member] = value;
  }
  const checked = settings as unknown as GroupPolicySettings;
  checkNumbers(checked);
  if (type === 'SimpleScaling') checkSimple(checked);
  else if (type === 'StepScaling') inWordsOfGroups(() => checkSteps(checked));
  else checkTracking(checked);
  return checked;
}

function checkNumbers({ Cooldown = 0, EstimatedInstanceWarmup = 0, MetricAggregationType = 'Average' }: GroupPolicySettings) {
  if (Cooldown < 0 || EstimatedInstanceWarmup < 0)
    throw refusals.validation('Cooldown and EstimatedInstanceWarmup must be 0 or more.');
  if (!AGGREGATIONS.includes(MetricAggregationType))
    throw refusals.validation(`MetricAggregationType must be one of [${AGGREGATIONS.join(', ')}], not ${MetricAggregationType}.`);
}

/** One step, whatever the alarm's metric is. */
function checkSimple(settings: GroupPolicySettings): void {
  const { ScalingAdjustment, AdjustmentType, MinAdjustmentMagnitude } = settings;
  if (ScalingAdjustment === undefined)
    throw refusals.validation('ScalingAdjustment is required for the policy type SimpleScaling.');
  const StepAdjustments = [{ MetricIntervalLowerBound: 0, ScalingAdjustment }];
  inWordsOfGroups(() => checkSteps({ AdjustmentType, MinAdjustmentMagnitude, StepAdjustments }));
}

function checkTracking({ TargetTrackingConfiguration: tracking }: GroupPolicySettings): void {
  if (!tracking) throw refusals.validation('TargetTrackingConfiguration is required for the policy type TargetTrackingScaling.');
  const type = tracking.PredefinedMetricSpecification?.PredefinedMetricType;
  if (type !== undefined && type !== 'ALBRequestCountPerTarget')
    throw refusals.validation(
      `Longshore does not measure ${type}. Track a metric of ECS by a CustomizedMetricSpecification, such as CPUReservation of AWS/ECS with the ClusterName.`,
    );
  // CloudWatch's limits, and there is nothing to scale for at 0.
  if (!(tracking.TargetValue >= 8.51592e-109 && tracking.TargetValue <= 1.174271e108))
    throw refusals.validation('TargetValue must be between 8.515920e-109 and 1.174271e+108.');
}

/** The rules are those of services; their class of error is not. */
function inWordsOfGroups<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof Refusal ? refusals.validation(error.message) : error;
  }
}

/** Those that target tracking makes for itself. */
export function alarmsOfPolicy(
  { accountId, region, name }: AutoScalingGroup,
  { TargetTrackingConfiguration: tracking }: GroupPolicySettings,
  arn: string,
  newId: (word: string) => string,
): readonly TrackingAlarm[] {
  if (!tracking) return [];
  // They are named by what they are of; for services that is the resource.
  const target: TargetId = { accountId, region, resourceId: name };
  return inWordsOfGroups(() => trackingAlarms(target, tracking, arn, newId));
}

/** For how long what a policy has done is waited for. */
export function cooldownOf(
  { settings: group }: Pick<AutoScalingGroup, 'settings'>,
  { PolicyType, Cooldown, EstimatedInstanceWarmup }: GroupPolicy['settings'],
): number {
  if (PolicyType === 'SimpleScaling') return Cooldown ?? group.DefaultCooldown;
  return EstimatedInstanceWarmup ?? group.DefaultInstanceWarmup ?? DEFAULT_COOLDOWN_SECONDS;
}

/** Until when the last step is waited for; 0: for none. */
export const coolsUntilMs = ({ scaled }: Pick<AutoScalingGroup, 'scaled'>): number =>
  scaled ? Date.parse(scaled.at) + (scaled.cooldownSeconds ?? 0) * 1_000 : 0;
