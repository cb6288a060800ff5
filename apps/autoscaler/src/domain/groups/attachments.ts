import { sameContent } from '#lib/kernel';
import { event } from '../events.js';
import { page } from '../pages.js';
import { type CommandRule, type CommandRules, ITSELF, type QueryRule, type QueryRules } from '../rule-types.js';
import { knownGroup, limitOf, type PageInput } from './groups.js';
import { groupRefusals as refusals } from './refusals.js';
import { targetGroupsOf, type TrafficSource, trafficSourceOf, withTargetGroups } from './traffic-sources.js';

interface Named {
  readonly AutoScalingGroupName: string;
}
interface WithTargetGroups extends Named {
  readonly TargetGroupARNs: readonly string[];
}
interface WithSources extends Named {
  readonly TrafficSources: readonly TrafficSource[];
}

const changing = <I extends Named>(after: (now: readonly string[], input: I) => readonly string[]): CommandRule<I> => ({
  actors: ITSELF,
  decide(state, input, context) {
    const { accountId, region, name, settings } = knownGroup(state, context, input.AutoScalingGroupName);
    const { TargetGroupARNs: before = [], ...others } = settings;
    const TargetGroupARNs = after(before, input);
    if (sameContent(TargetGroupARNs, before)) return [];
    const changed = TargetGroupARNs.length > 0 ? { ...others, TargetGroupARNs } : others;
    return [event('AutoScalingGroupUpdated', { accountId, region, name, settings: changed })];
  },
  reply: () => ({}),
});

function without(now: readonly string[], gone: readonly string[]): readonly string[] {
  const unknown = gone.find((arn) => !now.includes(arn));
  if (unknown !== undefined)
    throw refusals.validation(`Trying to remove Target Groups that are not part of the group: ${unknown}`);
  return now.filter((arn) => !gone.includes(arn));
}

interface DescribeInput extends Named, PageInput {
  readonly TrafficSourceType?: string;
}

const describing =
  (member: string, view: (arn: string) => object): QueryRule<DescribeInput> =>
  (state, input, caller) => {
    const { name, settings } = knownGroup(state, caller, input.AutoScalingGroupName);
    const { TrafficSourceType: type = 'elbv2' } = input;
    const all = type === 'elbv2' ? (settings.TargetGroupARNs ?? []) : [];
    const numbered = all.map((arn, i) => ({ arn, number: String(i).padStart(3, '0') }));
    const list = JSON.stringify([member, name, type]);
    const { items, nextToken } = page(numbered, ({ number }) => number, { list, limit: limitOf(input), token: input.NextToken });
    return { [member]: items.map(({ arn }) => view(arn)), NextToken: nextToken };
  };

export const attachmentCommands: CommandRules = {
  AttachLoadBalancerTargetGroups: changing<WithTargetGroups>((now, { TargetGroupARNs }) =>
    withTargetGroups(now, TargetGroupARNs),
  ),
  DetachLoadBalancerTargetGroups: changing<WithTargetGroups>((now, { TargetGroupARNs }) => without(now, TargetGroupARNs)),
  AttachTrafficSources: changing<WithSources>((now, { TrafficSources }) => withTargetGroups(now, targetGroupsOf(TrafficSources))),
  DetachTrafficSources: changing<WithSources>((now, { TrafficSources }) => without(now, targetGroupsOf(TrafficSources))),
};

/** `Added`: its instances are no targets of it (`InService` would say that one is). */
const STATE = 'Added';

export const attachmentQueries: QueryRules = {
  DescribeLoadBalancerTargetGroups: describing('LoadBalancerTargetGroups', (arn) => ({
    LoadBalancerTargetGroupARN: arn,
    State: STATE,
  })),
  DescribeTrafficSources: describing('TrafficSources', (arn) => ({ ...trafficSourceOf(arn), TrafficSource: arn, State: STATE })),
};
