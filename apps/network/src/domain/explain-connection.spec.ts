import { describe, expect, it } from '@jest/globals';
import type { FixedPorts, HostEnd, HostFacts } from './hosts.js';
import { NO_FACTS } from './explain-connection.js';
import { NetworkWorld } from '../../../../test/support/network-world.js';

const taskId = (n: number) => String(n).repeat(32);

/** Where others reach all that tasks publish. */
const reached = (published: FixedPorts): HostEnd['ports'] => ({
  everywhere: { tcp: [], udp: [] },
  published,
  isReached: true,
  isOnLoopback: false,
});

/** Two tasks: `1` is a client, `2` a web server that lets clients in, and a load balancer in a group of its own. */
function world() {
  const own = new NetworkWorld();
  const [{ SubnetId }] = own.ask('DescribeSubnets').Subnets;
  const group = (name: string): string => own.ok('CreateSecurityGroup', { GroupName: name, Description: name }).GroupId;
  const [client, web, front] = ['client', 'web', 'front'].map(group) as [string, string, string];
  const attach = (n: number, groupId: string, hosts: readonly string[] = []) =>
    own.ok('AttachTaskInterface', {
      taskArn: `arn:aws:ecs:us-east-1:000000000000:task/default/${taskId(n)}`,
      subnetIds: [SubnetId],
      groupIds: [groupId],
      instanceId: 'a',
      hosts,
    }).networkInterface;
  const addresses = [attach(1, client), attach(2, web)].map(({ privateIpAddress }) => privateIpAddress) as [string, string];
  const letIn = (peer: object, port = 80) =>
    own.ok('AuthorizeSecurityGroupIngress', {
      GroupId: web,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...peer }],
    }).SecurityGroupRules[0].SecurityGroupRuleId as string;
  const loadBalancers = [{ arn: 'arn:front', name: 'front', type: 'application', securityGroups: [front] }];
  own.given('RecordLoadBalancers', { loadBalancers }, 'load-balancer');
  const explain = (from: string, to: string, port = 80, hosts: Partial<HostFacts> = {}) =>
    own.ask('ExplainConnection', { from, to, port, hosts: { ...NO_FACTS, ...hosts } });
  return { own, client, web, front, addresses, letIn, attach, explain };
}

