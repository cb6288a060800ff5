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
import type { NetworkInterface, SecurityGroupRule, Vpc } from './model.js';
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
  const own = groupsAndMembers(network, state, instanceId, hosts, [
    ...interfaces.flatMap(({ groupIds }) => groupIds),
    ...(host?.groupIds ?? []),
    ...listeners.filter(({ of }) => isOf(of, scope)).flatMap(({ groupIds }) => groupIds),
  ]);
  const others = otherScopes(listeners, scope).map((other) =>
    groupsAndMembers(
      new Network(state, other),
      state,
      instanceId,
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
  instanceId: string,
  hosts: Hosts,
  groupIds: readonly string[],
): Pick<PacketFilter, 'groups' | 'members'> {
  const groups = [...new Set(groupIds)].sort().flatMap((groupId) => groupOf(network, groupId));
  const named = new Set(groups.flatMap(({ rules }) => rules.flatMap(({ peer }) => ('groupId' in peer ? [peer.groupId] : []))));
  if (named.size === 0) return { groups, members: [] };
  const grouped = hostsByGroup(network, hosts);
  const said = hosts.groupsOf(instanceId);
  const here = new Set(said && groupsOfHost(network, said.groups));
  const balancers = hosts.balancers();
  const members = [...named].sort().map((groupId): GroupMembers => {
    const addresses = [
      ...interfacesIn(state, groupId),
      ...(state.loadBalancers.countBy('member', groupId) > 0 ? sendersOf(network, groupId, balancers) : []),
      ...[...state.loadBalancers.by('member', groupId)].flatMap(({ listeners = [] }) => listeners.map(({ address }) => address)),
      ...hostsIn(network, groupId, grouped.get(groupId) ?? [], here.has(groupId)),
    ];
    return { groupId, addresses: [...new Set(addresses)] };
  });
  return { groups, members };
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

/** Who may reach ports that tasks have on an instance's host; undefined: everybody who reaches the host. */
function hostFilterOf(network: Network, hosts: Hosts, instanceId: string): HostFilter | undefined {
  const ports = hosts.portsOf(instanceId);
  const groupIds = ports && groupsOfHost(network, ports.groups);
  if (!groupIds) return undefined;
  const { everywhere, published, isReached } = ports;
  const all = isReached && published ? [everywhere, published] : [everywhere];
  const [tcpPorts, udpPorts] = [sorted(all.flatMap(({ tcp }) => tcp)), sorted(all.flatMap(({ udp }) => udp))];
  const senders = hosts.balancers();
  if (isReached) return { groupIds, tcpPorts, udpPorts, senders };
  // What is published is on its loopback: ports that are given to tasks may be another program's at its other addresses.
  return tcpPorts.length + udpPorts.length > 0 ? { groupIds, tcpPorts, udpPorts, senders, isFixedOnly: true } : undefined;
}

const sorted = (ports: readonly number[]): readonly number[] => [...new Set(ports)].sort((a, b) => a - b);

function hostsByGroup(network: Network, hosts: Hosts): ReadonlyMap<string, readonly string[]> {
  const grouped = new Map<string, string[]>();
  for (const { address, groups } of hosts.reached()) {
    for (const groupId of groupsOfHost(network, groups) ?? []) grouped.set(groupId, [...(grouped.get(groupId) ?? []), address]);
  }
  return new Map([...grouped].map(([groupId, addresses]) => [groupId, [...new Set(addresses)].sort()]));
}

const interfacesIn = (state: NetworkState, groupId: string): readonly string[] =>
  [...state.resources.by('member', groupId)]
    .flatMap((one) => (one.kind === 'network-interface' ? [one.privateIpAddress] : []))
    .sort();

/** Of hosts that are in a group: where they are reached, and under which they send to tasks of its VPC. `isHere`: the host that asks is one. */
function hostsIn(network: Network, groupId: string, addresses: readonly string[], isHere: boolean): readonly string[] {
  const vpc = vpcOf(network, groupId);
  return vpc ? [...addresses, ...(isHere ? [routerOf(vpc)] : []), ...ownAddresses(network, vpc, addresses)] : addresses;
}

/** Of hosts that are reached at these addresses: their own in a VPC. */
export const ownAddresses = (network: Network, vpc: Pick<Vpc, 'id'>, hostAddresses: readonly string[]): readonly string[] =>
  network
    .hostsIn(vpc)
    .flatMap(({ hostAddress, privateIpAddress }) => (hostAddresses.includes(hostAddress) ? [privateIpAddress] : []))
    .sort();

function vpcOf(network: Network, groupId: string): Vpc | undefined {
  const group = network.withId(groupId);
  const vpc = group?.kind === 'security-group' ? network.withId(group.vpcId) : undefined;
  return vpc?.kind === 'vpc' ? vpc : undefined;
}

/** Under which hosts with load balancers send to tasks of the VPC that a group is of: as the router to their own ones, as themselves to those on other hosts. */
export function sendersOf(network: Network, groupId: string, balancers: readonly string[]): readonly string[] {
  const vpc = vpcOf(network, groupId);
  return vpc ? [routerOf(vpc), ...ownAddresses(network, vpc, balancers)] : [];
}
