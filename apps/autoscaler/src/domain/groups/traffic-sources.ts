import { parseArn } from '#lib/kernel';
import { groupRefusals as refusals } from './refusals.js';

/** What brings requests to a group's instances; here a target group is the only kind. */
export interface TrafficSource {
  readonly Identifier: string;
  readonly Type?: string;
}

/** AWS: 50 a group. */
const MOST_TARGET_GROUPS = 50;

const isTargetGroup = (arn: string): boolean => {
  const { service, resourceType } = parseArn(arn) ?? {};
  return service === 'elasticloadbalancing' && resourceType === 'targetgroup';
};

export const trafficSourceOf = (arn: string) => ({ Identifier: arn, Type: 'elbv2' });

export function targetGroupsOf(sources: readonly TrafficSource[] = []): readonly string[] {
  const other = sources.find(({ Identifier, Type = 'elbv2' }) => Type !== 'elbv2' || !isTargetGroup(Identifier));
  if (other)
    throw refusals.validation(
      `Longshore has no traffic source ${other.Identifier}: there are target groups of application and network load balancers (elbv2).`,
    );
  return sources.map(({ Identifier }) => Identifier);
}

/** In the order in which they came. Whether they are there is the load balancer's to know. */
export function withTargetGroups(now: readonly string[], added: readonly string[]): readonly string[] {
  const bad = added.find((arn) => !isTargetGroup(arn));
  if (bad !== undefined) throw refusals.validation(`Provided Target Groups may not be valid. ${bad} is not the ARN of one.`);
  const all = [...new Set([...now, ...added])];
  if (all.length > MOST_TARGET_GROUPS) throw refusals.limit(`A group can have at most ${MOST_TARGET_GROUPS} target groups.`);
  return all;
}
