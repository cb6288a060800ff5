import { describe, expect, it } from '@jest/globals';
import { NetworkWorld } from '../../../../test/support/network-world.js';
import { type HostPorts, type Hosts, NO_HOSTS } from './hosts.js';
import { packetFilterOf } from './packet-filter.js';

const HOST = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);
const taskArn = (n: number) => `arn:aws:ecs:us-east-1:000000000000:task/default/${String(n).padStart(32, '0')}`;

function world() {
  const own = new NetworkWorld();
  const [{ SubnetId }] = own.ask('DescribeSubnets').Subnets;
  const attach = (n: number, groupIds: readonly string[], instanceId = HOST) =>
    own.ok('AttachTaskInterface', { taskArn: taskArn(n), subnetIds: [SubnetId], groupIds, instanceId }).networkInterface;
  const group = (name: string): string => own.ok('CreateSecurityGroup', { GroupName: name, Description: name }).GroupId;
  const letIn = (GroupId: string, from: string) =>
    own.ok('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: from }] }],
    });
  const balancers = (
    ...loadBalancers: readonly {
      readonly name: string;
      readonly securityGroups: readonly string[];
      readonly type?: string;
      readonly listeners?: readonly object[];
    }[]
  ) =>
    own.command(
      'RecordLoadBalancers',
      { loadBalancers: loadBalancers.map((one) => ({ type: 'application', arn: `arn:${one.name}`, ...one })) },
      'load-balancer',
    );
  const filter = (instanceId = HOST, hosts: Partial<Hosts> = {}) =>
    packetFilterOf(own.state, own.scope as never, instanceId, { ...NO_HOSTS, ...hosts });
  return { own, attach, group, letIn, balancers, filter };
}
const addressesIn = (filter: ReturnType<ReturnType<typeof world>['filter']>, groupId: string) =>
  filter.members.find((one) => one.groupId === groupId)?.addresses;

