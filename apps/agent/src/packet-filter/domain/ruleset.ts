import type { FilteredInterface, FilteredListener, FilterGroup, HostFilter, PacketFilter, VpcOverlay } from '#lib/ecs/model';
import { hashId } from '#lib/kernel';
import { PACKET_FILTER_FAMILIES } from '#lib/names';
import { FIRST_DYNAMIC_PORT, LAST_DYNAMIC_PORT } from '../../domain/port-ledger.js';
import { TASK_BRIDGE_PREFIX, vpcNetwork } from '../../domain/vpc-network.js';
import { ENDPOINT_ADDRESS } from '../../task-endpoint/domain/route.js';
import { type Direction, matchesOf, type Members } from './rule-match.js';
import { SharedSets } from './shared-sets.js';

/** The bridges of VPCs. */
const TASK_BRIDGES = `${TASK_BRIDGE_PREFIX}*`;
/** The resolver of tasks is the host: never filtered, as AWS says of its own. */
const DNS_PORT = 53;

/** Takes away what there is of the host's tables; part of the same transaction as what comes then. */
export const dropTables = (table: string): string =>
  PACKET_FILTER_FAMILIES.map((family) => `add table ${family} ${table}\ndelete table ${family} ${table}\n`).join('');

/** What a host knows of itself. */
export interface Here {
  /** Let in at host ports beside those that the control plane tells. */
  readonly senders?: readonly string[];
  /** The range of the engine's containers in bridge mode. */
  readonly containers?: string;
}

/**
 * The whole of a host's tables as text for `nft -f`, which replaces them in one transaction: no packet meets half of it. Only packets of
 * the host's own tasks are looked at, so what others have in their tables stays what it is, other agents' included.
 *
 * What a task sends is decided before what another one takes, in chains of their own: `accept` ends the one that says it and no other. Sending
 * is looked at before the engine leads packets for ports of the host to containers, so rules are about what the task asked for; taking after
 * it gave those of containers the host's address. Who comes from elsewhere comes from where the host would answer: nobody is a member by
 * taking its address. Two tasks of one bridge are met because the kernel shows bridged packets to these hooks (br_netfilter). The family
 * `bridge` knows no connections on many kernels (CONFIG_NF_CONNTRACK_BRIDGE), so it only holds tasks to their own addresses.
 */
export function ruleset(
  table: string,
  { interfaces, groups, members, host, listeners = [], overlays = [] }: PacketFilter,
  { senders = [], containers }: Here = {},
): string {
  const sources = ownSources(overlays, containers);
  if (interfaces.length + listeners.length + sources.length === 0 && !host) return dropTables(table);
  const known = new Set(groups.map(({ groupId }) => groupId));
  const named: Members = new Map(members.map(({ groupId, addresses }) => [groupId, addresses]));
  const profiles = profilesOf([...interfaces, ...listeners]);
  const sets = new SharedSets();
  const chains = groups.flatMap((group) => DIRECTIONS.map((direction) => groupChain(group, direction, named, sets)));
  return [
    dropTables(table),
    `table inet ${table} {`,
    ...members.map(({ groupId, addresses }) => setOf(`members-${groupId}`, 'ipv4_addr', addresses)),
    ...sets
      .all()
      .map(({ name, isOfRanges, elements }) => setOf(name, 'ipv4_addr', elements, isOfRanges ? ['flags interval'] : [])),
    ...chains,
    ...profiles.flatMap((profile) => DIRECTIONS.map((direction) => profileChain(profile, direction, known))),
    ...(host ? hostPorts({ ...host, senders: [...new Set([...host.senders, ...senders])].sort() }, known) : []),
    ...(listeners.length > 0 ? listenerPorts(listeners) : []),
    verdictMap('to-tasks', 'in', profiles),
    verdictMap('from-tasks', 'out', profiles),
    hook('sent-by-tasks', 'prerouting', -150, [
      `ip daddr ${ENDPOINT_ADDRESS} accept`,
      `meta l4proto { tcp, udp } th dport ${DNS_PORT} fib daddr type local accept`,
      'ip saddr vmap @from-tasks',
    ]),
    // Older kernels say the way back in this hook only, where it is not known yet that the way leads to a VPC. Once a connection: ways are dear.
    hook('others-to-vpcs', 'prerouting', -150, [
      `iifname != "${TASK_BRIDGES}" ct state != established fib daddr oifname "${TASK_BRIDGES}" fib saddr . iif oif missing counter drop`,
    ]),
    hook('taken-by-tasks', 'postrouting', 110, ['ip daddr vmap @to-tasks']),
    ...aliasPorts(interfaces),
    ...sources,
    '}',
    ...ownAddressesOnly(table, interfaces),
    '',
  ].join('\n');
}

