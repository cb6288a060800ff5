import type { LoadBalancer, LoadBalancerType, SubnetMapping } from './model.js';
import { refusals } from './refusals.js';

/** Names of networks: they are kept as given, and told. */
export interface SubnetsInput {
  readonly Subnets?: readonly string[];
  readonly SubnetMappings?: readonly SubnetMapping[];
}

/** What the network says of them, at the moment of the request; no member of the API. */
export type SubnetFacts = Pick<LoadBalancer, 'vpcId' | 'zones'>;

export interface WithSubnetFacts {
  readonly subnetFacts?: SubnetFacts;
}

export function checkSubnets({ Subnets, SubnetMappings }: SubnetsInput): readonly SubnetMapping[] {
  if (Subnets?.length && SubnetMappings?.length) {
    throw refusals.validation('You must specify either subnets or subnet mappings, but not both');
  }
  const subnets = SubnetMappings?.length ? SubnetMappings : (Subnets ?? []).map((SubnetId) => ({ SubnetId }));
  const ids = new Set<string>();
  for (const { SubnetId = '' } of subnets) {
    if (SubnetId === '') throw refusals.validation('A subnet ID must be specified');
    if (ids.has(SubnetId)) throw refusals.of('InvalidSubnet', `Subnet '${SubnetId}' was specified more than once`);
    ids.add(SubnetId);
  }
  if (subnets.length > 26) throw refusals.validation('At most 26 subnets can be specified');
  return subnets;
}

export function checkSecurityGroups(given: readonly string[] | undefined): readonly string[] {
  const groups = given ?? [];
  if (groups.some((group) => group === '')) throw refusals.of('InvalidSecurityGroup', 'A security group ID cannot be empty');
  if (groups.length > 50) throw refusals.of('InvalidSecurityGroup', 'At most 50 security groups can be specified');
  return [...new Set(groups)];
}

export function checkIpAddressType(
  ipAddressType: string,
  { type, scheme }: { readonly type: LoadBalancerType; readonly scheme: LoadBalancer['scheme'] },
): string {
  if (ipAddressType === 'dualstack-without-public-ipv4' && (type !== 'application' || scheme === 'internal')) {
    throw refusals.invalidConfiguration(
      "IP address type 'dualstack-without-public-ipv4' is only supported by internet-facing application load balancers",
    );
  }
  return ipAddressType;
}
