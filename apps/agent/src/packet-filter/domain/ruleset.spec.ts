import { describe, expect, it } from '@jest/globals';
import type { FilterRule, PacketFilter } from '#lib/ecs/model';
import { matchesOf } from './rule-match.js';
import { ruleset } from './ruleset.js';
import { SharedSets } from './shared-sets.js';

const rule = (fields: Partial<FilterRule>): FilterRule => ({
  isEgress: false,
  ipProtocol: 'tcp',
  fromPort: 80,
  toPort: 80,
  peer: { cidrIpv4: '10.0.0.0/8' },
  ...fields,
});
const members = new Map([
  ['sg-a', ['172.31.0.5', '172.31.0.6']],
  ['sg-empty', []],
]);
const inbound = (...rules: readonly Partial<FilterRule>[]) => matchesOf(rules.map(rule), 'in', members, new SharedSets());

describe('what a rule of a security group lets through', () => {
  it.each([
    ['one port', {}, 'ip saddr 10.0.0.0/8 tcp dport 80'],
    ['a range of ports', { ipProtocol: 'udp', fromPort: 1024, toPort: 65_535 }, 'ip saddr 10.0.0.0/8 udp dport 1024-65535'],
    ['all ports', { fromPort: 0, toPort: 65_535 }, 'ip saddr 10.0.0.0/8 meta l4proto tcp'],
    ['all protocols', { ipProtocol: '-1', fromPort: -1, toPort: -1 }, 'ip saddr 10.0.0.0/8'],
    ['from anywhere', { peer: { cidrIpv4: '0.0.0.0/0' } }, 'meta nfproto ipv4 tcp dport 80'],
    ['from anywhere in IPv6', { peer: { cidrIpv6: '::/0' } }, 'meta nfproto ipv6 tcp dport 80'],
    ['a range of IPv6', { peer: { cidrIpv6: '2001:db8::/32' } }, 'ip6 saddr 2001:db8::/32 tcp dport 80'],
    ['the members of a group', { peer: { groupId: 'sg-a' } }, 'ip saddr @members-sg-a tcp dport 80'],
    ['a type of ICMP', { ipProtocol: 'icmp', fromPort: 8, toPort: -1 }, 'ip saddr 10.0.0.0/8 icmp type 8'],
    ['a type and a code of ICMP', { ipProtocol: 'icmp', fromPort: 3, toPort: 4 }, 'ip saddr 10.0.0.0/8 icmp type 3 icmp code 4'],
    ['all of ICMP', { ipProtocol: 'icmp', fromPort: -1, toPort: -1 }, 'ip saddr 10.0.0.0/8 meta l4proto icmp'],
    ['another protocol', { ipProtocol: '50', fromPort: -1, toPort: -1 }, 'ip saddr 10.0.0.0/8 meta l4proto 50'],
  ] as const)('%s', (_what, fields, match) => {
    expect(inbound(fields)).toEqual([match]);
  });

  it('is nothing where the group has no members, or is not known', () => {
    expect(inbound({ peer: { groupId: 'sg-empty' } }, { peer: { groupId: 'sg-other' } })).toEqual([]);
  });

  it('looks many ranges up in one set, without those that are in others', () => {
    const cidrs = ['192.0.2.0/24', '10.1.0.0/16', '10.0.0.0/8', '192.0.2.7/32', '203.0.113.9/32'];
    expect(inbound(...cidrs.map((cidrIpv4) => ({ peer: { cidrIpv4 } })))).toEqual([
      'ip saddr { 10.0.0.0/8, 192.0.2.0/24, 203.0.113.9/32 } tcp dport 80',
    ]);
    expect(inbound({ peer: { cidrIpv4: '0.0.0.0/0' } }, { peer: { cidrIpv4: '10.0.0.0/8' } })).toEqual([
      'meta nfproto ipv4 tcp dport 80',
    ]);
  });

  it('looks many ports up in one set, with those that meet as one range', () => {
    const ports = [443, 80, 81, 8080].map((port) => ({ fromPort: port, toPort: port, peer: { groupId: 'sg-a' } }));
    expect(inbound(...ports, { fromPort: 8000, toPort: 9000, peer: { groupId: 'sg-a' } })).toEqual([
      'ip saddr @members-sg-a tcp dport { 80-81, 443, 8000-9000 }',
    ]);
    const all = { fromPort: 0, toPort: 65_535, peer: { groupId: 'sg-a' } };
    expect(inbound(...ports, all)).toEqual(['ip saddr @members-sg-a meta l4proto tcp']);
  });

  it('looks long lists, and the members of several groups, up in sets that rules share', () => {
    const sets = new SharedSets();
    const two = new Map([...members, ['sg-b', ['172.31.0.6', '172.31.0.7']]]);
    const matches = (...rules: readonly Partial<FilterRule>[]) => matchesOf(rules.map(rule), 'in', two, sets);
    const groups = ['sg-a', 'sg-b', 'sg-empty'].map((groupId) => ({ peer: { groupId } }));
    const offices = Array.from({ length: 20 }, (_, n) => ({ peer: { cidrIpv4: `10.0.${n}.0/25` }, fromPort: 1, toPort: 1 }));
    const [ranges, addresses] = [...matches(...groups, ...offices)];
    expect(ranges).toMatch(/^ip saddr @ranges-[0-9a-f]{16} tcp dport 1$/);
    expect(addresses).toMatch(/^ip saddr @addresses-[0-9a-f]{16} tcp dport 80$/);
    // In another group, for another port.
    expect(matches(...[...groups].reverse().map((one) => ({ ...one, fromPort: 81, toPort: 81 })))).toEqual([
      addresses!.replace('80', '81'),
    ]);
    expect(sets.all().map(({ elements }) => elements.length)).toEqual([20, 3]);
    expect(sets.all()[1]!.elements).toEqual(['172.31.0.5', '172.31.0.6', '172.31.0.7']);
  });

  it('looks at where packets go when a task sends them', () => {
    expect(matchesOf([rule({ isEgress: true })], 'out', members, new SharedSets())).toEqual(['ip daddr 10.0.0.0/8 tcp dport 80']);
  });
});