/** Clients of Service Connect that use another port than the task has are led to it before its rules are asked, which are about the task's. */
function aliasPorts(interfaces: readonly FilteredInterface[]): readonly string[] {
  const rules = interfaces.flatMap(({ privateIpv4Address: address, aliasPorts: ports = [] }) =>
    ports.map(({ port, containerPort }) => `ip daddr ${address} tcp dport ${port} dnat ip to ${address}:${containerPort}`),
  );
  if (rules.length === 0) return [];
  return ['prerouting', 'output'].map((at) =>
    block(`chain alias-ports-${at}`, [`type nat hook ${at} priority -100; policy accept;`, ...rules]),
  );
}

/**
 * Containers of the engine come to tasks as their host. Where it has an address of its own in the VPC that is this one, to which tasks of other
 * hosts answer, too; else the engine's masquerading takes the router's. Other machines come as who they are.
 */
function ownSources(overlays: readonly VpcOverlay[], containers: string | undefined): readonly string[] {
  const rules = overlays.flatMap((overlay) =>
    overlay.own && containers !== undefined
      ? [`oifname "${vpcNetwork(overlay).bridge}" ip saddr ${containers} snat ip to ${overlay.own.privateIpv4Address}`]
      : [],
  );
  if (rules.length === 0) return [];
  return [block('chain own-sources', ['type nat hook postrouting priority 90; policy accept;', ...rules])];
}

/** Ports that agents give to tasks that ask for any (port-ledger.ts). */
const GIVEN_PORTS = `${FIRST_DYNAMIC_PORT}-${LAST_DYNAMIC_PORT}`;
/** Containers of this host and the host itself are inside. */
const INSIDE = ['lo', 'docker*', 'br-*', TASK_BRIDGES];

/**
 * What comes from outside for ports that tasks have on the host: before the engine leads it to a container, where it still has the host's port.
 * Other ports of the host are not looked at.
 */
function hostPorts(
  { groupIds, tcpPorts, udpPorts, isFixedOnly = false, senders }: HostFilter,
  known: ReadonlySet<string>,
): readonly string[] {
  const isAlsoGiven = (port: number) => !isFixedOnly && port >= FIRST_DYNAMIC_PORT && port <= LAST_DYNAMIC_PORT;
  const rule = (protocol: 'tcp' | 'udp', fixed: readonly number[]): readonly string[] => {
    const ports = [...(isFixedOnly ? [] : [GIVEN_PORTS]), ...fixed.filter((port) => !isAlsoGiven(port))];
    return ports.length > 0 ? [`${protocol} dport { ${ports.join(', ')} } goto host-in`] : [];
  };
  return [
    setOf('senders', 'ipv4_addr', senders),
    block('chain host-in', [
      'ip saddr @senders accept',
      ...groupIds.filter((groupId) => known.has(groupId)).map((groupId) => `jump in-${groupId}`),
      'counter drop',
    ]),
    hook('host-ports', 'prerouting', -150, [
      ...INSIDE.map((name) => `iifname "${name}" accept`),
      'fib daddr type != local accept',
      ...rule('tcp', tcpPorts),
      ...rule('udp', udpPorts),
    ]),
  ];
}

/** Of all its addresses. */
const EVERY_ADDRESS = '0.0.0.0';

/**
 * What load balancers listen on: for the host itself and its containers on bridges it is open, as ports of the host are; for others, and for
 * tasks with addresses of their own, it is what the groups of the load balancer allow.
 */
function listenerPorts(listeners: readonly FilteredListener[]): readonly string[] {
  const verdict = ({ groupIds }: FilteredListener) => `goto in-${profileName(groupIds)}`;
  const [everywhere, somewhere] = [true, false].map((isEverywhere) =>
    listeners.filter(({ address }) => (address === EVERY_ADDRESS) === isEverywhere),
  ) as [FilteredListener[], FilteredListener[]];
  return [
    mapOf(
      'listeners',
      'ipv4_addr . inet_service',
      somewhere.map((one) => `${one.address} . ${one.port} : ${verdict(one)}`),
    ),
    mapOf(
      'listeners-everywhere',
      'inet_service',
      everywhere.map((one) => `${one.port} : ${verdict(one)}`),
    ),
    hook('listener-ports', 'input', -10, [
      ...INSIDE.filter((name) => name !== TASK_BRIDGES).map((name) => `iifname "${name}" accept`),
      'ip daddr . tcp dport vmap @listeners',
      'tcp dport vmap @listeners-everywhere',
    ]),
  ];
}

