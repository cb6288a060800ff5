import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cidrContains, parseCidr, parseIpv4 } from '#lib/kernel';
import { ruleset } from '../../apps/agent/src/packet-filter/domain/ruleset.js';
import { type HostEnd, type Hosts, NO_HOSTS } from '../../apps/network/src/domain/hosts.js';
import type { HostInterface } from '../../apps/network/src/domain/model.js';
import { packetFilterOf } from '../../apps/network/src/domain/packet-filter.js';
import { NetworkWorld } from '../support/network-world.js';

/** Two hosts; the first one has the load balancers. */
const HOSTS = ['198.18.0.1', '198.18.0.2'] as const;
const INSTANCES = ['a'.repeat(32), 'b'.repeat(32)] as const;
const ROUTER = '172.31.0.1';
const STRANGER = '203.0.113.9';
const PORTS = [80, 81, 50_000];
const RANGES = ['0.0.0.0/0', '172.31.0.0/20', '203.0.113.0/24', `${ROUTER}/32`, `${HOSTS[0]}/32`, `${HOSTS[1]}/32`];

interface Packet {
  readonly saddr: string;
  readonly daddr: string;
  readonly protocol: string;
  readonly port: number;
}

/** What nftables would make of the text of a host's tables, as far as it is made here. */
class Tables {
  private readonly blocks = new Map<string, readonly string[]>();

  constructor(text: string) {
    for (const [, head, body] of text.matchAll(/^ {2}((?:set|map|chain) \S+) {\n([^]*?)^ {2}}$/gm))
      this.blocks.set(head!, body!.trim().split(/\n\s*/));
  }

  /** What the chain of this address says; true where there is none. */
  passes(map: 'from-tasks' | 'to-tasks', address: string, packet: Packet): boolean {
    const chain = this.elements(`map ${map}`).flatMap((element) => {
      const [, of, name] = /^(\S+) : goto (\S+)$/.exec(element) ?? [];
      return of === address ? [name!] : [];
    })[0];
    return chain === undefined || this.verdict(chain, packet) === 'accept';
  }

  verdict(chain: string, packet: Packet): string | undefined {
    for (const line of this.blocks.get(`chain ${chain}`)!) {
      const [, match, verdict, to] = /^(.*?)(accept|drop|jump (\S+))$/.exec(line) ?? [];
      if (verdict === undefined || !this.matches(match!, packet)) continue;
      const said = to === undefined ? verdict : this.verdict(to, packet);
      if (said !== undefined) return said;
    }
    return undefined;
  }

  private matches(text: string, packet: Packet): boolean {
    let rest = text.replace('counter', '').trim();
    while (rest !== '') {
      const [all, key, values] = /^(meta nfproto|meta l4proto|ip6? [sd]addr|(?:tcp|udp) dport) ({[^}]*}|\S+) ?/.exec(rest)!;
      const among = values!.startsWith('@')
        ? this.elements(`set ${values!.slice(1)}`)
        : values!.replaceAll(/[{}]/g, '').split(',');
      if (!among.some((value) => isMeant(key!, value.trim(), packet))) return false;
      rest = rest.slice(all.length);
    }
    return true;
  }

  private elements(block: string): readonly string[] {
    const line = this.blocks.get(block)?.find((one) => one.startsWith('elements')) ?? '';
    return /{ (.*) }/.exec(line)?.[1]!.split(', ') ?? [];
  }
}

function isMeant(key: string, value: string, { saddr, daddr, protocol, port }: Packet): boolean {
  if (key === 'meta nfproto') return value === 'ipv4';
  if (key === 'meta l4proto') return value === protocol;
  if (key.startsWith('ip6')) return false;
  if (key.startsWith('ip ')) {
    const address = { first: parseIpv4(key === 'ip saddr' ? saddr : daddr)!, bits: 32 };
    return cidrContains(parseCidr(value.includes('/') ? value : `${value}/32`)!, address);
  }
  const [from, to = from] = value.split('-').map(Number) as [number, number?];
  return key.startsWith(protocol) && from <= port && port <= to;
}

