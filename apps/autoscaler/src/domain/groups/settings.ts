import { sameContent, type Scope } from '#lib/kernel';
import type { GroupSettings, Launch } from './model.js';
import { groupRefusals as refusals } from './refusals.js';
import { targetGroupsOf, type TrafficSource, withTargetGroups } from './traffic-sources.js';

/** Of a group's metrics: there is no other. */
export const METRICS_GRANULARITY = '1Minute';

/** What a request says of a group: all of it when it is made, some of it later. */
export interface SettingsInput extends Partial<Omit<GroupSettings, 'launch'>> {
  readonly TrafficSources?: readonly TrafficSource[];
  readonly LaunchConfigurationName?: string;
  readonly LaunchTemplate?: Launch;
  readonly MixedInstancesPolicy?: Launch;
}

/** What a group has and a host of one's own has no use for. */
const NOT_SERVED = [
  'InstanceId',
  'LoadBalancerNames',
  'AvailabilityZoneDistribution',
  'AvailabilityZoneImpairmentPolicy',
  'AvailabilityZoneIds',
  'SkipZonalShiftValidation',
  'CapacityReservationSpecification',
  'InstanceLifecyclePolicy',
  'DeletionProtection',
] as const;

/** What AWS does unless something else is asked for: Terraform sends it back with each update. */
export const DEFAULT_DISTRIBUTION = { CapacityDistributionStrategy: 'balanced-best-effort' };
const DEFAULTS: Readonly<Record<string, object>> = {
  AvailabilityZoneDistribution: DEFAULT_DISTRIBUTION,
  CapacityReservationSpecification: { CapacityReservationPreference: 'default' },
};

export function refuseWhatIsNotServed(input: object): void {
  const given = NOT_SERVED.find((member) => {
    const value = (input as Readonly<Record<string, unknown>>)[member];
    if (value !== undefined && sameContent(value, DEFAULTS[member])) return false;
    return value !== undefined && value !== false && value !== 'none' && !(Array.isArray(value) && value.length === 0);
  });
  if (given) throw refusals.validation(`Longshore does not have ${given} of Auto Scaling groups. Leave it out.`);
}

const HEALTH_CHECKS = ['EC2', 'EBS', 'ELB', 'VPC_LATTICE'];
const TERMINATION_POLICIES = [
  'Default',
  'AllocationStrategy',
  'ClosestToNextInstanceHour',
  'NewestInstance',
  'OldestInstance',
  'OldestLaunchConfiguration',
  'OldestLaunchTemplate',
];
const CAPACITY_TYPES = ['units', 'vcpu', 'memory-mib'];
const DAY_SECONDS = 86_400;
const YEAR_SECONDS = 365 * DAY_SECONDS;

/** What the API Reference says of each member and the model does not (API_CreateAutoScalingGroup). */
function checkMembers(settings: GroupSettings): void {
  const { HealthCheckType, TerminationPolicies, DesiredCapacityType, MaxInstanceLifetime } = settings;
  if (!HealthCheckType.split(',').every((type) => HEALTH_CHECKS.includes(type.trim())))
    throw refusals.validation(`HealthCheckType must be of [${HEALTH_CHECKS.join(', ')}], not ${HealthCheckType}.`);
  const policy = TerminationPolicies.find((one) => !TERMINATION_POLICIES.includes(one) && !one.startsWith('arn:aws:lambda:'));
  if (policy !== undefined)
    throw refusals.validation(
      `Termination policy ${policy} is not valid. Valid policies are [${TERMINATION_POLICIES.join(', ')}] and the ARN of a Lambda.`,
    );
  if (DesiredCapacityType !== undefined && !CAPACITY_TYPES.includes(DesiredCapacityType))
    throw refusals.validation(`DesiredCapacityType must be one of [${CAPACITY_TYPES.join(', ')}], not ${DesiredCapacityType}.`);
  if (MaxInstanceLifetime !== undefined && (MaxInstanceLifetime < DAY_SECONDS || MaxInstanceLifetime > YEAR_SECONDS))
    throw refusals.validation(`MaxInstanceLifetime must be 0 or ${DAY_SECONDS} to ${YEAR_SECONDS} seconds.`);
  for (const member of ['DefaultCooldown', 'HealthCheckGracePeriod', 'DefaultInstanceWarmup'] as const)
    if ((settings[member] ?? 0) < 0) throw refusals.validation(`${member} must be 0 or more.`);
}

const LAUNCHES = ['LaunchTemplate', 'LaunchConfigurationName', 'MixedInstancesPolicy'] as const;

export function launchOf(input: SettingsInput): Launch | undefined {
  const given = LAUNCHES.filter((member) => input[member] !== undefined);
  if (given.length > 1) {
    throw refusals.validation(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    );
  }
  checkTemplate(input.LaunchTemplate);
  if (input.MixedInstancesPolicy) {
    const { LaunchTemplate: template } = input.MixedInstancesPolicy as { readonly LaunchTemplate?: MixedTemplate };
    if (!template?.LaunchTemplateSpecification)
      throw refusals.validation('MixedInstancesPolicy must have a LaunchTemplate with a LaunchTemplateSpecification.');
    checkTemplate(template.LaunchTemplateSpecification);
    for (const { LaunchTemplateSpecification } of template.Overrides ?? []) checkTemplate(LaunchTemplateSpecification);
  }
  return given[0] && { [given[0]]: input[given[0]] };
}

