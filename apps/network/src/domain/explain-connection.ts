import { cidrContains, parseCidr, parseIpv4, refuse } from '#lib/kernel';
import type { LoadBalancerMember, NetworkInterface, SecurityGroup, SecurityGroupRule } from './model.js';
import type { Network } from './network.js';
import { peerText } from './permissions.js';
import { sendersOf } from './packet-filter.js';
import { type QueryRules, read } from './rule-types.js';

export interface ExplainConnectionInput {
  /** A task's id (6 digits are enough) or ARN, a load balancer's name, or an address. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  /** `tcp` where nothing is said. */
  readonly protocol?: string;
}

/** An end of a connection: who it is, the groups that it is in, and the addresses that it has for rules of ranges. */
interface End {
  readonly name: string;
  readonly groupIds: readonly string[];
  readonly addresses: readonly string[];
  /** Its own groups hold back what comes to it and what it sends. */
  readonly isFiltered: boolean;
}

/** What hosts do with a connection, said from the same rules that they are told (packet-filter.ts). */
const explainConnection = read<ExplainConnectionInput>((network, { from, to, port, protocol = 'tcp' }) => {
  const [source, target] = [endOf(network, from), endOf(network, to)];
  const traffic = { protocol, port };
  const out = verdict(network, source, true, target, traffic);
  const into = verdict(network, target, false, source, traffic);
  const isAllowed = out.isAllowed && into.isAllowed;
  const what = `${protocol} ${port} from ${source.name} to ${target.name}`;
  const summary = isAllowed ? `${what}: let through` : `${what}: dropped, so it times out`;
  const text = [summary, '', `Sending    ${out.why}`, `Receiving  ${into.why}`].join('\n');
  return { allowed: isAllowed, summary, text, egressRuleId: out.ruleId, ingressRuleId: into.ruleId };
});

interface Traffic {
  readonly protocol: string;
  readonly port: number;
}

interface Verdict {
  readonly isAllowed: boolean;
  readonly why: string;
  readonly ruleId?: string;
}

function verdict(network: Network, own: End, isEgress: boolean, peer: End, traffic: Traffic): Verdict {
  if (!own.isFiltered)
    return { isAllowed: true, why: `${own.name} is no task with an address of its own: nothing is filtered there` };
  const groups = own.groupIds.flatMap((id): readonly SecurityGroup[] => {
    const group = network.withId(id);
    return group?.kind === 'security-group' ? [group] : [];
  });
  for (const group of groups) {
    for (const rule of network.rulesOf(group)) {
      if (rule.isEgress !== isEgress || !isAbout(rule, traffic) || !means(network, rule, peer)) continue;
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

function means(network: Network, { peer, groupId }: SecurityGroupRule, end: End): boolean {
  if ('groupId' in peer) {
    // The host is whoever sends as it does.
    const senders = network.hasLoadBalancerIn({ id: peer.groupId }) ? sendersOf(network, groupId) : [];
    return end.groupIds.includes(peer.groupId) || end.addresses.some((address) => senders.includes(address));
  }
  if (!('cidrIpv4' in peer)) return false;
  const range = parseCidr(peer.cidrIpv4)!;
  return end.addresses.some((address) => cidrContains(range, { first: parseIpv4(address)!, bits: 32 }));
}

const ruleText = ({ ipProtocol, fromPort, toPort, peer, isEgress }: SecurityGroupRule): string => {
  const ports = ipProtocol === '-1' ? 'everything' : `${ipProtocol} ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;
  return `${ports} ${isEgress ? 'to' : 'from'} ${peerText(peer)}`;
};

function endOf(network: Network, given: string): End {
  const taskId = given.split('/').at(-1)!;
  const interfaces = network.all('network-interface');
  const own = interfaces.find(({ privateIpAddress }) => privateIpAddress === given);
  if (own) return interfaceEnd(own);
  if (parseIpv4(given) !== undefined) return { name: given, groupIds: [], addresses: [given], isFiltered: false };
  const balancer = network.loadBalancers().find(({ arn, name }) => name === given || arn === given);
  if (balancer) return balancerEnd(network, balancer);
  const found = /^[0-9a-f]{6,32}$/.test(taskId)
    ? interfaces.filter(({ taskArn }) => taskArn.split('/').at(-1)!.startsWith(taskId))
    : [];
  if (found.length === 1) return interfaceEnd(found[0]!);
  if (found.length > 1) throw refuse('InvalidParameterValue', `${found.length} tasks have ids that begin with ${taskId}.`);
  throw refuse(
    'InvalidParameterValue',
    `${given} is no address, no load balancer and no task that has an address of its own now: hosts filter nothing for others.`,
  );
}

const interfaceEnd = ({ taskArn, groupIds, privateIpAddress }: NetworkInterface): End => ({
  name: `task ${taskArn.split('/').at(-1)!.slice(0, 12)} (${privateIpAddress})`,
  groupIds,
  addresses: [privateIpAddress],
  isFiltered: true,
});

/** It sends as its host. */
const balancerEnd = (network: Network, { name, groupIds }: LoadBalancerMember): End => ({
  name: `load balancer ${name}`,
  groupIds,
  addresses: network.senders(),
  isFiltered: false,
});

export const explainConnectionQueries: QueryRules = { ExplainConnection: explainConnection };
