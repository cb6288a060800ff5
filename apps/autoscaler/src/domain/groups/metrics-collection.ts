import { sameContent } from '#lib/kernel';
import { event } from '../events.js';
import { type CommandRule, type CommandRules, ITSELF } from '../rule-types.js';
import { knownGroup } from './groups.js';
import { groupRefusals as refusals } from './refusals.js';
import { METRICS_GRANULARITY as GRANULARITY } from './settings.js';

/** Of groups without warm pools, which are none here [sdk EnableMetricsCollection.Metrics]. */
const GROUP_METRICS = [
  'GroupMinSize',
  'GroupMaxSize',
  'GroupDesiredCapacity',
  'GroupInServiceInstances',
  'GroupPendingInstances',
  'GroupStandbyInstances',
  'GroupTerminatingInstances',
  'GroupTotalInstances',
  'GroupInServiceCapacity',
  'GroupPendingCapacity',
  'GroupStandbyCapacity',
  'GroupTerminatingCapacity',
  'GroupTotalCapacity',
];
const WARM_POOL_METRIC = /^(WarmPool|GroupAndWarmPool)[A-Za-z]+$/;

interface Input {
  readonly AutoScalingGroupName: string;
  readonly Metrics?: readonly string[];
  readonly Granularity?: string;
}

/** Which metrics of a group are asked for; those that are not named are all. They are kept and shown. */
const collecting = (chosen: (enabled: readonly string[], named: readonly string[]) => readonly string[]): CommandRule<Input> => ({
  actors: ITSELF,
  decide(state, { AutoScalingGroupName, Metrics = [], Granularity = GRANULARITY }, context) {
    const group = knownGroup(state, context, AutoScalingGroupName);
    if (Granularity !== GRANULARITY) throw refusals.validation(`The only granularity is ${GRANULARITY}.`);
    const unknown = Metrics.find((metric) => !GROUP_METRICS.includes(metric) && !WARM_POOL_METRIC.test(metric));
    if (unknown !== undefined) throw refusals.validation(`${unknown} is not a metric of Auto Scaling groups.`);
    const { EnabledMetrics: before = [], ...settings } = group.settings;
    const EnabledMetrics = [...new Set(chosen(before, Metrics.length > 0 ? Metrics : GROUP_METRICS))].sort();
    if (sameContent(EnabledMetrics, before)) return [];
    const { accountId, region, name } = group;
    return [event('AutoScalingGroupUpdated', { accountId, region, name, settings: { ...settings, EnabledMetrics } })];
  },
  reply: () => ({}),
});

export const metricsCollectionCommands: CommandRules = {
  EnableMetricsCollection: collecting((enabled, named) => [...enabled, ...named]),
  // Also those that were asked for without being a group's own.
  DisableMetricsCollection: collecting((enabled, named) =>
    named === GROUP_METRICS ? [] : enabled.filter((metric) => !named.includes(metric)),
  ),
};
