import type { FilterRule } from '#lib/ecs/model';
import { type Cidr, cidrContains, formatCidr, parseCidr } from '#lib/kernel';
import type { SharedSets } from './shared-sets.js';

/** Seen from a task. */
export type Direction = 'in' | 'out';
/** Of each group that rules name: the addresses of those that are in it. */
export type Members = ReadonlyMap<string, readonly string[]>;

/**
 * What these rules let through, in nftables' words. Rules that differ in whom they mean only are one, with a set, and so are those
 * that differ in their port only: a list of a thousand offices is looked up, not walked. Long sets go to `sets`.
 */
export function matchesOf(
  rules: readonly FilterRule[],
  direction: Direction,
  members: Members,
  sets: Pick<SharedSets, 'ranges' | 'addresses'>,
): readonly string[] {
  const side = direction === 'in' ? 'saddr' : 'daddr';
  const ranges = new Map<string, Cidr[]>();
  const groups = new Map<string, string[]>();
  const others = new Set<string>();
  for (const { rule, traffic } of withPortsTogether(rules)) {
    const { peer } = rule;
    if ('cidrIpv4' in peer) put(ranges, traffic, parseCidr(peer.cidrIpv4)!);
    else if ('groupId' in peer) put(groups, traffic, peer.groupId);
    else if ('cidrIpv6' in peer) others.add(`${ipv6Match(peer.cidrIpv6, side)} ${traffic}`.trimEnd());
  }
  return [
    ...[...ranges].map(([traffic, same]) => `${rangesMatch(same, side, sets)} ${traffic}`.trimEnd()),
    ...[...groups].flatMap(([traffic, same]) => {
      const set = membersSet(same, members, sets);
      return set === undefined ? [] : [`ip ${side} @${set} ${traffic}`.trimEnd()];
    }),
    ...others,
  ];
}

function put<T>(all: Map<string, T[]>, key: string, one: T): void {
  const same = all.get(key);
  if (same) same.push(one);
  else all.set(key, [one]);
}

interface RuleTraffic {
  readonly rule: FilterRule;
  readonly traffic: string;
}

function withPortsTogether(rules: readonly FilterRule[]): readonly RuleTraffic[] {
  const together = new Map<string, FilterRule[]>();
  for (const rule of rules) {
    const { ipProtocol, fromPort, toPort } = rule;
    const hasPorts = ipProtocol === 'tcp' || ipProtocol === 'udp';
    put(together, `${peerKey(rule)} ${ipProtocol}${hasPorts ? '' : ` ${fromPort} ${toPort}`}`, rule);
  }
  return Array.from(together.values(), (same) => ({ rule: same[0]!, traffic: trafficOf(same) }));
}

/** CIDRs of both kinds and ids of both kinds cannot be mistaken for each other. */
function peerKey({ peer }: FilterRule): string {
  if ('cidrIpv4' in peer) return peer.cidrIpv4;
  if ('cidrIpv6' in peer) return peer.cidrIpv6;
  return 'groupId' in peer ? peer.groupId : peer.prefixListId;
}

/** Longer lists are sets of their own. */
const MANY_RANGES = 16;

function rangesMatch(given: readonly Cidr[], side: string, sets: Pick<SharedSets, 'ranges'>): string {
  const ranges = withoutInner(given);
  if (ranges.some(({ bits }) => bits === 0)) return 'meta nfproto ipv4';
  const texts = ranges.map(formatCidr);
  if (texts.length === 1) return `ip ${side} ${texts[0]}`;
  return `ip ${side} ${texts.length > MANY_RANGES ? `@${sets.ranges(texts)}` : `{ ${texts.join(', ')} }`}`;
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

const ipv6Match = (cidr: string, side: string): string => (cidr === '::/0' ? 'meta nfproto ipv6' : `ip6 ${side} ${cidr}`);

/** Undefined: nobody is meant. */
function membersSet(groupIds: readonly string[], members: Members, sets: Pick<SharedSets, 'addresses'>): string | undefined {
  const peopled = [...new Set(groupIds)].filter((groupId) => (members.get(groupId) ?? []).length > 0);
  if (peopled.length <= 1) return peopled[0] && `members-${peopled[0]}`;
  return sets.addresses([...new Set(peopled.flatMap((groupId) => members.get(groupId)!))].sort());
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
  for (const { fromPort: from, toPort: to } of rules.toSorted((a, b) => a.fromPort - b.fromPort)) {
    const last = ranges.at(-1);
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to);
    else ranges.push({ from, to });
  }
  if (ranges.some(({ from, to }) => from === 0 && to === LAST_PORT)) return `meta l4proto ${protocol}`;
  const texts = ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
  return `${protocol} dport ${texts.length === 1 ? texts[0] : `{ ${texts.join(', ')} }`}`;
}