describe('what a host is told of security groups', () => {
  it('is also where clients of Service Connect use other ports than a task has', () => {
    const { attach, group, filter } = world();
    const sg = group('web');
    attach(1, [sg]);
    attach(2, [sg]);
    const aliasPorts = [{ port: 80, containerPort: 8080 }];
    const told = filter(HOST, { aliasPortsOf: (task) => (task === taskArn(1) ? aliasPorts : []) });
    expect(told.interfaces.map((one) => one.aliasPorts)).toEqual(expect.arrayContaining([aliasPorts, undefined]));
  });

  it('is of its own tasks: their addresses, their rules, and who is in the groups that these name, wherever they are', () => {
    const { attach, group, letIn, filter } = world();
    const [client, web, unrelated] = ['client', 'web', 'unrelated'].map(group) as [string, string, string];
    letIn(web, client);
    const here = attach(1, [web]);
    const elsewhere = attach(2, [client], OTHER);
    attach(3, [unrelated], OTHER);
    expect(filter().interfaces.map(({ networkInterfaceId }) => networkInterfaceId)).toEqual([here.id]);
    expect(filter().groups.map(({ groupId }) => groupId)).toEqual([web]);
    expect(filter().members).toEqual([{ groupId: client, addresses: [elsewhere.privateIpAddress] }]);
    expect(JSON.stringify(filter())).not.toContain(unrelated);
  });

  it('lets the members of a default group reach each other, and them everybody, as AWS makes it', () => {
    const { attach, filter } = world();
    const addresses: string[] = [attach(1, []), attach(2, [])].map(({ privateIpAddress }) => privateIpAddress);
    const [{ groupId, rules }] = filter().groups as [(typeof filter extends () => infer F ? F : never)['groups'][number]];
    expect(rules.map(({ isEgress, ipProtocol, peer }) => [isEgress, ipProtocol, peer])).toEqual(
      expect.arrayContaining([
        [false, '-1', { groupId }],
        [true, '-1', { cidrIpv4: '0.0.0.0/0' }],
      ]),
    );
    expect(addressesIn(filter(), groupId)).toEqual(addresses.sort());
  });

  it('follows members that come and go', () => {
    const { own, attach, group, letIn, filter } = world();
    const [client, web] = ['client', 'web'].map(group) as [string, string];
    letIn(web, client);
    attach(1, [web]);
    expect(addressesIn(filter(), client)).toEqual([]);
    const { id, privateIpAddress } = attach(2, [client], OTHER);
    expect(addressesIn(filter(), client)).toEqual([privateIpAddress]);
    own.ok('DetachTaskInterfaces', { ids: [id] });
    expect(addressesIn(filter(), client)).toEqual([]);
  });

  it('has the router of the VPC among the members of a load balancer’s group, as its packets come from there, and where it listens', () => {
    const { own, attach, group, letIn, balancers, filter } = world();
    const [balanced, web] = ['balanced', 'web'].map(group) as [string, string];
    letIn(web, balanced);
    attach(1, [web]);
    balancers({ name: 'front', securityGroups: [balanced] });
    expect(addressesIn(filter(), balanced)).toEqual(['172.31.0.1']);
    // Where tasks whose groups let them send to that group reach it.
    const at = (port: number) => ({ address: '198.18.0.7', port });
    balancers({ name: 'front', securityGroups: [balanced], listeners: [at(80), at(443)] });
    expect(addressesIn(filter(), balanced)).toEqual(['172.31.0.1', '198.18.0.7']);
    expect(own.refusal('DeleteSecurityGroup', { GroupId: balanced })).toMatch(/^DependencyViolation: /);
    balancers();
    expect(addressesIn(filter(), balanced)).toEqual([]);
  });

  it('counts an application load balancer without groups to the default one, a network load balancer to none', () => {
    const { attach, balancers, filter } = world();
    const { privateIpAddress, groupIds } = attach(1, []);
    balancers({ name: 'front', securityGroups: [], type: 'network' });
    expect(addressesIn(filter(), groupIds[0])).toEqual([privateIpAddress]);
    balancers({ name: 'front', securityGroups: [] });
    expect(addressesIn(filter(), groupIds[0])).toEqual([privateIpAddress, '172.31.0.1']);
  });

  it('is recorded once: a load balancer that is told of again is no event', () => {
    const { balancers } = world();
    expect(balancers({ name: 'front', securityGroups: ['sg-1'] })).toMatchObject({ events: [{ type: 'LoadBalancerRecorded' }] });
    expect(balancers({ name: 'front', securityGroups: ['sg-1'] })).toMatchObject({ events: [] });
  });
});

describe('what the host of the load balancers is told of their listeners', () => {
  const hosts: Partial<Hosts> = { hasBalancers: (instanceId) => instanceId === HOST };
  const at = (address: string, port: number) => ({ address, port });

  it('is where they listen for others, and the groups that say who may come', () => {
    const { group, letIn, attach, balancers, filter } = world();
    const [front, client] = ['front', 'client'].map(group) as [string, string];
    letIn(front, client);
    const { privateIpAddress } = attach(1, [client], OTHER);
    balancers({ name: 'front', securityGroups: [front], listeners: [at('198.18.0.7', 80), at('10.0.0.5', 443)] });
    const told = filter(HOST, hosts);
    expect(told.listeners).toEqual([at('10.0.0.5', 443), at('198.18.0.7', 80)].map((one) => ({ ...one, groupIds: [front] })));
    expect(told.groups.map(({ groupId }) => groupId)).toEqual([front]);
    expect(addressesIn(told, client)).toEqual([privateIpAddress]);
    expect(filter(OTHER, hosts).listeners).toBeUndefined();
  });

  it('is of all accounts: they are on its host', () => {
    const { own, filter } = world();
    const other = new NetworkWorld({ accountId: '222222222222', region: 'us-east-1' } as never);
    other.given(
      'RecordLoadBalancers',
      {
        loadBalancers: [
          { arn: 'arn:other', name: 'other', type: 'application', securityGroups: [], listeners: [at('10.0.0.5', 80)] },
        ],
      },
      'load-balancer',
    );
    const told = packetFilterOf(other.state, own.scope as never, HOST, { ...NO_HOSTS, ...hosts });
    const [{ GroupId }] = other.ask('DescribeSecurityGroups', {}).SecurityGroups;
    expect(told.listeners).toEqual([{ ...at('10.0.0.5', 80), groupIds: [GroupId] }]);
    expect(told.groups).toMatchObject([{ groupId: GroupId, rules: [{}, {}] }]);
    expect(filter(HOST, hosts).listeners).toBeUndefined();
  });

  it('is nothing of network load balancers without groups, which take what comes', () => {
    const { balancers, filter } = world();
    balancers({ name: 'front', securityGroups: [], type: 'network', listeners: [at('10.0.0.5', 80)] });
    expect(filter(HOST, hosts).listeners).toBeUndefined();
  });

  it('is recorded when they are others', () => {
    const { balancers } = world();
    const told = (...listeners: readonly object[]) => balancers({ name: 'front', securityGroups: ['sg-1'], listeners });
    expect(told(at('10.0.0.5', 80), at('10.0.0.5', 81))).toMatchObject({ events: [{ type: 'LoadBalancerRecorded' }] });
    expect(told(at('10.0.0.5', 81), at('10.0.0.5', 80))).toMatchObject({ events: [] });
    expect(told(at('10.0.0.5', 81))).toMatchObject({ events: [{ type: 'LoadBalancerRecorded' }] });
  });
});