const interfaceOf = (last: number, groupIds: readonly string[]) => ({
  networkInterfaceId: `eni-${last}`,
  macAddress: `02:42:ac:1f:00:0${last}`,
  privateIpv4Address: `172.31.0.${last}`,
  groupIds,
});
const filter = (fields: Partial<PacketFilter> = {}): PacketFilter => ({
  interfaces: [interfaceOf(5, ['sg-b', 'sg-a']), interfaceOf(6, ['sg-a', 'sg-b']), interfaceOf(7, ['sg-b'])],
  groups: [
    { groupId: 'sg-a', rules: [rule({ peer: { groupId: 'sg-a' } }), rule({ isEgress: true, peer: { cidrIpv4: '0.0.0.0/0' } })] },
    { groupId: 'sg-b', rules: [] },
  ],
  members: [{ groupId: 'sg-a', addresses: ['172.31.0.5', '172.31.0.6'] }],
  ...fields,
});

describe('the tables of a host', () => {
  it('replace what was there in one transaction, and go with the last task', () => {
    const head = 'add table inet t\ndelete table inet t\nadd table bridge t\ndelete table bridge t\n';
    expect(ruleset('t', filter())).toMatch(head);
    expect(ruleset('t', filter({ interfaces: [] }))).toBe(head);
  });

  it('drop what no group of the interface lets through, in both directions', () => {
    const text = ruleset('t', filter());
    const chains = [...text.matchAll(/chain ((?:in|out)-[0-9a-f]{12}) {\n([^}]*)}/g)].map(([, name, lines]) => [
      name!.replace(/-.*/, ''),
      lines!.trim().split(/\n\s*/),
    ]);
    expect(chains).toEqual([
      ['in', ['jump in-sg-a', 'jump in-sg-b', 'counter drop']],
      ['out', ['jump out-sg-a', 'jump out-sg-b', 'counter drop']],
      ['in', ['jump in-sg-b', 'counter drop']],
      ['out', ['jump out-sg-b', 'counter drop']],
    ]);
  });

  it('let nobody in whose groups are not known', () => {
    const text = ruleset('t', filter({ groups: [] }));
    expect(text).not.toMatch(/jump/);
    expect(text.match(/counter drop/g)!.length).toBeGreaterThanOrEqual(4);
  });

  it('filter ports of the host while tasks have some, whether or not one has an address of its own', () => {
    const host = { groupIds: ['sg-b', 'sg-gone'], tcpPorts: [80, 50_000], udpPorts: [], senders: ['198.18.0.1'] };
    const text = ruleset('t', filter({ interfaces: [], host }), { senders: ['198.18.0.9'] });
    expect(text).toContain('elements = { 198.18.0.1, 198.18.0.9 }');
    expect(text).toMatch(/chain host-in {\s+ip saddr @senders accept\s+jump in-sg-b\s+counter drop/);
    expect(text).toContain('tcp dport { 49153-65535, 80 } goto host-in');
    expect(text).toContain('udp dport { 49153-65535 } goto host-in');
    expect(ruleset('t', filter())).not.toContain('host-in');
    const fixed = ruleset('t', filter({ interfaces: [], host: { ...host, isFixedOnly: true } }));
    expect(fixed).toContain('tcp dport { 80, 50000 } goto host-in');
    expect(fixed).not.toContain('udp dport {');
  });

  it('filter what load balancers listen on, each address and port by the groups of its own', () => {
    const listeners = [
      { address: '10.0.0.5', port: 80, groupIds: ['sg-b', 'sg-a'] },
      { address: '0.0.0.0', port: 443, groupIds: ['sg-b'] },
    ];
    const text = ruleset('t', filter({ interfaces: [], listeners }));
    const [both, one] = [...text.matchAll(/chain in-([0-9a-f]{12}) {/g)].map(([, name]) => name);
    expect(text).toContain(`elements = { 10.0.0.5 . 80 : goto in-${both} }`);
    expect(text).toContain(`elements = { 443 : goto in-${one} }`);
    expect(text).toMatch(/chain listener-ports {[^}]*iifname "docker\*" accept/);
    expect(text).not.toMatch(/chain listener-ports {[^}]*lsvpc/);
    expect(ruleset('t', filter())).not.toContain('listener');
  });

  it('give containers of the engine the address of their host in the VPC, and nobody else', () => {
    const own = { macAddress: '02:42:ac:1f:00:09', privateIpv4Address: '172.31.0.9' };
    const overlays = [{ vpcId: 'vpc-1', vpcCidrBlock: '172.31.0.0/16', overlayId: 1, own, neighbours: [] }];
    const text = ruleset('t', filter({ overlays }), { containers: '172.17.0.0/16' });
    expect(text).toMatch(/oifname "lsvpc\w+" ip saddr 172\.17\.0\.0\/16 snat ip to 172\.31\.0\.9/);
    expect(ruleset('t', filter({ overlays }))).not.toContain('snat');
  });

  it('are the same for the same state', () => {
    expect(ruleset('t', filter())).toBe(ruleset('t', filter()));
  });
});
