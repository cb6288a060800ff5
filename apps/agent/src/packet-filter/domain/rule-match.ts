import type { FilterRule } from '#lib/ecs/model';
import { cidrContains } from '#lib/kernel';
import type { Range, SharedSets } from './shared-sets.js';

/** Seen from a task. */
export type Direction = 'in' | 'out';
/** Of each group that rules name: the addresses of those that are in it. */
export type Members = ReadonlyMap<string, readonly string[]>;

/**
 * What these rules let through, in nftables' words. Rules that differ in whom they mean only are one, with a set, and so are those
 * that differ in their port only: a list of a thousand offices is looked up, not walked. Long sets go to `sets`.
 */
export function matchesOf(rules: readonly FilterRule[], direction: Direction, members: Members, sets: Sets): readonly string[] {
  const side = direction === 'in' ? 'saddr' : 'daddr';
  const all = new Map<string, Alike>();
  const others = new Set<string>();
  for (const byPeer of byProtocol(rules).values()) {
    // Most rules are the only one of their peer, and of a few ports.
    const ofPorts = new Map<number, Alike>();
    for (const same of byPeer.values()) {
      const rule = Array.isArray(same) ? same[0]! : same;
      const ports = rule.fromPort * (LAST_PORT + 1) + rule.toPort;
      const alike = (Array.isArray(same) ? undefined : ofPorts.get(ports)) ?? alikeIn(all, trafficOf(same));
      if (!Array.isArray(same)) ofPorts.set(ports, alike);
      const { peer } = rule;
      if ('cidrIpv4' in peer) alike.ranges.push(sets.range(peer.cidrIpv4));
      else if ('groupId' in peer) alike.groupIds.push(peer.groupId);
      else if ('cidrIpv6' in peer) others.add(`${ipv6Match(peer.cidrIpv6, side)} ${alike.traffic}`.trimEnd());
    }
  }
  const alikes = [...all.values()];
  return [
    ...alikes.flatMap(({ ranges, traffic }) =>
      ranges.length > 0 ? [`${rangesMatch(ranges, side, sets)} ${traffic}`.trimEnd()] : [],
    ),
    ...alikes.flatMap(({ groupIds, traffic }) => {
      const set = membersSet(groupIds, members, sets);
      return set === undefined ? [] : [`ip ${side} @${set} ${traffic}`.trimEnd()];
    }),
    ...others,
  ];
}

type Sets = Pick<SharedSets, 'ranges' | 'addresses' | 'range'>;

/** Whom rules about the same traffic mean. */
interface Alike {
  readonly traffic: string;
  readonly ranges: Range[];
  readonly groupIds: string[];
}

function alikeIn(all: Map<string, Alike>, traffic: string): Alike {
  const alike = all.get(traffic) ?? { traffic, ranges: [], groupIds: [] };
  all.set(traffic, alike);
  return alike;
}

/** Those that differ in their ports only, together: by protocol, then by peer. A host has a hundred thousand rules, so one alone is in no list. */
function byProtocol(rules: readonly FilterRule[]): ReadonlyMap<string, ReadonlyMap<string, FilterRule | FilterRule[]>> {
  const all = new Map<string, Map<string, FilterRule | FilterRule[]>>();
  for (const rule of rules) {
    const { ipProtocol, fromPort, toPort } = rule;
    const hasPorts = ipProtocol === 'tcp' || ipProtocol === 'udp';
    const key = hasPorts ? ipProtocol : `${ipProtocol} ${fromPort} ${toPort}`;
    let byPeer = all.get(key);
    if (!byPeer) all.set(key, (byPeer = new Map()));
    const peer = peerKey(rule);
    const same = byPeer.get(peer);
    if (same === undefined) byPeer.set(peer, rule);
    else if (Array.isArray(same)) same.push(rule);
    else byPeer.set(peer, [same, rule]);
  }
  return all;
}

/** CIDRs of both kinds and ids of both kinds cannot be mistaken for each other. */
function peerKey({ peer }: FilterRule): string {
  if ('cidrIpv4' in peer) return peer.cidrIpv4;
  if ('cidrIpv6' in peer) return peer.cidrIpv6;
  return 'groupId' in peer ? peer.groupId : peer.prefixListId;
}

/** Longer lists are sets of their own. */
const MANY_RANGES = 16;

function rangesMatch(given: readonly Range[], side: string, sets: Pick<SharedSets, 'ranges'>): string {
  const ranges = withoutInner(given);
  if (ranges.some(({ bits }) => bits === 0)) return 'meta nfproto ipv4';
  const texts = ranges.map(({ text }) => text);
  if (texts.length === 1) return `ip ${side} ${texts[0]}`;
  return `ip ${side} ${texts.length > MANY_RANGES ? `@${sets.ranges(texts)}` : `{ ${texts.join(', ')} }`}`;
}

/** Ranges of two CIDRs are one in the other or have nothing in common; a set of nftables takes no overlaps. */
function withoutInner(ranges: readonly Range[]): readonly Range[] {
  const kept: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first || a.bits - b.bits)) {
    const last = kept.at(-1);
    if (!last || !cidrContains(last, range)) kept.push(range);
  }
  return kept;
}

const ipv6Match = (cidr: string, side: string): string => (cidr === '::/0' ? 'meta nfproto ipv6' : `ip6 ${side} ${cidr}`);

/** Undefined: nobody is meant. */
function membersSet(groupIds: readonly string[], members: Members, sets: Pick<SharedSets, 'addresses'>): string | undefined {
  if (groupIds.length === 0) return undefined;
  const peopled = [...new Set(groupIds)].filter((groupId) => (members.get(groupId) ?? []).length > 0);
  if (peopled.length <= 1) return peopled[0] && `members-${peopled[0]}`;
  return sets.addresses([...new Set(peopled.flatMap((groupId) => members.get(groupId)!))].sort());
}

const ALL = -1;
const LAST_PORT = 65_535;

/** Of rules that differ in nothing but their ports. */
function trafficOf(given: FilterRule | readonly FilterRule[]): string {
  const same = [given].flat() as [FilterRule, ...FilterRule[]];
  const [{ ipProtocol, fromPort, toPort }] = same;
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
