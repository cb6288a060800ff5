import type {
  FilteredInterface,
  FilteredListener,
  FilterGroup,
  FilterRule,
  GroupMembers,
  HostFilter,
  PacketFilter,
} from '#lib/ecs/model';
import { type Scope, scopeKey } from '#lib/kernel';
import { groupsOfHost, type Hosts, NO_HOSTS } from './hosts.js';
import type { NetworkInterface, SecurityGroupRule } from './model.js';
import { Network, routerOf } from './network.js';
import { overlaysOf } from './overlay.js';
import type { NetworkState } from './state.js';

/**
 * What a host has to know to filter packets of its tasks: their addresses, the rules of their groups, and who is in the groups that these
 * name. In an order of its own, so that the same state gives the same answer.
 */
export function packetFilterOf(state: NetworkState, scope: Scope, instanceId: string, hosts: Hosts = NO_HOSTS): PacketFilter {
  const network = new Network(state, scope);
  const interfaces = [...state.resources.by('instance', instanceId)]
    .filter((one): one is NetworkInterface => one.kind === 'network-interface' && isOf(one, scope))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const host = hostFilterOf(network, hosts, instanceId);
  const listeners = hosts.hasBalancers(instanceId) ? listenersOf(state) : [];
  const own = groupsAndMembers(network, state, hosts, [
    ...interfaces.flatMap(({ groupIds }) => groupIds),
    ...(host?.groupIds ?? []),
    ...listeners.filter(({ of }) => isOf(of, scope)).flatMap(({ groupIds }) => groupIds),
  ]);
  const others = otherScopes(listeners, scope).map((other) =>
    groupsAndMembers(
      new Network(state, other),
      state,
      hosts.elsewhere(other),
      listeners.filter(({ of }) => isOf(of, other)).flatMap(({ groupIds }) => groupIds),
    ),
  );
  const overlays = overlaysOf(state, scope, hosts.underlayOf(instanceId), (id) => hosts.underlayOf(id));
  return {
    interfaces: interfaces.map((one) => filteredInterface(one, hosts)),
    groups: [own, ...others].flatMap(({ groups }) => groups),
    members: [own, ...others].flatMap(({ members }) => members),
    ...(host ? { host } : {}),
    ...(listeners.length > 0 ? { listeners: listeners.map(({ address, port, groupIds }) => ({ address, port, groupIds })) } : {}),
    ...(overlays.length > 0 ? { overlays } : {}),
  };
}

interface ListenerOf extends FilteredListener {
  readonly of: Scope;
}

/** Of all accounts. A load balancer without groups, as network load balancers may be, takes what comes from everywhere. */
const listenersOf = (state: NetworkState): readonly ListenerOf[] =>
  [...state.loadBalancers.values()]
    .filter(({ groupIds }) => groupIds.length > 0)
    .sort((a, b) => (a.arn < b.arn ? -1 : 1))
    .flatMap(({ accountId, region, groupIds, listeners = [] }) =>
      listeners.map(({ address, port }) => ({ of: { accountId, region }, address, port, groupIds })),
    );

function otherScopes(listeners: readonly ListenerOf[], own: Scope): readonly Scope[] {
  const others = listeners.filter(({ of }) => !isOf(of, own)).map(({ of }) => [scopeKey(of), of] as const);
  return [...new Map(others).values()];
}

/** The rules of groups, and who is in the groups that these name. */
function groupsAndMembers(
  network: Network,
  state: NetworkState,
  hosts: Hosts,
  groupIds: readonly string[],
): Pick<PacketFilter, 'groups' | 'members'> {
  const groups = [...new Set(groupIds)].sort().flatMap((groupId) => groupOf(network, groupId));
  const named = new Set(groups.flatMap(({ rules }) => rules.flatMap(({ peer }) => ('groupId' in peer ? [peer.groupId] : []))));
  const groupedHosts = named.size > 0 ? hostsByGroup(network, hosts) : new Map<string, readonly string[]>();
  return { groups, members: [...named].sort().map((groupId) => membersOf(state, network, groupId, groupedHosts)) };
}

const isOf = (one: Scope, { accountId, region }: Scope): boolean => one.accountId === accountId && one.region === region;

function filteredInterface(
  { id, macAddress, privateIpAddress, groupIds, taskArn }: NetworkInterface,
  hosts: Hosts,
): FilteredInterface {
  const aliasPorts = hosts.aliasPortsOf(taskArn);
  return {
    networkInterfaceId: id,
    macAddress,
    privateIpv4Address: privateIpAddress,
    groupIds,
    ...(aliasPorts.length > 0 ? { aliasPorts } : {}),
  };
}

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

/** Who may reach what its tasks publish on an instance; undefined: everybody. */
function hostFilterOf(network: Network, hosts: Hosts, instanceId: string): HostFilter | undefined {
  const ports = hosts.portsOf(instanceId);
  const groupIds = ports && groupsOfHost(network, ports.groups);
  return groupIds && { groupIds, tcpPorts: ports.tcp, udpPorts: ports.udp, senders: hosts.balancers() };
}

function hostsByGroup(network: Network, hosts: Hosts): ReadonlyMap<string, readonly string[]> {
  const grouped = new Map<string, string[]>();
  for (const { address, groups } of hosts.reached()) {
    for (const groupId of groupsOfHost(network, groups) ?? []) grouped.set(groupId, [...(grouped.get(groupId) ?? []), address]);
  }
  return new Map([...grouped].map(([groupId, addresses]) => [groupId, [...new Set(addresses)].sort()]));
}

/** The interfaces and instances that are in it, and the router of its VPC where a load balancer is: that is where its packets come from. */
function membersOf(
  state: NetworkState,
  network: Network,
  groupId: string,
  hosts: ReadonlyMap<string, readonly string[]>,
): GroupMembers {
  const interfaces = [...state.resources.by('member', groupId)].flatMap((one) =>
    one.kind === 'network-interface' ? [one.privateIpAddress] : [],
  );
  const hasBalancer = state.loadBalancers.countBy('member', groupId) > 0;
  return {
    groupId,
    addresses: [...interfaces.sort(), ...(hasBalancer ? sendersOf(network, groupId) : []), ...(hosts.get(groupId) ?? [])],
  };
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
