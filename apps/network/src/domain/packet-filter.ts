import type { FilteredInterface, FilterGroup, FilterRule, GroupMembers, PacketFilter } from '#lib/ecs/model';
import type { Scope } from '#lib/kernel';
import type { NetworkInterface, SecurityGroupRule } from './model.js';
import { Network, routerOf } from './network.js';
import { type HostAddressOf, overlaysOf } from './overlay.js';
import type { NetworkState } from './state.js';

/**
 * What a host has to know to filter packets of its tasks: their addresses, the rules of their groups, and who is in the groups that these
 * name. In an order of its own, so that the same state gives the same answer.
 */
export function packetFilterOf(
  state: NetworkState,
  scope: Scope,
  instanceId: string,
  hostOf: HostAddressOf = () => undefined,
): PacketFilter {
  const network = new Network(state, scope);
  const interfaces = [...state.resources.by('instance', instanceId)]
    .filter((one): one is NetworkInterface => one.kind === 'network-interface' && isOf(one, scope))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const groups = [...new Set(interfaces.flatMap(({ groupIds }) => groupIds))]
    .sort()
    .flatMap((groupId) => groupOf(network, groupId));
  const named = new Set(groups.flatMap(({ rules }) => rules.flatMap(({ peer }) => ('groupId' in peer ? [peer.groupId] : []))));
  const overlays = overlaysOf(state, scope, hostOf(instanceId), hostOf);
  return {
    interfaces: interfaces.map(filteredInterface),
    groups,
    members: [...named].sort().map((groupId) => membersOf(state, network, groupId)),
    ...(overlays.length > 0 ? { overlays } : {}),
  };
}

const isOf = (one: Scope, { accountId, region }: Scope): boolean => one.accountId === accountId && one.region === region;

const filteredInterface = (one: NetworkInterface): FilteredInterface => ({
  networkInterfaceId: one.id,
  macAddress: one.macAddress,
  privateIpv4Address: one.privateIpAddress,
  groupIds: one.groupIds,
});

function groupOf(network: Network, groupId: string): readonly FilterGroup[] {
  const group = network.withId(groupId);
  if (group?.kind !== 'security-group') return [];
  const rules = [...network.rulesOf(group)].sort((a, b) => (a.id < b.id ? -1 : 1));
  return [{ groupId, rules: rules.map(filterRule) }];
}

const filterRule = ({ isEgress, ipProtocol, fromPort, toPort, peer }: SecurityGroupRule): FilterRule => ({
  isEgress,
  ipProtocol,
  fromPort,
  toPort,
  peer,
});

/** The interfaces that are in it, and the router of its VPC where a load balancer is: that is where its packets come from. */
function membersOf(state: NetworkState, network: Network, groupId: string): GroupMembers {
  const interfaces = [...state.resources.by('member', groupId)].flatMap((one) =>
    one.kind === 'network-interface' ? [one.privateIpAddress] : [],
  );
  const hasBalancer = state.loadBalancers.countBy('member', groupId) > 0;
  return { groupId, addresses: [...interfaces.sort(), ...(hasBalancer ? sendersOf(network, groupId) : [])] };
}

/** Under which hosts send to tasks of the VPC that a group is of: as the router to their own ones, as themselves to those on other hosts. */
export function sendersOf(network: Network, groupId: string): readonly string[] {
  const group = network.withId(groupId);
  const vpc = group?.kind === 'security-group' ? network.withId(group.vpcId) : undefined;
  if (vpc?.kind !== 'vpc') return [];
  return [
    routerOf(vpc),
    ...network
      .hostsIn(vpc)
      .map(({ privateIpAddress }) => privateIpAddress)
      .sort(),
  ];
}
