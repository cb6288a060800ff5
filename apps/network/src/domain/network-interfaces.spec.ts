import { describe, expect, it } from '@jest/globals';
import { NetworkWorld } from '../../../../test/support/network-world.js';

const taskArn = (n: number) => `arn:aws:ecs:us-east-1:000000000000:task/default/${String(n).padStart(32, '0')}`;

function withSubnet(CidrBlock = '10.0.1.0/28') {
  const world = new NetworkWorld();
  const { VpcId } = world.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = world.ok('CreateSubnet', { VpcId, CidrBlock }).Subnet;
  const attach = (n: number, more: object = {}) =>
    world.ok('AttachTaskInterface', { taskArn: taskArn(n), subnetIds: [SubnetId], groupIds: [], ...more }).networkInterface;
  return { world, VpcId, SubnetId, attach };
}

describe('the network interface of a task', () => {
  it('has an address of its subnet that nobody else has, until the subnet has none left', () => {
    const { world, SubnetId, attach } = withSubnet();
    const usable = 16 - 5;
    const addresses = Array.from({ length: usable }, (_, n) => attach(n).privateIpAddress);
    expect(new Set(addresses).size).toBe(usable);
    for (const address of addresses) expect(Number(address.split('.')[3])).toBeGreaterThanOrEqual(4);
    expect(addresses).not.toContain('10.0.1.15');
    expect(world.ask('DescribeSubnets', { SubnetIds: [SubnetId] }).Subnets[0].AvailableIpAddressCount).toBe(0);
    expect(world.refusal('AttachTaskInterface', { taskArn: taskArn(99), subnetIds: [SubnetId], groupIds: [] })).toMatch(
      /^InsufficientFreeAddressesInSubnet: /,
    );
  });

  it('is the same however often it is asked for', () => {
    const { world, attach } = withSubnet();
    const first = attach(1);
    expect(attach(1)).toEqual(first);
    expect(world.ask('DescribeNetworkInterfaces').NetworkInterfaces).toHaveLength(1);
  });

  it('gives its address back, and another one is given next', () => {
    const { world, attach } = withSubnet('10.0.2.0/24');
    const { id, privateIpAddress } = attach(1);
    world.ok('DetachTaskInterfaces', { ids: [id] });
    world.ok('DetachTaskInterfaces', { ids: [id] });
    expect(world.ask('DescribeNetworkInterfaces').NetworkInterfaces).toEqual([]);
    expect(attach(2).privateIpAddress).not.toBe(privateIpAddress);
  });

  it('is in the subnet of its host’s zone, where one is named', () => {
    const { world, VpcId, SubnetId, attach } = withSubnet();
    const AvailabilityZone = 'us-east-1b';
    const other = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.9.0/24', AvailabilityZone }).Subnet.SubnetId;
    expect(attach(1, { subnetIds: [SubnetId, other], availabilityZone: AvailabilityZone }).subnetId).toBe(other);
    expect(attach(2, { subnetIds: [SubnetId, other], availabilityZone: 'us-east-1c' }).subnetId).toBe(SubnetId);
  });

  it('wears the groups of its task, which are of its VPC, or the default one', () => {
    const { world, VpcId, SubnetId, attach } = withSubnet();
    const { GroupId } = world.ok('CreateSecurityGroup', { GroupName: 'web', Description: 'web', VpcId });
    expect(attach(1, { groupIds: [GroupId] }).groupIds).toEqual([GroupId]);
    const [own] = attach(2).groupIds;
    const asDefault = {
      Filters: [
        { Name: 'vpc-id', Values: [VpcId] },
        { Name: 'group-name', Values: ['default'] },
      ],
    };
    expect(own).toBe(world.ask('DescribeSecurityGroups', asDefault).SecurityGroups[0].GroupId);
    const elsewhere = world.ask('DescribeSecurityGroups').SecurityGroups.find((group: any) => group.VpcId !== VpcId).GroupId;
    expect(world.refusal('AttachTaskInterface', { taskArn: taskArn(3), subnetIds: [SubnetId], groupIds: [elsewhere] })).toMatch(
      /different networks/,
    );
  });

  it('keeps its subnet and its groups from going', () => {
    const { world, VpcId, SubnetId, attach } = withSubnet();
    const { GroupId } = world.ok('CreateSecurityGroup', { GroupName: 'web', Description: 'web', VpcId });
    const { id } = attach(1, { groupIds: [GroupId] });
    expect(world.refusal('DeleteSubnet', { SubnetId })).toMatch(/^DependencyViolation: /);
    expect(world.refusal('DeleteSecurityGroup', { GroupId })).toMatch(/^DependencyViolation: /);
    world.ok('DetachTaskInterfaces', { ids: [id] });
    world.ok('DeleteSecurityGroup', { GroupId });
    world.ok('DeleteSubnet', { SubnetId });
  });

  it('is described, and found by what Terraform and the CLI look for', () => {
    const { world, VpcId, SubnetId, attach } = withSubnet();
    const { id, privateIpAddress, groupIds } = attach(1);
    attach(2);
    const found = (Name: string, value: string) =>
      world.ask('DescribeNetworkInterfaces', { Filters: [{ Name, Values: [value] }] }).NetworkInterfaces;
    expect(found('private-ip-address', privateIpAddress)).toMatchObject([
      { NetworkInterfaceId: id, VpcId, SubnetId, Status: 'in-use', Groups: [{ GroupId: groupIds[0], GroupName: 'default' }] },
    ]);
    expect(found('group-id', groupIds[0])).toHaveLength(2);
    expect(found('subnet-id', SubnetId)).toHaveLength(2);
    expect(found('attachment.instance-id', 'i-1')).toEqual([]);
  });
});
