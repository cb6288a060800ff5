import type { LoadBalancer, SubnetMapping } from './model.js';

/** Of subnets that are only names; and the one zone of DNS. */
const NO_VPC_ID = 'vpc-00000000000000000';
const HOSTED_ZONE_ID = 'Z00000000000000000000';

/** A load balancer as DescribeLoadBalancers tells it. */
export const loadBalancerView = (of: LoadBalancer) => ({
  LoadBalancerArn: of.arn,
  DNSName: of.dnsName,
  CanonicalHostedZoneId: HOSTED_ZONE_ID,
  CreatedTime: of.createdAt,
  LoadBalancerName: of.name,
  Scheme: of.scheme,
  VpcId: of.vpcId ?? NO_VPC_ID,
  State: { Code: of.state.code, ...(of.state.reason === undefined ? {} : { Reason: of.state.reason }) },
  Type: of.type,
  AvailabilityZones: availabilityZones(of),
  // ELBv2 tells an application load balancer's always, a network load balancer's where it has some.
  ...(of.type === 'application' || of.securityGroups.length > 0 ? { SecurityGroups: of.securityGroups } : {}),
  IpAddressType: of.ipAddressType,
  CustomerOwnedIpv4Pool: of.customerOwnedIpv4Pool,
  EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: of.enforceSecurityGroupInboundRules,
  EnablePrefixForIpv6SourceNat: of.enablePrefixForIpv6SourceNat,
  ...(of.ipv4IpamPoolId === undefined ? {} : { IpamPools: { Ipv4IpamPoolId: of.ipv4IpamPoolId } }),
});

/** Subnets that are only names are in a zone each, in their order. */
export const availabilityZones = ({ region, subnets, zones = {} }: Pick<LoadBalancer, 'region' | 'subnets' | 'zones'>) =>
  subnets.map((subnet, index) => ({
    ZoneName: zones[subnet.SubnetId ?? ''] ?? `${region}${'abcdefghijklmnopqrstuvwxyz'[index % 26]}`,
    SubnetId: subnet.SubnetId,
    LoadBalancerAddresses: addressesOf(subnet),
    ...(subnet.SourceNatIpv6Prefix === undefined ? {} : { SourceNatIpv6Prefixes: [subnet.SourceNatIpv6Prefix] }),
  }));

function addressesOf({ AllocationId, PrivateIPv4Address, IPv6Address }: SubnetMapping) {
  const given = { AllocationId, PrivateIPv4Address, IPv6Address };
  return Object.values(given).some((value) => value !== undefined) ? [given] : [];
}
