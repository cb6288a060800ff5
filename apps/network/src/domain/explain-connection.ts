import { cidrContains, parseCidr, parseIpv4, refuse } from '#lib/kernel';
import type { LoadBalancerMember, NetworkInterface, SecurityGroup, SecurityGroupRule, Vpc } from './model.js';
import { type FixedPorts, groupsOfHost, type HostEnd, type HostFacts, isGiven } from './hosts.js';
import { type Network, routerOf } from './network.js';
import { peerText } from './permissions.js';
import { ownAddresses, sendersOf } from './packet-filter.js';
import { type QueryRules, read } from './rule-types.js';

export interface ExplainConnectionInput {
  /** A task's id (6 digits are enough) or ARN, a load balancer's name, an instance's id, or an address. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  /** `tcp` where nothing is said. */
  readonly protocol?: string;
  /** What is said of hosts now: it is not in this journal, and missing of the past. */
  readonly hosts?: HostFacts;
}

/** An end of a connection: who it is, the groups that it is in, and the addresses that it has for rules of ranges. */
interface End {
  readonly name: string;
  readonly kind: 'interface' | 'host' | 'load balancer' | 'stranger';
  /** Where it is, when that is known. */
  readonly host?: HostEnd;
  /** Of an interface. */
  readonly vpc?: Vpc;
  readonly groupIds: readonly string[];
  readonly addresses: readonly string[];
  /** What is sent is held back by its own groups. */
  readonly isSendingFiltered: boolean;
  /** Why what comes is let through, or not, whatever rules say; undefined: the rules say. */
  readonly receives: (source: End, traffic: Traffic) => Omit<Verdict, 'ruleId'> | undefined;
}

const isBesideEachOther = (a: End, b: End): boolean => a.host !== undefined && a.host.host === b.host?.host;

/** What hosts do with a connection, said from the same rules that they are told (packet-filter.ts). */
const explainConnection = read<ExplainConnectionInput>((network, { from, to, port, protocol = 'tcp', hosts = NO_FACTS }) => {
  const [source, target] = [endOf(network, hosts, from), endOf(network, hosts, to)];
  const traffic = { protocol, port };
  const out: Verdict = source.isSendingFiltered
    ? verdict(network, source, true, target, traffic, hosts.balancers)
    : { isAllowed: true, why: `${source.name} has no address of its own in a VPC: what it sends is not filtered` };
  const seen = seenBy(network, hosts, target, source);
  const into: Verdict =
    'why' in seen ? seen : (target.receives(seen, traffic) ?? verdict(network, target, false, seen, traffic, hosts.balancers));
  const isAllowed = out.isAllowed && into.isAllowed;
  const what = `${protocol} ${port} from ${source.name} to ${target.name}`;
  const summary = isAllowed ? `${what}: let through` : `${what}: dropped, so it times out`;
  const text = [summary, '', `Sending    ${out.why}`, `Receiving  ${into.why}`].join('\n');
  return { allowed: isAllowed, summary, text, egressRuleId: out.ruleId, ingressRuleId: into.ruleId };
});

export const NO_FACTS: HostFacts = { ends: {}, ofInstance: () => undefined, balancers: [] };

interface Traffic {
  readonly protocol: string;
  readonly port: number;
}

interface Verdict {
  readonly isAllowed: boolean;
  readonly why: string;
  readonly ruleId?: string;
}

/**
 * As whom the target meets the source: what leaves a VPC comes as its host, and what comes to a VPC from a host as the router or as the host's own
 * address there. Or why no rule is asked.
 */
function seenBy(network: Network, hosts: HostFacts, target: End, source: End): End | Verdict {
  if (target.kind === 'interface') return asSenderInVpc(network, target, source, hosts.balancers);
  const isBeside = target.kind === 'load balancer' ? isBesideBalancers(hosts, source) : isBesideHost(hosts, source, target);
  if (isBeside && source.kind === 'host') return { isAllowed: true, why: `${source.name} is inside of that host: not filtered` };
  if (isBeside && target.kind === 'host')
    return { isAllowed: true, why: `${source.name} is on that host, so it is inside: not filtered` };
  if (isBeside || source.kind !== 'interface' || !source.host) return source;
  return { ...hostEnd(network, hosts, source.host), name: `${source.host.name}, the host of ${source.name},` };
}

/** Load balancers are on their host, and a loopback is the target's own. */
const isBesideHost = (hosts: HostFacts, source: End, target: End): boolean =>
  isBesideEachOther(source, target) ||
  (target.kind === 'host' &&
    ((source.kind === 'load balancer' && isBesideBalancers(hosts, target)) ||
      (source.kind === 'stranger' && source.addresses.every((address) => isInRange('127.0.0.0/8', address)))));

