import { type Scope, scopeKey } from '#lib/kernel';
import { event } from './events.js';
import type { LoadBalancerMember } from './model.js';
import { Network } from './network.js';
import type { CommandRule, CommandRules } from './rule-types.js';

/** All load balancers that an account has in a region; those that are not named are gone. */
export interface RecordLoadBalancersInput {
  readonly loadBalancers: readonly {
    readonly arn: string;
    readonly name: string;
    readonly type: string;
    readonly vpcId?: string;
    readonly securityGroups: readonly string[];
  }[];
}

const recordLoadBalancers: CommandRule<RecordLoadBalancersInput> = {
  actors: ['load-balancer'],
  decide(state, input, { accountId, region }) {
    const scope = { accountId, region };
    const network = new Network(state, scope);
    const now = input.loadBalancers.map((one) => memberOf(network, scope, one));
    const arns = new Set(now.map(({ arn }) => arn));
    const before = [...state.loadBalancers.by('scope', scopeKey(scope))];
    return [
      ...now
        .filter((one) => !isSame(one, state.loadBalancers.get(one.arn)))
        .map((loadBalancer) => event('LoadBalancerRecorded', { loadBalancer })),
      ...before.filter(({ arn }) => !arns.has(arn)).map(({ arn }) => event('LoadBalancerForgotten', { ...scope, arn })),
    ];
  },
  reply: () => ({}),
};

/**
 * An application load balancer that names no group is in the default one of its VPC, which is the default VPC where it names no subnets.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
 */
function memberOf(
  network: Network,
  scope: Scope,
  { arn, name, type, vpcId, securityGroups }: RecordLoadBalancersInput['loadBalancers'][number],
): LoadBalancerMember {
  const own = vpcId ?? network.defaultVpc()?.id;
  const isDefault = securityGroups.length === 0 && type === 'application';
  const groupIds = isDefault
    ? network
        .all('security-group')
        .filter((group) => group.vpcId === own && group.groupName === 'default')
        .map(({ id }) => id)
    : securityGroups;
  return { ...scope, arn, name, groupIds: [...groupIds].sort() };
}

const isSame = (a: LoadBalancerMember, b: LoadBalancerMember | undefined): boolean =>
  b !== undefined && a.name === b.name && a.groupIds.join() === b.groupIds.join();

export const loadBalancerMemberCommands: CommandRules = { RecordLoadBalancers: recordLoadBalancers };
