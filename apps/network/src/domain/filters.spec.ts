import { describe, expect, it } from '@jest/globals';
import { NetworkWorld } from '../../../../test/support/network-world.js';

/** Each that EC2's reference documents; `Filter` is what DescribeNatGateways calls them. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  DescribeSubnets:
    'availability-zone availability-zone-id available-ip-address-count cidr-block customer-owned-ipv4-pool default-for-az enable-dns64 enable-lni-at-device-index ipv6-cidr-block-association.association-id ipv6-cidr-block-association.ipv6-cidr-block ipv6-cidr-block-association.state ipv6-native map-customer-owned-ip-on-launch map-public-ip-on-launch outpost-arn owner-id private-dns-name-options-on-launch.enable-resource-name-dns-a-record private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record private-dns-name-options-on-launch.hostname-type state subnet-arn subnet-id vpc-id',
  DescribeVpcs:
    'cidr cidr-block-association.association-id cidr-block-association.cidr-block cidr-block-association.state dhcp-options-id ipv6-cidr-block-association.association-id ipv6-cidr-block-association.ipv6-cidr-block ipv6-cidr-block-association.ipv6-pool ipv6-cidr-block-association.state is-default owner-id state vpc-id',
  DescribeSecurityGroups:
    'description egress.ip-permission.cidr egress.ip-permission.from-port egress.ip-permission.group-id egress.ip-permission.group-name egress.ip-permission.ipv6-cidr egress.ip-permission.prefix-list-id egress.ip-permission.protocol egress.ip-permission.to-port egress.ip-permission.user-id group-id group-name ip-permission.cidr ip-permission.from-port ip-permission.group-id ip-permission.group-name ip-permission.ipv6-cidr ip-permission.prefix-list-id ip-permission.protocol ip-permission.to-port ip-permission.user-id owner-id vpc-id',
  DescribeSecurityGroupRules: 'group-id security-group-rule-id',
  DescribeRouteTables:
    'association.gateway-id association.main association.route-table-association-id association.route-table-id association.subnet-id owner-id route-table-id route.destination-cidr-block route.destination-ipv6-cidr-block route.destination-prefix-list-id route.egress-only-internet-gateway-id route.gateway-id route.instance-id route.nat-gateway-id route.origin route.state route.transit-gateway-id route.vpc-peering-connection-id vpc-id',
  DescribeInternetGateways: 'attachment.state attachment.vpc-id internet-gateway-id owner-id',
  DescribeNetworkInterfaces:
    'addresses.association.owner-id addresses.association.public-ip addresses.primary addresses.private-ip-address association.allocation-id association.association-id association.ip-owner-id association.public-dns-name association.public-ip attachment.attach-time attachment.attachment-id attachment.delete-on-termination attachment.device-index attachment.instance-id attachment.instance-owner-id attachment.status availability-zone availability-zone-id description group-id interface-type ipv6-addresses.ipv6-address mac-address network-interface-id operator.managed operator.principal owner-id private-dns-name private-ip-address requester-id requester-managed source-dest-check status subnet-id vpc-id',
  DescribeNetworkAcls:
    'association.association-id association.network-acl-id association.subnet-id default entry.cidr entry.egress entry.icmp.code entry.icmp.type entry.ipv6-cidr entry.port-range.from entry.port-range.to entry.protocol entry.rule-action entry.rule-number network-acl-id owner-id vpc-id',
  DescribeVpcEndpoints: 'ip-address-type service-name service-region vpc-endpoint-id vpc-endpoint-state vpc-endpoint-type vpc-id',
  DescribeNatGateways: 'nat-gateway-id state subnet-id vpc-id',
  DescribeAddresses:
    'allocation-id association-id instance-id network-border-group network-interface-id network-interface-owner-id private-ip-address public-ip',
};

describe('filters', () => {
  const world = new NetworkWorld();
  const VpcId = world.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
  const SubnetArn = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet.SubnetArn;

  it.each(Object.entries(DOCUMENTED))('of %s are known, all that are documented', (operation, names) => {
    const refused = names.split(' ').filter((Name) => {
      const Filters = [{ Name, Values: ['nothing is called so'] }];
      return world.refusal(operation, { Filters, Filter: Filters }) !== undefined;
    });
    expect(refused).toEqual([]);
  });

  it.each([
    ['subnet-arn', SubnetArn],
    ['available-ip-address-count', '251'],
  ])('find a subnet by its %s', (Name, value) => {
    const { Subnets } = world.ask('DescribeSubnets', { Filters: [{ Name, Values: [value] }] });
    expect(Subnets.map((one: any) => one.SubnetArn)).toEqual([SubnetArn]);
  });

  it('find by the value of a tag, whatever its key', () => {
    world.ok('CreateTags', { Resources: [VpcId], Tags: [{ Key: 'team', Value: 'blue' }] });
    const { Vpcs } = world.ask('DescribeVpcs', { Filters: [{ Name: 'tag-value', Values: ['blue'] }] });
    expect(Vpcs.map((one: any) => one.VpcId)).toEqual([VpcId]);
  });
});
