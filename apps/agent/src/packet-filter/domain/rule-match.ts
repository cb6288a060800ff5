import type { FilterPeer, FilterRule } from '#lib/ecs/model';
import { type Cidr, cidrContains, formatCidr, parseCidr } from '#lib/kernel';

/** Seen from a task. */
export type Direction = 'in' | 'out';
/** Of each group that rules name: the addresses of those that are in it. */
export type Members = ReadonlyMap<string, readonly string[]>;

/**
 * What these rules let through, in nftables' words. Rules that differ in their range of addresses only are one, with a set, and so are those
 * that differ in their port only: a list of a thousand offices is looked up, not walked.
 */
export function matchesOf(rules: readonly FilterRule[], direction: Direction, members: Members): readonly string[] {
  const side = direction === 'in' ? 'saddr' : 'daddr';
  const ranges = new Map<string, Cidr[]>();
  const others: string[] = [];
  for (const { rule, traffic } of withPortsTogether(rules)) {
    if ('cidrIpv4' in rule.peer) {
      const same = ranges.get(traffic) ?? [];
      same.push(parseCidr(rule.peer.cidrIpv4)!);
      ranges.set(traffic, same);
      continue;
    }
    const peer = peerMatch(rule.peer, side, members);
    if (peer !== undefined) others.push(`${peer} ${traffic}`.trimEnd());
  }
  return [...[...ranges].map(([traffic, same]) => `${rangesMatch(same, side)} ${traffic}`.trimEnd()), ...new Set(others)];
}

interface RuleTraffic {
  readonly rule: FilterRule;
  readonly traffic: string;
}

function withPortsTogether(rules: readonly FilterRule[]): readonly RuleTraffic[] {
  const together = new Map<string, FilterRule[]>();
  for (const rule of rules) {
    const hasPorts = rule.ipProtocol === 'tcp' || rule.ipProtocol === 'udp';
    const key = JSON.stringify([rule.peer, rule.ipProtocol, ...(hasPorts ? [] : [rule.fromPort, rule.toPort])]);
    const known = together.get(key);
    if (known) known.push(rule);
    else together.set(key, [rule]);
  }
  return [...together.values()].map((same) => ({ rule: same[0]!, traffic: trafficOf(same) }));
}

function rangesMatch(given: readonly Cidr[], side: string): string {
  const ranges = withoutInner(given);
  if (ranges.some(({ bits }) => bits === 0)) return 'meta nfproto ipv4';
  const texts = ranges.map(formatCidr);
  return `ip ${side} ${texts.length === 1 ? texts[0] : `{ ${texts.join(', ')} }`}`;
}

/** Ranges of two CIDRs are one in the other or have nothing in common; a set of nftables takes no overlaps. */
function withoutInner(ranges: readonly Cidr[]): readonly Cidr[] {
  const kept: Cidr[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first || a.bits - b.bits)) {
    const last = kept.at(-1);
    if (!last || !cidrContains(last, range)) kept.push(range);
  }
  return kept;
}

/** Undefined: nobody is meant. */
function peerMatch(peer: FilterPeer, side: string, members: Members): string | undefined {
  if ('cidrIpv6' in peer) return peer.cidrIpv6 === '::/0' ? 'meta nfproto ipv6' : `ip6 ${side} ${peer.cidrIpv6}`;
  if (!('groupId' in peer) || (members.get(peer.groupId) ?? []).length === 0) return undefined;
  return `ip ${side} @members-${peer.groupId}`;
}

const ALL = -1;
const LAST_PORT = 65_535;

/** Of rules that differ in nothing but their ports. */
function trafficOf(same: readonly FilterRule[]): string {
  const [{ ipProtocol, fromPort, toPort }] = same as [FilterRule];
  switch (ipProtocol) {
    case '-1':
      return '';
    case 'tcp':
    case 'udp':
      return portsMatch(ipProtocol, same);
    case 'icmp':
    case 'icmpv6':
      if (fromPort === ALL) return `meta l4proto ${ipProtocol === 'icmp' ? 'icmp' : 'ipv6-icmp'}`;
      return [`${ipProtocol} type ${fromPort}`, ...(toPort === ALL ? [] : [`${ipProtocol} code ${toPort}`])].join(' ');
    default:
      return `meta l4proto ${ipProtocol}`;
  }
}

function portsMatch(protocol: string, rules: readonly FilterRule[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const { fromPort: from, toPort: to } of [...rules].sort((a, b) => a.fromPort - b.fromPort)) {
    const last = ranges.at(-1);
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to);
    else ranges.push({ from, to });
  }
  if (ranges.some(({ from, to }) => from === 0 && to === LAST_PORT)) return `meta l4proto ${protocol}`;
  const texts = ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
  return `${protocol} dport ${texts.length === 1 ? texts[0] : `{ ${texts.join(', ')} }`}`;
}
