import type { Commit } from '#lib/journal';
import { NetworkWorld } from '../../support/network-world.js';

export function recordNetwork(): Commit[] {
  const world = new NetworkWorld();
  const { VpcId } = world.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
  world.ok('ModifySubnetAttribute', { SubnetId, MapPublicIpOnLaunch: { Value: true } });
  const { GroupId } = world.ok('CreateSecurityGroup', { GroupName: 'web', Description: 'web', VpcId });
  world.ok('AuthorizeSecurityGroupIngress', { GroupId, IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '0.0.0.0/0' });
  world.ok('CreateTags', { Resources: [VpcId], Tags: [{ Key: 'Name', Value: 'net' }] });
  world.ok('DeleteTags', { Resources: [VpcId], Tags: [{ Key: 'Name' }] });
  world.ok('DeleteSubnet', { SubnetId });
  return world.commits;
}

/** An interface of a task, given and taken back, in the default network. */
export function recordNetworkInterfaces(): Commit[] {
  const world = new NetworkWorld();
  const [{ SubnetId }] = world.ask('DescribeSubnets').Subnets;
  const taskArn = `arn:aws:ecs:us-east-1:000000000000:task/default/${'1'.repeat(32)}`;
  const { networkInterface } = world.ok('AttachTaskInterface', { taskArn, subnetIds: [SubnetId], groupIds: [] });
  world.ok('DetachTaskInterfaces', { ids: [networkInterface.id] });
  world.ok('AttachTaskInterface', { taskArn: `${taskArn}2`, subnetIds: [SubnetId], groupIds: [] });
  return world.commits;
}

/** A load balancer as the network knows it, with other groups, and gone; and an interface with the instance that filters for it. */
export function recordLoadBalancerMembers(): Commit[] {
  const world = new NetworkWorld();
  const told = (...securityGroups: readonly string[]) => [
    { arn: 'arn:front', name: 'front', type: 'application', securityGroups },
  ];
  const tell = (loadBalancers: readonly object[]) => world.given('RecordLoadBalancers', { loadBalancers }, 'load-balancer');
  tell(told());
  tell(told('sg-1', 'sg-2'));
  const [{ SubnetId }] = world.ask('DescribeSubnets').Subnets;
  const taskArn = `arn:aws:ecs:us-east-1:000000000000:task/default/${'1'.repeat(32)}`;
  world.ok('AttachTaskInterface', { taskArn, subnetIds: [SubnetId], groupIds: [], instanceId: 'a'.repeat(32) });
  tell([{ ...told('sg-3')[0], arn: 'arn:other' }]);
  return world.commits;
}

/** Load balancers that listen for others than their host; one that does no more. */
export function recordListeners(): Commit[] {
  const world = new NetworkWorld();
  const told = { arn: 'arn:front', name: 'front', type: 'application', securityGroups: ['sg-1'] };
  const tell = (...listeners: readonly object[]) =>
    world.given('RecordLoadBalancers', { loadBalancers: [{ ...told, listeners }] }, 'load-balancer');
  tell({ address: '198.18.0.7', port: 80 }, { address: '10.0.0.5', port: 80 });
  tell({ address: '10.0.0.5', port: 443 });
  tell();
  return world.commits;
}

/** A VPC on several hosts: its identifier, the addresses of hosts in it, one that goes with its subnet and one with the last task. */
export function recordOverlays(): Commit[] {
  const world = new NetworkWorld();
  const [one, other] = world.ask('DescribeSubnets').Subnets as { SubnetId: string }[];
  const attach = (n: number, { SubnetId }: { SubnetId: string }, host: string) =>
    world.ok('AttachTaskInterface', {
      taskArn: `arn:aws:ecs:us-east-1:000000000000:task/default/${String(n).repeat(32)}`,
      subnetIds: [SubnetId],
      groupIds: [],
      instanceId: 'a'.repeat(32),
      hosts: [host],
    }).networkInterface;
  const ids = [attach(1, one!, '198.18.0.1').id];
  ids.push(attach(2, other!, '198.18.0.2').id);
  world.ok('DetachTaskInterfaces', { ids: ids.slice(1) });
  world.ok('DeleteSubnet', { SubnetId: other!.SubnetId });
  world.ok('DetachTaskInterfaces', { ids: ids.slice(0, 1) });
  attach(3, one!, '198.18.0.2');
  return world.commits;
}
