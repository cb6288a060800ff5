import { type Scope, scopeKey } from '#lib/kernel';
import { event } from './events.js';
import type { ListenerAt, LoadBalancerMember } from './model.js';
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
    readonly listeners?: readonly ListenerAt[];
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
  { arn, name, type, vpcId, securityGroups, listeners }: RecordLoadBalancersInput['loadBalancers'][number],
): LoadBalancerMember {
  const own = vpcId ?? network.defaultVpc()?.id;
  const isDefault = securityGroups.length === 0 && type === 'application';
  const groupIds = isDefault
    ? network
        .all('security-group')
        .filter((group) => group.vpcId === own && group.groupName === 'default')
        .map(({ id }) => id)
    : securityGroups;
  const at = inOrder(listeners ?? []);
  return { ...scope, arn, name, groupIds: [...groupIds].sort(), ...(at.length > 0 ? { listeners: at } : {}) };
}

const textOf = ({ address, port }: ListenerAt): string => `${address}:${port}`;
const inOrder = (listeners: readonly ListenerAt[]): readonly ListenerAt[] =>
  listeners.map(({ address, port }) => ({ address, port })).sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));

const isSame = (a: LoadBalancerMember, b: LoadBalancerMember | undefined): boolean =>
  b !== undefined &&
  a.name === b.name &&
  a.groupIds.join() === b.groupIds.join() &&
  (a.listeners ?? []).map(textOf).join() === (b.listeners ?? []).map(textOf).join();

export const loadBalancerMemberCommands: CommandRules = { RecordLoadBalancers: recordLoadBalancers };
