import { describe, expect, it } from '@jest/globals';
import { NetworkWorld } from '../../../../test/support/network-world.js';
import { NO_HOSTS } from './hosts.js';
import { packetFilterOf } from './packet-filter.js';

const [HERE, THERE] = ['198.18.0.1', '198.18.0.2'];
/** Two agents of the first host, one of the second, and one of a host that others do not reach. */
const HOSTS: Readonly<Record<string, string | undefined>> = { a: HERE, a2: HERE, b: THERE };
const taskArn = (n: number) => `arn:aws:ecs:us-east-1:000000000000:task/default/${String(n).padStart(32, '0')}`;

function world() {
  const own = new NetworkWorld();
  const { VpcId, SubnetId } = own.ask('DescribeSubnets').Subnets[0];
  const attach = (n: number, instanceId: string, more: object = {}) =>
    own.ok('AttachTaskInterface', { taskArn: taskArn(n), subnetIds: [SubnetId], groupIds: [], instanceId, ...more })
      .networkInterface;
  const told = (instanceId: string) =>
    packetFilterOf(own.state, own.scope as never, instanceId, { ...NO_HOSTS, underlayOf: (id) => HOSTS[id] }).overlays ?? [];
  const vpc = (CidrBlock: string) => {
    const id = own.ok('CreateVpc', { CidrBlock }).Vpc.VpcId;
    return { id, subnet: own.ok('CreateSubnet', { VpcId: id, CidrBlock }).Subnet.SubnetId as string };
  };
  return { own, VpcId, SubnetId, attach, told, vpc };
}
const way = ({ macAddress, privateIpAddress }: { macAddress: string; privateIpAddress: string }, hostAddress: string) => ({
  macAddress,
  privateIpv4Address: privateIpAddress,
  hostAddress,
});

describe('what a host is told of the tasks on others', () => {
  it('is who has which address behind which host, of the VPCs that it has tasks in', () => {
    const { attach, told, vpc, VpcId } = world();
    attach(1, 'a');
    const elsewhere = attach(2, 'b');
    attach(3, 'b', { subnetIds: [vpc('10.9.0.0/24').subnet] });
    expect(told('a')).toMatchObject([{ vpcId: VpcId, vpcCidrBlock: '172.31.0.0/16', neighbours: [way(elsewhere, THERE)] }]);
    expect(
      told('b')
        .map(({ neighbours }) => neighbours.length)
        .toSorted((a, b) => a - b),
    ).toEqual([0, 1]);
  });

  it('counts the agents of one host as one, which shares its bridges', () => {
    const { attach, told } = world();
    attach(1, 'a');
    attach(2, 'a2');
    expect(told('a')).toEqual(told('a2'));
    expect(told('a')).toMatchObject([{ neighbours: [] }]);
  });

  it('is nothing of or for a host that others do not reach', () => {
    const { attach, told } = world();
    attach(1, 'a');
    attach(2, 'alone');
    expect(told('alone')).toEqual([]);
    expect(told('a')).toMatchObject([{ neighbours: [] }]);
  });

  it('follows tasks that come and go', () => {
    const { own, attach, told } = world();
    attach(1, 'a');
    const { id } = attach(2, 'b');
    own.ok('DetachTaskInterfaces', { ids: [id] });
    expect(told('a')).toMatchObject([{ neighbours: [] }]);
    expect(told('b')).toEqual([]);
  });

  it('has an identifier of its own for each VPC, which stays', () => {
    const { attach, told, vpc } = world();
    const [one, other] = [vpc('10.1.0.0/24'), vpc('10.2.0.0/24')];
    attach(1, 'a', { subnetIds: [one.subnet] });
    attach(2, 'a', { subnetIds: [other.subnet] });
    const ids = told('a').map(({ overlayId }) => overlayId);
    expect(new Set(ids).size).toBe(2);
    attach(3, 'b', { subnetIds: [one.subnet] });
    expect(told('a').map(({ overlayId }) => overlayId)).toEqual(ids);
  });
});

