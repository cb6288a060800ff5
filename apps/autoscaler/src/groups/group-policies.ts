import type { ScalingState } from '../domain/state.js';
import { groupIdOf, type GroupDecision } from '../domain/groups/instances.js';
import type { AutoScalingGroup, GroupPolicy } from '../domain/groups/model.js';
import { groupKey, groupPolicyKey, groupPolicyKeyOf } from '../domain/groups/names.js';
import { stepsOfPolicy } from '../domain/groups/policies.js';
import { coolsUntilMs, cooldownOf } from '../domain/groups/policy-settings.js';
import type { MetricStore } from '../metrics/metric-store.js';
import { decideScaling } from '../scaling/domain/decide-scaling.js';
import type { Situation, TriggeredPolicy } from '../scaling/domain/situation.js';
import { alarmsWithAction, triggeredBy } from '../scaling/situation-of.js';
import { type HostOfGroup, servingIn } from './provider-use.js';

const NOT_SUSPENDED = {
  DynamicScalingInSuspended: false,
  DynamicScalingOutSuspended: false,
  ScheduledScalingSuspended: false,
};

/** What the policies of groups ask for: decided as for services, with instances in the place of tasks. */
export class GroupPolicies {
  constructor(
    private readonly scaling: { readonly state: ScalingState },
    private readonly store: MetricStore,
  ) {}

  /** One at most; `hosts`: of the group, by their ids. */
  decide(group: AutoScalingGroup, hosts: ReadonlyMap<string, HostOfGroup>, nowMs: number): readonly GroupDecision[] {
    const policies = [...this.scaling.state.groupPolicies.by('group', groupKey(group))].filter(
      ({ settings }) => settings.Enabled,
    );
    if (policies.length === 0 || group.isDeleting) return [];
    const inService = servingIn(group, hosts);
    const { MinSize: min, MaxSize: max, DesiredCapacity: desired } = group.settings;
    const outcome = decideScaling({
      nowMs,
      desired,
      running: inService,
      isDeploying: false,
      min,
      max,
      suspended: NOT_SUSPENDED,
      ...lastOf(group, inService),
      policies: policies.flatMap((policy) => this.triggered(group, policy, nowMs)),
    });
    if (!outcome?.scaling) return [];
    const { cause, details, scaling } = outcome;
    const isSimple = policies.some(
      ({ name, settings }) => name === scaling.policyName && settings.PolicyType === 'SimpleScaling',
    );
    if (isSimple && nowMs < coolsUntilMs(group)) return [];
    return [{ ...groupIdOf(group), ...scaling, cause: details === undefined ? cause : `${cause} (${details})` }];
  }

  private triggered(group: AutoScalingGroup, policy: GroupPolicy, nowMs: number): readonly TriggeredPolicy[] {
    const { accountId, region, name, alarms, settings } = policy;
    const cooldown = cooldownOf(group, settings);
    const tracking = settings.TargetTrackingConfiguration;
    const acting = tracking
      ? { targetTracking: { ...tracking, ScaleInCooldown: cooldown, ScaleOutCooldown: cooldown } }
      : { stepScaling: { ...stepsOfPolicy(policy), Cooldown: cooldown } };
    const key = groupPolicyKey(group, name);
    const asking = alarmsWithAction(this.scaling.state, (alarm, action) => groupPolicyKeyOf(alarm, action) === key);
    const seen = { scaling: this.scaling.state, store: this.store, nowMs };
    return triggeredBy(seen, { accountId, region, name, alarms, settings: acting }, asking);
  }
}

/** The step before: over when as many serve as it wanted, since the last of them came. */
function lastOf({ scaled, instances }: AutoScalingGroup, inService: number): Pick<Situation, 'last'> {
  if (!scaled) return {};
  const { from, to, base = from, policyName, cooldownSeconds = 0, at } = scaled;
  const startedAtMs = Date.parse(at);
  const changedAtMs = instances.map(({ since }) => Date.parse(since)).reduce((a, b) => Math.max(a, b), startedAtMs);
  return {
    last: {
      from,
      to,
      base,
      cooldownSeconds,
      startedAtMs,
      ...(policyName === undefined ? {} : { policyName }),
      ...(inService === to ? { endedAtMs: changedAtMs } : {}),
    },
  };
}