interface MixedTemplate {
  readonly LaunchTemplateSpecification?: Launch;
  readonly Overrides?: readonly { readonly LaunchTemplateSpecification?: Launch }[];
}

/** One of the two names it; Terraform gives back both that it has read. */
function checkTemplate(template: Launch | undefined): void {
  if (template && template.LaunchTemplateId === undefined && template.LaunchTemplateName === undefined)
    throw refusals.validation('Valid requests must contain either launchTemplateId or LaunchTemplateName');
}

function checkSizes({ MinSize, MaxSize, DesiredCapacity }: GroupSettings): void {
  if (MinSize < 0 || MaxSize < 0) throw refusals.validation('Group sizes must be 0 or more.');
  if (MaxSize < MinSize)
    throw refusals.validation(`Max bound, ${MaxSize}, must be greater than or equal to min bound, ${MinSize}`);
  checkDesired(DesiredCapacity, { MinSize, MaxSize });
}

export function checkDesired(desired: number, { MinSize, MaxSize }: Pick<GroupSettings, 'MinSize' | 'MaxSize'>): void {
  if (desired < MinSize)
    throw refusals.validation(`New SetDesiredCapacity value ${desired} is below min value ${MinSize} for the AutoScalingGroup.`);
  if (desired > MaxSize)
    throw refusals.validation(`New SetDesiredCapacity value ${desired} is above max value ${MaxSize} for the AutoScalingGroup.`);
}

function checkPlaces({ AvailabilityZones, VPCZoneIdentifier }: GroupSettings): void {
  if (AvailabilityZones.length === 0 && VPCZoneIdentifier === '')
    throw refusals.validation('At least one Availability Zone or VPC Subnet is required.');
}

const MEMBERS = [
  'MinSize',
  'MaxSize',
  'DesiredCapacity',
  'DefaultCooldown',
  'HealthCheckType',
  'HealthCheckGracePeriod',
  'NewInstancesProtectedFromScaleIn',
  'AvailabilityZones',
  'VPCZoneIdentifier',
  'TerminationPolicies',
  'ServiceLinkedRoleARN',
  'CapacityRebalance',
  'DefaultInstanceWarmup',
  'MaxInstanceLifetime',
  'PlacementGroup',
  'DesiredCapacityType',
  'Context',
  'InstanceMaintenancePolicy',
] as const;

/** Zero (of a lifetime), −1 (of a warm-up, of all of a maintenance policy) and '' (of a placement group) take the setting away. */
const isTakenAway = (member: string, value: unknown): boolean =>
  (member === 'MaxInstanceLifetime' && value === 0) ||
  (member === 'DefaultInstanceWarmup' && value === -1) ||
  (member === 'PlacementGroup' && value === '') ||
  (member === 'InstanceMaintenancePolicy' && Object.values(value as Launch).every((percentage) => percentage === -1));

/** `base` with what is given in its place. */
function withGiven(base: GroupSettings, input: SettingsInput): GroupSettings {
  const settings: Record<string, unknown> = { ...base };
  for (const member of MEMBERS) {
    if (input[member] === undefined) continue;
    if (isTakenAway(member, input[member])) delete settings[member];
    else settings[member] = input[member];
  }
  return { ...settings, launch: launchOf(input) ?? base.launch } as unknown as GroupSettings;
}

const defaults = ({ accountId }: Scope): Omit<GroupSettings, 'MinSize' | 'MaxSize' | 'DesiredCapacity'> => ({
  DefaultCooldown: 300,
  HealthCheckType: 'EC2',
  HealthCheckGracePeriod: 0,
  NewInstancesProtectedFromScaleIn: false,
  AvailabilityZones: [],
  VPCZoneIdentifier: '',
  TerminationPolicies: ['Default'],
  ServiceLinkedRoleARN: `arn:aws:iam::${accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
  launch: {},
});

export function newSettings(scope: Scope, input: SettingsInput & Pick<GroupSettings, 'MinSize' | 'MaxSize'>): GroupSettings {
  const { MinSize, MaxSize, DesiredCapacity = MinSize } = input;
  if (!launchOf(input)) {
    throw refusals.validation(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    );
  }
  const TargetGroupARNs = withTargetGroups([], [...(input.TargetGroupARNs ?? []), ...targetGroupsOf(input.TrafficSources)]);
  const base = { ...defaults(scope), MinSize, MaxSize, DesiredCapacity };
  const settings = withGiven(TargetGroupARNs.length > 0 ? { ...base, TargetGroupARNs } : base, input);
  checkSizes(settings);
  checkPlaces(settings);
  checkMembers(settings);
  return settings;
}

/** Bounds that leave the desired capacity outside take it along, unless the request says another one. */
export function changedSettings(now: GroupSettings, input: SettingsInput): GroupSettings {
  const wanted = withGiven(now, input);
  const settings =
    input.DesiredCapacity === undefined
      ? { ...wanted, DesiredCapacity: Math.min(Math.max(now.DesiredCapacity, wanted.MinSize), wanted.MaxSize) }
      : wanted;
  checkSizes(settings);
  checkPlaces(settings);
  checkMembers(settings);
  return settings;
}