describe('the address in a VPC of a host with load balancers', () => {
  it('is given with the first task, wherever that is, and is nobody else’s', () => {
    const { own, attach, told, SubnetId } = world();
    const elsewhere = attach(1, 'b', { hosts: [HERE] });
    attach(2, 'b', { hosts: [HERE] });
    const [{ own: address, neighbours }] = told('a') as [ReturnType<typeof told>[number]];
    expect(neighbours).toContainEqual(way(elsewhere, THERE));
    expect(told('b')).toMatchObject([{ neighbours: [{ ...address, hostAddress: HERE }] }]);
    const { AvailableIpAddressCount } = own.ask('DescribeSubnets', { SubnetIds: [SubnetId] }).Subnets[0];
    expect(AvailableIpAddressCount).toBe(4096 - 5 - 3);
  });

  it('is a member of its load balancers’ groups, beside the router', () => {
    const { own, attach, told } = world();
    const { groupIds } = attach(1, 'b', { hosts: [HERE] });
    const members = () =>
      packetFilterOf(own.state, own.scope as never, 'b', { ...NO_HOSTS, balancers: () => [HERE] }).members.find(
        (one) => one.groupId === groupIds[0],
      )!.addresses;
    const before = members();
    own.command(
      'RecordLoadBalancers',
      { loadBalancers: [{ arn: 'arn:front', name: 'front', type: 'application', securityGroups: groupIds }] },
      'load-balancer',
    );
    expect(members()).toEqual([...before, '172.31.0.1', told('a')[0]!.own!.privateIpv4Address]);
  });

  it('is a member of the groups that its host is in, as the router is on the host itself', () => {
    const { own, attach, told } = world();
    const { privateIpAddress, groupIds } = attach(1, 'b', { hosts: [HERE, THERE] });
    const members = (instanceId: string, groups: string | undefined) =>
      packetFilterOf(own.state, own.scope as never, instanceId, {
        ...NO_HOSTS,
        reached: () => [{ address: HERE, groups }],
        groupsOf: (id) => (id === 'a' ? { groups } : { groups: 'none' }),
      }).members.find((one) => one.groupId === groupIds[0])?.addresses;
    const address = told('a')[0]!.own!.privateIpv4Address;
    expect(members('b', undefined)).toEqual([privateIpAddress, HERE, address]);
    expect(members('b', 'none')).toEqual([privateIpAddress]);
    attach(2, 'a', { groupIds });
    expect(members('a', undefined)).toEqual(expect.arrayContaining([HERE, '172.31.0.1', address]));
  });

  it('goes with the last task of its host in the VPC, where there are no load balancers', () => {
    const { own, attach, told } = world();
    const hosts = [HERE];
    const [first, second] = [attach(1, 'b', { hosts, hostAddress: THERE }), attach(2, 'b', { hosts, hostAddress: THERE })];
    const here = attach(3, 'a', { hosts, hostAddress: HERE });
    attach(4, 'c', { hosts, hostAddress: '198.18.0.3' });
    const addressed = () =>
      [...own.state.resources.values()].flatMap((one) => (one.kind === 'host-interface' ? [one.hostAddress] : [])).toSorted();
    own.ok('DetachTaskInterfaces', { ids: [first.id, here.id], hosts });
    expect(addressed()).toEqual([HERE, THERE, '198.18.0.3'].toSorted());
    own.ok('DetachTaskInterfaces', { ids: [second.id], hosts });
    expect(addressed()).toEqual([HERE, '198.18.0.3'].toSorted());
    expect(told('b')).toEqual([]);
  });

  it('goes with the last task of the VPC, and with its subnet, which it keeps from nothing', () => {
    const { own, attach, told, vpc } = world();
    const { id: VpcId, subnet } = vpc('10.1.0.0/16');
    own.ok('DeleteSubnet', { SubnetId: subnet });
    const [one, other] = ['10.1.1.0/24', '10.1.2.0/24'].map(
      (CidrBlock) => own.ok('CreateSubnet', { VpcId, CidrBlock }).Subnet.SubnetId as string,
    );
    const first = attach(1, 'b', { subnetIds: [one], hosts: [HERE] });
    const second = attach(2, 'b', { subnetIds: [other], hosts: [HERE] });
    own.ok('DetachTaskInterfaces', { ids: [first.id] });
    expect(told('a')).toHaveLength(1);
    own.ok('DeleteSubnet', { SubnetId: one });
    expect(told('a')).toEqual([]);
    const third = attach(3, 'b', { subnetIds: [other], hosts: [HERE] });
    expect(told('a')).toHaveLength(1);
    own.ok('DetachTaskInterfaces', { ids: [second.id, third.id] });
    expect(told('a')).toEqual([]);
    own.ok('DeleteSubnet', { SubnetId: other });
    own.ok('DeleteVpc', { VpcId });
  });

  it('leaves the last address of a subnet to a task', () => {
    const { own, attach, told, VpcId } = world();
    const { SubnetId } = own.ok('CreateSubnet', { VpcId, CidrBlock: '172.31.200.0/28' }).Subnet;
    for (let n = 0; n < 11; n++) attach(n, 'b', { subnetIds: [SubnetId] });
    own.ok('DetachTaskInterfaces', { ids: [attach(0, 'b').id] });
    attach(20, 'b', { subnetIds: [SubnetId], hosts: [HERE] });
    expect(told('a')).toEqual([]);
  });
});