const isInRange = (range: string, address: string): boolean =>
  cidrContains(parseCidr(range)!, { first: parseIpv4(address)!, bits: 32 });

/** Where it is not known on which host a task is, it may be this one. */
const isBesideBalancers = ({ balancers }: HostFacts, { host }: End): boolean =>
  host === undefined || balancers.length === 0 || balancers.includes(host.host);

function asSenderInVpc(network: Network, target: End, source: End, balancers: readonly string[]): End | Verdict {
  const vpc = target.vpc!;
  if (source.kind === 'load balancer') return { ...source, addresses: [routerOf(vpc), ...ownAddresses(network, vpc, balancers)] };
  if (source.kind !== 'host') return source;
  const own = ownAddresses(network, vpc, [source.host!.host]);
  if (isBesideEachOther(source, target)) return { ...source, addresses: [routerOf(vpc), ...own] };
  if (own.length > 0) return { ...source, addresses: own };
  return { isAllowed: false, why: `no task of ${vpc.id} was on ${source.name}, so it knows no way there` };
}

function verdict(
  network: Network,
  own: End,
  isEgress: boolean,
  peer: End,
  traffic: Traffic,
  balancers: readonly string[],
): Verdict {
  const groups = own.groupIds.flatMap((id): readonly SecurityGroup[] => {
    const group = network.withId(id);
    return group?.kind === 'security-group' ? [group] : [];
  });
  for (const group of groups) {
    for (const rule of network.rulesOf(group)) {
      if (rule.isEgress !== isEgress || !isAbout(rule, traffic) || !means(network, rule, peer, balancers)) continue;
      return { isAllowed: true, why: `${rule.id} of ${named(group)} allows ${ruleText(rule)}`, ruleId: rule.id };
    }
  }
  const tried = groups.length === 0 ? 'it is in no group that is there' : groups.map(named).join(', ');
  return { isAllowed: false, why: `no ${isEgress ? 'egress' : 'ingress'} rule allows it: ${tried}` };
}

const named = ({ id, groupName }: SecurityGroup): string => `${id} (${groupName})`;

function isAbout({ ipProtocol, fromPort, toPort }: SecurityGroupRule, { protocol, port }: Traffic): boolean {
  if (ipProtocol === '-1') return true;
  if (ipProtocol !== protocol) return false;
  return (protocol !== 'tcp' && protocol !== 'udp') || (fromPort <= port && port <= toPort);
}

function means(network: Network, { peer, groupId }: SecurityGroupRule, end: End, balancers: readonly string[]): boolean {
  if ('groupId' in peer) {
    // The host is whoever sends as it does.
    const senders = network.hasLoadBalancerIn({ id: peer.groupId }) ? sendersOf(network, groupId, balancers) : [];
    return end.groupIds.includes(peer.groupId) || end.addresses.some((address) => senders.includes(address));
  }
  if (!('cidrIpv4' in peer)) return false;
  const range = parseCidr(peer.cidrIpv4)!;
  // A host that says nowhere where it is reached has some address all the same.
  if (end.addresses.length === 0) return range.bits === 0;
  return end.addresses.some((address) => cidrContains(range, { first: parseIpv4(address)!, bits: 32 }));
}