describe('what a host is told of its own ports', () => {
  const ports: HostPorts = {
    groups: undefined,
    everywhere: { tcp: [443], udp: [] },
    published: { tcp: [80], udp: [] },
    isReached: true,
    isOnLoopback: true,
  };
  const hosts: Partial<Hosts> = {
    portsOf: (instanceId) => (instanceId === HOST ? ports : undefined),
    reached: () => [
      { address: '198.18.0.2', groups: undefined },
      { address: '198.18.0.3', groups: 'sg-other' },
      { address: '198.18.0.4', groups: 'none' },
    ],
    balancers: () => ['198.18.0.1'],
  };

  it('is who may reach them: load balancers, and what the default group of the default VPC allows: its members, other instances among them', () => {
    const { own, attach, filter } = world();
    const groupIds: string[] = own
      .ask('DescribeSecurityGroups', { Filters: [{ Name: 'group-name', Values: ['default'] }] })
      .SecurityGroups.map(({ GroupId }: { GroupId: string }) => GroupId);
    const told = filter(HOST, hosts);
    expect(told.host).toEqual({ groupIds, tcpPorts: [80, 443], udpPorts: [], senders: ['198.18.0.1'] });
    expect(told.groups.map(({ groupId }) => groupId)).toEqual(groupIds);
    expect(addressesIn(told, groupIds[0]!)).toEqual(['198.18.0.2']);
    const { privateIpAddress } = attach(1, []);
    expect(addressesIn(filter(HOST, hosts), groupIds[0]!)).toEqual([privateIpAddress, '198.18.0.2']);
    expect(filter(OTHER, hosts).host).toBeUndefined();
  });

  it('is what the instance’s own groups say where it names some, and nothing where it says that it has none', () => {
    const { group, filter } = world();
    const [one, other] = ['one', 'other'].map(group) as [string, string];
    const said = (groups: string) => filter(HOST, { ...hosts, portsOf: () => ({ ...ports, groups }) });
    expect(said(`${one} ${other}`).groups.map(({ groupId }) => groupId)).toEqual([one, other].sort());
    expect(said('none').host).toBeUndefined();
  });

  it('is of ports in host mode alone where nobody is known to reach the host: what is published is on its loopback', () => {
    const { filter } = world();
    const alone = (more: Partial<HostPorts> = {}) =>
      filter(HOST, { ...NO_HOSTS, portsOf: () => ({ ...ports, isReached: false, ...more }) }).host;
    expect(alone()).toMatchObject({ tcpPorts: [443], udpPorts: [], isFixedOnly: true });
    expect(alone({ everywhere: { tcp: [], udp: [] } })).toBeUndefined();
    expect(alone({ groups: 'none' })).toBeUndefined();
  });
});