const rule = fc.record({
  group: fc.nat(3),
  isEgress: fc.boolean(),
  protocol: fc.constantFrom('-1', 'tcp', 'udp'),
  ports: fc.tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS)),
  peer: fc.oneof(fc.record({ range: fc.constantFrom(...RANGES) }), fc.record({ group: fc.nat(3) })),
});
type Rule = typeof rule extends fc.Arbitrary<infer T> ? T : never;
const world = fc.record({
  rules: fc.array(rule, { maxLength: 12 }),
  /** In which groups they are, and on which host. */
  tasks: fc.array(fc.record({ groups: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 2 }), host: fc.nat(1) }), {
    minLength: 1,
    maxLength: 3,
  }),
  /** Of the instances: none is the default one. */
  instances: fc.tuple(fc.option(fc.nat(3), { nil: undefined }), fc.option(fc.nat(3), { nil: undefined })),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function made({ rules, tasks, instances }: World) {
  const own = new NetworkWorld();
  const [{ SubnetId }] = own.ask('DescribeSubnets').Subnets;
  const create = (name: string): string => own.ok('CreateSecurityGroup', { GroupName: name, Description: name }).GroupId;
  const [{ GroupId }] = own.ask('DescribeSecurityGroups').SecurityGroups;
  const groups: readonly string[] = [GroupId, ...['one', 'two', 'three'].map(create)];
  for (const [group, isEgress, permission] of distinct(rules, groups))
    own.ok(`AuthorizeSecurityGroup${isEgress ? 'Egress' : 'Ingress'}`, { GroupId: group, IpPermissions: [permission] });
  const attached = tasks.map(({ groups: its, host }, n) => {
    const taskArn = `arn:aws:ecs:us-east-1:000000000000:task/default/${String(n + 1).repeat(32)}`;
    const groupIds = its.map((index) => groups[index]!);
    const where = { instanceId: INSTANCES[host], hostAddress: HOSTS[host], hosts: [HOSTS[0]] };
    const { networkInterface } = own.ok('AttachTaskInterface', { taskArn, subnetIds: [SubnetId], groupIds, ...where });
    return { taskArn, host, address: networkInterface.privateIpAddress as string };
  });
  const ports = {
    everywhere: { tcp: [...PORTS], udp: [...PORTS] },
    published: { tcp: [...PORTS], udp: [...PORTS] },
    isReached: true,
    isOnLoopback: false,
  };
  const ends = HOSTS.map((address, n): HostEnd => {
    const group = instances[n as 0 | 1];
    return { name: address, host: address, address, ports, ...(group === undefined ? {} : { groups: groups[group]! }) };
  });
  const of = (instanceId: string) => ends[INSTANCES.indexOf(instanceId)];
  const hosts: Hosts = {
    ...NO_HOSTS,
    underlayOf: (instanceId) => of(instanceId)?.host,
    portsOf: (instanceId) => ({ ...ports, groups: of(instanceId)?.groups }),
    groupsOf: (instanceId) => ({ groups: of(instanceId)?.groups }),
    reached: () => ends.map(({ host, groups: said }) => ({ address: host, groups: said })),
    balancers: () => [HOSTS[0]],
  };
  const facts = { ends: Object.fromEntries(ends.map((end) => [end.host, end])), ofInstance: of, balancers: [HOSTS[0]] };
  const tables = INSTANCES.map((id) => new Tables(ruleset('t', packetFilterOf(own.state, own.scope as never, id, hosts))));
  const addressOfHost = (host: number) =>
    [...own.state.resources.values()].find(
      (one): one is HostInterface => one.kind === 'host-interface' && one.hostAddress === HOSTS[host],
    )?.privateIpAddress;
  const explained = (from: string, to: string, protocol: string, port: number): boolean =>
    own.ask('ExplainConnection', { from, to, port, protocol, hosts: facts }).allowed;
  return { attached, tables, addressOfHost, explained };
}

/** The same rule is refused the second time, and some are there from the beginning. */
function distinct(rules: readonly Rule[], groups: readonly string[]) {
  const all = rules.map(({ group, isEgress, protocol, ports: [a, b], peer }) => {
    const ports = protocol === '-1' ? {} : { FromPort: Math.min(a, b), ToPort: Math.max(a, b) };
    const whom =
      'range' in peer ? { IpRanges: [{ CidrIp: peer.range }] } : { UserIdGroupPairs: [{ GroupId: groups[peer.group]! }] };
    return [groups[group]!, isEgress, { IpProtocol: protocol, ...ports, ...whom }] as const;
  });
  const isThere = ([group, isEgress, { IpProtocol, ...peer }]: (typeof all)[number]) =>
    IpProtocol === '-1' && JSON.stringify(peer).includes(isEgress ? '"0.0.0.0/0"' : `"${group}"`);
  return new Map(all.filter((one) => !isThere(one)).map((one) => [JSON.stringify(one), one])).values();
}

describe('what is explained of connections', () => {
  it('is what the tables of the hosts do, whatever groups and rules there are', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { attached, tables, addressOfHost, explained } = made(given);
        for (const protocol of ['tcp', 'udp'])
          for (const port of PORTS) {
            const packet = (saddr: string, daddr: string): Packet => ({ saddr, daddr, protocol, port });
            for (const to of attached) {
              const taken = (saddr: string) => tables[to.host]!.passes('to-tasks', to.address, packet(saddr, to.address));
              for (const from of attached) {
                const sent = tables[from.host]!.passes('from-tasks', from.address, packet(from.address, to.address));
                expect(explained(from.taskArn, to.taskArn, protocol, port)).toBe(sent && taken(from.address));
              }
              for (const [host, name] of HOSTS.entries()) {
                const saddr = host === to.host ? ROUTER : addressOfHost(host);
                expect(explained(name, to.taskArn, protocol, port)).toBe(saddr !== undefined && taken(saddr));
              }
              expect(explained(STRANGER, to.taskArn, protocol, port)).toBe(taken(STRANGER));
            }
            for (const [host, name] of HOSTS.entries()) {
              const asked = (saddr: string) => tables[host]!.verdict('host-in', packet(saddr, name)) === 'accept';
              expect(explained(STRANGER, name, protocol, port)).toBe(asked(STRANGER));
              expect(explained(HOSTS[1 - host]!, name, protocol, port)).toBe(asked(HOSTS[1 - host]!));
              for (const from of attached) {
                const sent = tables[from.host]!.passes('from-tasks', from.address, packet(from.address, name));
                expect(explained(from.taskArn, name, protocol, port)).toBe(
                  sent && (from.host === host || asked(HOSTS[from.host]!)),
                );
              }
            }
          }
      }),
      { numRuns: 100 },
    );
  });
});
