import type { DnsQuestion, DnsSide, ResourceRecord } from '../discovery/dns-records.js';
import type { LoadBalancingState } from '../state.js';
import type { HostedZone, RecordSet } from './model.js';
import { isWithin, upwards, zoneName } from './names.js';
import { RECORD_DATA } from './record-data.js';
import { aliasName } from './record-set-input.js';
import { recordNameKey } from './tables.js';

export type ZoneState = Pick<LoadBalancingState, 'hostedZones' | 'recordSets'>;

/** What a zone has for a name: records, or a name to ask for in their place (an alias), or nothing of the type, or no such name. */
export type ZoneFinding =
  | { readonly is: 'records'; readonly records: readonly ResourceRecord[] }
  | { readonly is: 'alias'; readonly to: string }
  | { readonly is: 'no data' }
  | { readonly is: 'no such name' };

/** Route 53 answers a multivalue name with eight values at most. */
const MOST_VALUES = 8;

/**
 * The zone that answers for a name: the longest. What another account had first stays with it until it hands it on, by NS records of its own:
 * a zone that somebody makes later, of the same name or below it, takes no name away.
 */
export function zoneOver(state: ZoneState, name: string, side: DnsSide): HostedZone | undefined {
  let over: HostedZone | undefined;
  for (const one of upwards(name)) {
    const zone = zoneNamed(state, one, side);
    if (zone && (!over || isKeptFrom(state, over, zone))) over = zone;
  }
  return over;
}

/** Of the account that was first to have the name: its private one, and of these the one that was made first. */
function zoneNamed({ hostedZones }: ZoneState, name: string, side: DnsSide): HostedZone | undefined {
  const zones = [...(side === 'here' ? hostedZones.by('privateName', name) : []), ...hostedZones.by('publicName', name)];
  const first = firstOf(zones);
  const own = zones.filter(({ accountId }) => accountId === first?.accountId);
  return firstOf(own.filter(({ isPrivate }) => isPrivate)) ?? first;
}

const firstOf = (zones: readonly HostedZone[]): HostedZone | undefined =>
  zones.length === 0 ? undefined : zones.reduce((a, b) => (isFirst(b, a) ? b : a));

function isKeptFrom({ recordSets }: ZoneState, inner: HostedZone, outer: HostedZone): boolean {
  if (inner.accountId === outer.accountId || isFirst(inner, outer)) return false;
  for (const name of upwards(inner.name)) {
    if (name === outer.name) return true;
    for (const { type } of recordSets.by('name', recordNameKey(outer.id, name))) if (type === 'NS') return false;
  }
  return true;
}

const isFirst = (a: HostedZone, b: HostedZone) => (a.createdAt === b.createdAt ? a.id < b.id : a.createdAt < b.createdAt);

export function findInZone(
  state: ZoneState,
  zone: HostedZone,
  name: string,
  question: DnsQuestion,
  random: () => number,
): ZoneFinding {
  const sets = setsFor(state, zone, name);
  if (sets === undefined) return { is: 'no such name' };
  const matching = sets.filter(({ type }) => type === question.type || question.type === 'ANY' || type === 'CNAME');
  const chosen = chosenOf(matching, random);
  const alias = chosen.find((set) => set.alias)?.alias;
  if (alias) return { is: 'alias', to: aliasName(alias.DNSName)! };
  const records = chosen.flatMap((set) => recordsOf(set, question.name));
  return records.length > 0 ? { is: 'records', records } : { is: 'no data' };
}

/** The sets of a name, or of the wildcard that stands for it (RFC 4592); none for a name that only has others below it. */
function setsFor({ recordSets }: ZoneState, zone: HostedZone, name: string): readonly RecordSet[] | undefined {
  const under = (one: string) => [...recordSets.by('name', recordNameKey(zone.id, one))];
  const own = under(name);
  if (own.length > 0) return own;
  if (hasBelow(recordSets, zone, name)) return [];
  for (let parent = name; parent !== zone.name && isWithin(parent, zone.name);) {
    parent = parent.slice(parent.indexOf('.') + 1);
    const wild = under(`*.${parent}`);
    if (wild.length > 0) return wild;
    // What is there by itself is the closest: a wildcard above it does not reach past it.
    if (under(parent).length > 0 || hasBelow(recordSets, zone, parent)) return undefined;
  }
  return undefined;
}

function hasBelow(recordSets: ZoneState['recordSets'], { id }: HostedZone, name: string): boolean {
  const place = `${id} ${name.split('.').reverse().join('.')}.`;
  for (const next of recordSets.ordered('zone', id, place)) {
    return next.name.endsWith(`.${name}`) && next.name !== `*.${name}`;
  }
  return false;
}

/** Of weighted sets one, by weight; of multivalue sets some. */
function chosenOf(sets: readonly RecordSet[], random: () => number): readonly RecordSet[] {
  const weighted = sets.filter(({ weight }) => weight !== undefined);
  const several = shuffled(
    sets.filter(({ isMultiValue }) => isMultiValue),
    random,
  ).slice(0, MOST_VALUES);
  const simple = sets.filter(({ weight, isMultiValue }) => weight === undefined && !isMultiValue);
  return [...simple, ...several, ...oneOf(weighted, random)];
}

/** All with the weight 0 are equals. */
function oneOf(sets: readonly RecordSet[], random: () => number): readonly RecordSet[] {
  const all = sets.reduce((sum, { weight = 0 }) => sum + weight, 0);
  let left = random() * (all === 0 ? sets.length : all);
  for (const set of sets) {
    left -= all === 0 ? 1 : set.weight!;
    if (left < 0) return [set];
  }
  return [];
}

function shuffled<T>(all: readonly T[], random: () => number): readonly T[] {
  return all
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

const recordsOf = ({ type, ttlSeconds: ttl = 0, values }: RecordSet, name: string): readonly ResourceRecord[] =>
  values.flatMap((value) => {
    const data = RECORD_DATA[type](value);
    return data === undefined ? [] : ({ type, name, ttl, data } as ResourceRecord);
  });

/** Whether DNS says to everybody that the name is an alias of the value: how ACM sees that a domain is its owner's. */
export function publicCname(state: ZoneState, given: string, value: string): boolean {
  const name = zoneName(given);
  const zone = name === undefined ? undefined : zoneOver(state, name, 'elsewhere');
  if (!zone) return false;
  const wanted = zoneName(value);
  return (setsFor(state, zone, name!) ?? []).some(
    ({ type, values }) => type === 'CNAME' && values.some((one) => zoneName(one) === wanted),
  );
}