const ruleText = ({ ipProtocol, fromPort, toPort, peer, isEgress }: SecurityGroupRule): string => {
  const ports = ipProtocol === '-1' ? 'everything' : `${ipProtocol} ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;
  return `${ports} ${isEgress ? 'to' : 'from'} ${peerText(peer)}`;
};

function endOf(network: Network, hosts: HostFacts, given: string): End {
  const taskId = given.split('/').at(-1)!;
  const interfaces = network.all('network-interface');
  const own = interfaces.find(({ privateIpAddress }) => privateIpAddress === given);
  if (own) return interfaceEnd(network, hosts, own);
  const host = hosts.ends[given];
  if (host) return hostEnd(network, hosts, host);
  const balancer = network
    .loadBalancers()
    .find(
      ({ arn, name, listeners = [] }) => name === given || arn === given || listeners.some(({ address }) => address === given),
    );
  if (balancer) return balancerEnd(hosts, balancer);
  if (parseIpv4(given) !== undefined) return strangerEnd(given);
  const found = /^[0-9a-f]{6,32}$/.test(taskId)
    ? interfaces.filter(({ taskArn }) => taskArn.split('/').at(-1)!.startsWith(taskId))
    : [];
  if (found.length === 1) return interfaceEnd(network, hosts, found[0]!);
  if (found.length > 1) throw refuse('InvalidParameterValue', `${found.length} tasks have ids that begin with ${taskId}.`);
  throw refuse('InvalidParameterValue', `${given} is no address, no load balancer, no instance and no task that runs now.`);
}

const interfaceEnd = (
  network: Network,
  hosts: HostFacts,
  { taskArn, groupIds, privateIpAddress, vpcId, instanceId }: NetworkInterface,
  host = instanceId === undefined ? undefined : hosts.ofInstance(instanceId),
  vpc = network.get('vpc', vpcId),
): End => ({
  kind: 'interface',
  host,
  vpc,
  name: `task ${taskArn.split('/').at(-1)!.slice(0, 12)} (${privateIpAddress})`,
  groupIds,
  addresses: [privateIpAddress],
  isSendingFiltered: true,
  receives: (source) =>
    host && host.address === undefined && isElsewhere(source, vpc)
      ? { isAllowed: false, why: `no other machine reaches ${host.name}, where it is: see up --listen` }
      : undefined,
});

/** Another machine, as its address says: not the host itself, whose own are of the VPC or the loopback. */
const isElsewhere = ({ kind, addresses }: End, { cidrBlock }: Vpc): boolean =>
  kind === 'stranger' && [cidrBlock, '127.0.0.0/8'].every((range) => addresses.every((one) => !isInRange(range, one)));

const strangerEnd = (address: string): End => ({
  kind: 'stranger',
  name: address,
  groupIds: [],
  addresses: [address],
  isSendingFiltered: false,
  receives: () => ({ isAllowed: true, why: `${address} is nobody of this network: nothing is filtered there` }),
});

/** It sends as its host. */
const balancerEnd = (hosts: HostFacts, { name, groupIds, listeners = [] }: LoadBalancerMember): End => ({
  kind: 'load balancer',
  name: `load balancer ${name}`,
  groupIds,
  addresses: [...listeners.map(({ address }) => address), ...hosts.balancers],
  isSendingFiltered: false,
  receives(_source, { port }) {
    const here = listeners.filter((one) => one.port === port);
    if (here.length === 0) return { isAllowed: false, why: `it listens on no address but its host's loopback at port ${port}` };
    if (groupIds.length === 0) return { isAllowed: true, why: 'it is in no security group, so all who reach it are let in' };
    return undefined;
  },
});

function hostEnd(network: Network, { balancers }: HostFacts, host: HostEnd): End {
  const { name, address, groups } = host;
  const groupIds = groupsOfHost(network, groups);
  return {
    kind: 'host',
    host,
    name,
    groupIds: groupIds ?? [],
    addresses: address === undefined ? [] : [address],
    isSendingFiltered: false,
    receives(source, traffic) {
      if (isOnLoopback(host, traffic))
        return { isAllowed: false, why: 'what its tasks publish is on its loopback: only processes of that host reach it' };
      if (!isFiltered(host, traffic))
        return {
          isAllowed: true,
          why: `no task has ${traffic.protocol} port ${traffic.port} of the host: other ports are not filtered`,
        };
      if (!groupIds) return { isAllowed: true, why: 'its attribute says that it is in no security group: it is not filtered' };
      if (source.addresses.some((one) => balancers.includes(one)))
        return { isAllowed: true, why: 'the host of the load balancers reaches all ports of tasks' };
      return undefined;
    },
  };
}

const hasFixed = (fixed: FixedPorts | undefined, { protocol, port }: Traffic): boolean =>
  (protocol === 'tcp' ? fixed?.tcp : fixed?.udp)?.includes(port) === true;

/** Nobody listens to others there: tasks in bridge mode do not, and none in host mode has the port. */
function isOnLoopback({ ports, isBridged = false }: HostEnd, traffic: Traffic): boolean {
  if (!ports?.isOnLoopback || !ports.published || hasFixed(ports.everywhere, traffic)) return false;
  return isBridged || isGiven(traffic.port) || hasFixed(ports.published, traffic);
}

/** As its host is told (packet-filter.ts). */
const isFiltered = ({ ports }: HostEnd, traffic: Traffic): boolean =>
  ports !== undefined &&
  (hasFixed(ports.everywhere, traffic) || (ports.isReached && (isGiven(traffic.port) || hasFixed(ports.published, traffic))));

export const explainConnectionQueries: QueryRules = { ExplainConnection: explainConnection };