describe('why a connection is let through', () => {
  it('is the rule of the target’s group, and the one of the source’s', () => {
    const { client, web, letIn, explain } = world();
    const rule = letIn({ UserIdGroupPairs: [{ GroupId: client }] });
    const answer = explain(taskId(1), taskId(2).slice(0, 6));
    expect(answer).toMatchObject({ allowed: true, ingressRuleId: rule });
    expect(answer.text).toContain(`${rule} of ${web} (web) allows tcp 80 from ${client}`);
    expect(answer.text).toContain('allows everything to 0.0.0.0/0');
  });

  it('is none where no rule is about the port, the peer or the protocol: it times out', () => {
    const { client, letIn, explain } = world();
    letIn({ UserIdGroupPairs: [{ GroupId: client }] });
    expect(explain(taskId(1), taskId(2), 81).text).toMatch(
      /dropped, so it times out\n\n.*\nReceiving  no ingress rule allows it/,
    );
    expect(explain(taskId(2), taskId(1)).allowed).toBe(false);
  });

  it('knows load balancers by name, and the host by the address of its router', () => {
    const { front, letIn, explain, addresses } = world();
    expect(explain('front', addresses[1]).allowed).toBe(false);
    letIn({ UserIdGroupPairs: [{ GroupId: front }] });
    expect(explain('front', addresses[1]).allowed).toBe(true);
    expect(explain('172.31.0.1', addresses[1]).allowed).toBe(true);
  });

  it('knows a load balancer’s host by its own address in the VPC, under which it reaches tasks on other hosts', () => {
    const { own, front, web, letIn, explain, addresses } = world();
    const [{ SubnetId }] = own.ask('DescribeSubnets').Subnets;
    const arn = `arn:aws:ecs:us-east-1:000000000000:task/default/${taskId(3)}`;
    own.ok('AttachTaskInterface', { taskArn: arn, subnetIds: [SubnetId], groupIds: [web], hosts: ['198.18.0.1'] });
    const [host] = [...own.state.resources.values()].filter(({ kind }) => kind === 'host-interface');
    const address = (host as { privateIpAddress: string }).privateIpAddress;
    expect(explain(address, addresses[1]).allowed).toBe(false);
    letIn({ IpRanges: [{ CidrIp: `${address}/32` }] }, 81);
    expect(explain('front', addresses[1], 81, { balancers: ['198.18.0.1'] }).allowed).toBe(true);
    letIn({ UserIdGroupPairs: [{ GroupId: front }] });
    expect(explain(address, taskId(3), 80, { balancers: ['198.18.0.1'] }).allowed).toBe(true);
    expect(explain(address, taskId(3)).allowed).toBe(false);
  });

  it('knows addresses by the ranges that rules name', () => {
    const { letIn, explain, addresses } = world();
    letIn({ IpRanges: [{ CidrIp: '203.0.113.0/24' }] });
    expect([explain('203.0.113.9', addresses[1]).allowed, explain('198.51.100.1', addresses[1]).allowed]).toEqual([true, false]);
    const onLoopback = { ofInstance: () => ({ name: 'web-1', host: 'a' }) };
    expect(explain('203.0.113.9', addresses[1], 80, onLoopback).text).toContain('no other machine reaches web-1');
    expect(explain('172.31.0.1', addresses[1], 80, onLoopback).text).toContain('no ingress rule allows it');
    expect(explain('203.0.113.9', addresses[1], 80, { ofInstance: () => ({ name: 'a', host: 'a', address: 'a' }) }).allowed).toBe(
      true,
    );
  });

  it('says who may come to a load balancer: where it listens for others than its host, and what its groups allow', () => {
    const { own, front, client, explain } = world();
    const listening = (securityGroups: readonly string[], type = 'application') => {
      const listeners = [{ address: '198.18.0.7', port: 80 }];
      const loadBalancers = [{ arn: 'arn:front', name: 'front', type, securityGroups, listeners }];
      own.given('RecordLoadBalancers', { loadBalancers }, 'load-balancer');
    };
    expect(explain(taskId(1), 'front').text).toContain('listens on no address');
    listening([front]);
    expect(explain(taskId(1), 'front')).toMatchObject({ allowed: false });
    expect(explain(taskId(1), '198.18.0.7')).toMatchObject({ allowed: false });
    own.ok('AuthorizeSecurityGroupIngress', {
      GroupId: front,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: client }] }],
    });
    expect([explain(taskId(1), 'front').allowed, explain('203.0.113.9', 'front').allowed]).toEqual([true, false]);
    listening([], 'network');
    expect(explain('203.0.113.9', 'front').allowed).toBe(true);
  });

  it('says who may come to ports of an instance: of a task that has them, of an instance by its address', () => {
    const { own, client, addresses } = world();
    const host = {
      name: 'instance a (198.18.252.2)',
      host: '198.18.252.2',
      address: '198.18.252.2',
      groups: client,
      ports: reached({ tcp: [80], udp: [] }),
    };
    const explain = (from: string, port: number, to: object = host) =>
      own.ask('ExplainConnection', {
        from,
        to: 'it',
        port,
        hosts: { ...NO_FACTS, ends: { it: to }, balancers: ['198.18.252.1'] },
      });
    expect([80, 50_000, 22].map((port) => explain('203.0.113.9', port).allowed)).toEqual([false, false, true]);
    expect(explain('front', 50_000).text).toContain('the host of the load balancers');
    own.ok('AuthorizeSecurityGroupIngress', {
      GroupId: client,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 49_153, ToPort: 65_535, IpRanges: [{ CidrIp: `${addresses[1]}/32` }] }],
    });
    expect([explain(taskId(2), 50_000).allowed, explain(taskId(2), 80).allowed]).toEqual([true, false]);
    expect(explain('203.0.113.9', 80, { ...host, groups: 'none' }).allowed).toBe(true);
  });

  it('says which ports of an instance are on its loopback, and that those in host mode are not', () => {
    const { own, client } = world();
    const ports: HostEnd['ports'] = {
      everywhere: { tcp: [443], udp: [] },
      published: { tcp: [80], udp: [] },
      isReached: false,
      isOnLoopback: true,
    };
    const end: HostEnd = { name: 'task b', host: 'b', groups: client, ports };
    const explain = (from: string, port: number, to = end): { allowed: boolean; text: string } =>
      own.ask('ExplainConnection', { from, to: 'it', port, hosts: { ...NO_FACTS, ends: { it: to } } });
    const own443 = () => explain('203.0.113.9', 443);
    for (const port of [80, 50_000]) expect(explain('203.0.113.9', port).text).toContain('on its loopback');
    expect(explain('203.0.113.9', 81, { ...end, isBridged: true }).text).toContain('on its loopback');
    expect(own443().text).toContain('no ingress rule allows it');
    expect(explain('203.0.113.9', 22).text).toContain('other ports are not filtered');
    for (const from of ['front', '127.0.0.1', 'it'])
      for (const port of [80, 443]) expect(explain(from, port)).toMatchObject({ allowed: true });
    own.ok('AuthorizeSecurityGroupIngress', {
      GroupId: client,
      IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '203.0.113.0/24' }] }],
    });
    expect(own443().allowed).toBe(true);
    // A rule lets in what nobody listens to.
    for (const isReached of [true, false])
      expect(explain('203.0.113.9', 80, { ...end, ports: { ...ports, isReached } })).toMatchObject({ allowed: false });
  });

  it('takes what comes to a task from a host for what its instance is, and knows by which address it comes', () => {
    const { own, web, letIn, attach } = world();
    const [here, there] = ['1', '2'].map((n) => ({
      name: `instance ${n}`,
      host: `198.18.0.${n}`,
      address: `198.18.0.${n}`,
      groups: web,
    }));
    const facts = { ends: { here: here!, there: there! }, ofInstance: () => here };
    attach(3, web, ['198.18.0.1']);
    const asks = (from: string) =>
      own.ask('ExplainConnection', { from, to: taskId(3), port: 80, hosts: { ...NO_FACTS, ...facts } });
    expect(asks('there').text).toContain('knows no way there');
    attach(4, web, ['198.18.0.2']);
    expect([asks('here'), asks('there')].map(({ allowed }) => allowed)).toEqual([false, false]);
    letIn({ IpRanges: [{ CidrIp: '172.31.0.1/32' }] });
    expect([asks('here'), asks('there')].map(({ allowed }) => allowed)).toEqual([true, false]);
    letIn({ UserIdGroupPairs: [{ GroupId: web }] });
    expect(asks('there')).toMatchObject({ allowed: true });
  });

  it('takes what a task asks of other hosts for what its host is, and of its own one for inside', () => {
    const { own, client, web, explain } = world();
    const host = (n: number, groups: string) => ({
      name: `instance ${n}`,
      host: `198.18.0.${n}`,
      address: `198.18.0.${n}`,
      groups,
      ports: reached({ tcp: [80], udp: [] }),
    });
    const facts = { ends: { here: host(1, web), there: host(2, client) }, ofInstance: () => host(1, web) };
    const asks = (to: string) => explain(taskId(1), to, 80, facts);
    expect(asks('here').text).toContain('so it is inside');
    // It does not say where it is reached: whoever may send everywhere may send there.
    const { address: _, ...nowhere } = host(1, web);
    expect(explain(taskId(1), 'here', 80, { ends: { here: nowhere }, ofInstance: () => nowhere })).toMatchObject({
      allowed: true,
    });
    own.ok('AuthorizeSecurityGroupIngress', {
      GroupId: client,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: client }] }],
    });
    expect(asks('there')).toMatchObject({ allowed: false });
    own.ok('AuthorizeSecurityGroupIngress', {
      GroupId: client,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: web }] }],
    });
    expect(asks('there')).toMatchObject({ allowed: true });
  });

  it('refuses what is nobody', () => {
    const { own, addresses } = world();
    expect(own.refusal('ExplainConnection', { from: 'nobody', to: addresses[0], port: 80 })).toMatch(/nobody is no address/);
  });
});