const DIRECTIONS: readonly Direction[] = ['in', 'out'];

/** Interfaces, and listeners, with the same groups have the same rules: the tasks of a service. */
interface Profile {
  readonly name: string;
  readonly groupIds: readonly string[];
  readonly addresses: string[];
}

type Grouped = Pick<FilteredInterface, 'groupIds'> & Partial<Pick<FilteredInterface, 'privateIpv4Address'>>;

function profilesOf(all: readonly Grouped[]): readonly Profile[] {
  const profiles = new Map<string, Profile>();
  for (const { groupIds, privateIpv4Address } of all) {
    const name = profileName(groupIds);
    const profile = profiles.get(name) ?? { name, groupIds: distinct(groupIds), addresses: [] };
    if (privateIpv4Address !== undefined) profile.addresses.push(privateIpv4Address);
    profiles.set(name, profile);
  }
  return [...profiles.values()];
}

const distinct = (groupIds: readonly string[]): readonly string[] => [...new Set(groupIds)].sort();
const profileName = (groupIds: readonly string[]): string => hashId('profile', ...distinct(groupIds)).slice(0, 12);

const block = (head: string, lines: readonly string[]): string =>
  [`  ${head} {`, ...lines.map((line) => `    ${line}`), '  }'].join('\n');

const elementsOf = (elements: readonly string[]): readonly string[] =>
  elements.length > 0 ? [`elements = { ${elements.join(', ')} }`] : [];

const setOf = (name: string, type: string, elements: readonly string[], flags: readonly string[] = []): string =>
  block(`set ${name}`, [`type ${type}`, ...flags, ...elementsOf(elements)]);

const mapOf = (name: string, key: string, elements: readonly string[]): string =>
  block(`map ${name}`, [`type ${key} : verdict`, ...elementsOf(elements)]);

const verdictMap = (name: string, direction: Direction, profiles: readonly Profile[]): string =>
  mapOf(
    name,
    'ipv4_addr',
    profiles.flatMap((profile) => profile.addresses.map((address) => `${address} : goto ${direction}-${profile.name}`)),
  );

/** What is established goes on when its rule is revoked, as AWS has it of connections that it tracks. */
const hook = (name: string, at: string, priority: number, rules: readonly string[]): string =>
  block(`chain ${name}`, [
    `type filter hook ${at} priority ${priority}; policy accept;`,
    'ct state established,related accept',
    ...rules,
  ]);

/** All groups of an interface together: what one of them lets through goes through, and nothing else. */
const profileChain = ({ name, groupIds }: Profile, direction: Direction, known: ReadonlySet<string>): string =>
  block(`chain ${direction}-${name}`, [
    ...groupIds.filter((groupId) => known.has(groupId)).map((groupId) => `jump ${direction}-${groupId}`),
    'counter drop',
  ]);

const groupChain = ({ groupId, rules }: FilterGroup, direction: Direction, members: Members, sets: SharedSets): string =>
  block(
    `chain ${direction}-${groupId}`,
    matchesOf(
      rules.filter(({ isEgress }) => isEgress === (direction === 'out')),
      direction,
      members,
      sets,
    ).map((match) => `${match} accept`.trimStart()),
  );

/** A task has the address that it was given: it can neither send under another's nor, past all rules, in IPv6. */
function ownAddressesOnly(table: string, interfaces: readonly FilteredInterface[]): readonly string[] {
  const macs = interfaces.map(({ macAddress }) => macAddress);
  const addresses = interfaces.map(({ privateIpv4Address }) => privateIpv4Address);
  const pairs = interfaces.map(({ macAddress, privateIpv4Address }) => `${macAddress} . ${privateIpv4Address}`);
  return [
    `table bridge ${table} {`,
    setOf('macs', 'ether_addr', macs),
    setOf('addresses', 'ipv4_addr', addresses),
    setOf('own', 'ether_addr . ipv4_addr', pairs),
    block('chain from-tasks', [
      'type filter hook prerouting priority -300; policy accept;',
      'ether saddr . ip saddr @own accept',
      'ip saddr @addresses counter drop',
      'ether saddr @macs ether type { ip, ip6 } counter drop',
    ]),
    block('chain to-tasks', [
      'type filter hook postrouting priority 300; policy accept;',
      'ether daddr @macs ether type ip6 counter drop',
    ]),
    '}',
  ];
}
