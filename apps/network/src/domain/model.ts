import type { Scope } from '#lib/kernel';

export type Tags = Readonly<Record<string, string>>;

/** What all that EC2 has an id for has. */
interface Resource extends Scope {
  readonly id: string;
  readonly tags: Tags;
}

export interface Vpc extends Resource {
  readonly kind: 'vpc';
  readonly cidrBlock: string;
  readonly isDefault: boolean;
  readonly instanceTenancy: string;
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  readonly enableNetworkAddressUsageMetrics: boolean;
  /** What its tasks' frames are marked with between hosts (a VXLAN network identifier): of no other VPC. Given with its first task. */
  readonly overlayId?: number;
  /** Options of its own. */
  readonly dhcpOptionsId?: string;
}

export interface Subnet extends Resource {
  readonly kind: 'subnet';
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  readonly defaultForAz: boolean;
  readonly mapPublicIpOnLaunch: boolean;
  readonly enableResourceNameDnsARecord: boolean;
  readonly hostnameType: string;
}

export interface SecurityGroup extends Resource {
  readonly kind: 'security-group';
  readonly vpcId: string;
  readonly groupName: string;
  readonly description: string;
}

/** Whom a rule is about. */
export type Peer =
  | { readonly cidrIpv4: string }
  | { readonly cidrIpv6: string }
  | { readonly groupId: string }
  | { readonly prefixListId: string };

export interface SecurityGroupRule extends Resource {
  readonly kind: 'security-group-rule';
  readonly groupId: string;
  readonly isEgress: boolean;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, the number of another one, or `-1` for all. */
  readonly ipProtocol: string;
  /** -1: all. */
  readonly fromPort: number;
  readonly toPort: number;
  readonly peer: Peer;
  readonly description?: string;
}

export interface InternetGateway extends Resource {
  readonly kind: 'internet-gateway';
  readonly vpcId?: string;
}

export interface Route {
  readonly destinationCidrBlock: string;
  readonly gatewayId?: string;
  readonly natGatewayId?: string;
}

export interface RouteTable extends Resource {
  readonly kind: 'route-table';
  readonly vpcId: string;
  readonly routes: readonly Route[];
  readonly associations: readonly { readonly id: string; readonly subnetId?: string; readonly main: boolean }[];
}

export interface ElasticIp extends Resource {
  readonly kind: 'elastic-ip';
  readonly publicIp: string;
}

export interface NatGateway extends Resource {
  readonly kind: 'natgateway';
  readonly subnetId: string;
  readonly vpcId: string;
  readonly connectivityType: string;
  readonly allocationId?: string;
  readonly createdAt: string;
}

/** Of a task that has an address of its own, for as long as it lives. */
export interface NetworkInterface extends Resource {
  readonly kind: 'network-interface';
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly groupIds: readonly string[];
  readonly privateIpAddress: string;
  readonly macAddress: string;
  readonly description: string;
  readonly taskArn: string;
  /** The container instance that filters what comes to it. Interfaces of older versions have none, and are not filtered. */
  readonly instanceId?: string;
  /** Where other hosts reach the task's. */
  readonly hostAddress?: string;
  readonly createdAt: string;
}

/**
 * The address in a VPC of a host that sends there itself, as load balancers and tasks of its own network do: answers to it find their way back from
 * wherever they are. It lasts as long as the host has tasks in the VPC, or load balancers and anybody has.
 */
export interface HostInterface extends Resource {
  readonly kind: 'host-interface';
  readonly vpcId: string;
  readonly subnetId: string;
  readonly privateIpAddress: string;
  readonly macAddress: string;
  /** Where other hosts reach it. */
  readonly hostAddress: string;
}

export interface AclEntry {
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly protocol: string;
  readonly cidrBlock?: string;
  readonly ipv6CidrBlock?: string;
  readonly portRange?: { readonly From?: number; readonly To?: number };
  readonly icmpTypeCode?: { readonly Type?: number; readonly Code?: number };
}

/** Kept and told. Of a VPC that has changed nothing of its default one, that is not written down. */
export interface NetworkAcl extends Resource {
  readonly kind: 'network-acl';
  readonly vpcId: string;
  readonly isDefault: boolean;
  /** Those that allow: there are no others. */
  readonly entries: readonly AclEntry[];
  /** None of a default one, which has the subnets that no other names. */
  readonly subnetIds: readonly string[];
}

/** Kept and told. */
export interface VpcEndpoint extends Resource {
  readonly kind: 'vpc-endpoint';
  readonly vpcId: string;
  readonly serviceName: string;
  readonly type: string;
  readonly policyDocument: string;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly groupIds: readonly string[];
  readonly privateDnsEnabled: boolean;
  readonly createdAt: string;
}

/** Kept and told. */
export interface DhcpOptions extends Resource {
  readonly kind: 'dhcp-options';
  readonly options: readonly { readonly key: string; readonly values: readonly string[] }[];
}

/** Kept and told. */
export interface FlowLog extends Resource {
  readonly kind: 'vpc-flow-log';
  readonly resourceId: string;
  readonly trafficType: string;
  readonly destinationType: string;
  readonly destination?: string;
  readonly logGroupName?: string;
  readonly roleArn?: string;
  readonly format: string;
  readonly maxAggregationInterval: number;
  /** As they were given, in the API's own form. */
  readonly destinationOptions?: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
}

export interface LaunchTemplateVersion {
  readonly number: number;
  readonly description?: string;
  /** As it was given, in the API's own form. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface LaunchTemplate extends Resource {
  readonly kind: 'launch-template';
  readonly name: string;
  readonly defaultVersion: number;
  readonly latestVersion: number;
  readonly versions: readonly LaunchTemplateVersion[];
}

export interface KeyPair extends Resource {
  readonly kind: 'key-pair';
  readonly keyName: string;
  readonly keyType: 'rsa' | 'ed25519';
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly createdAt: string;
}

/** What of a load balancer the network has to know: its groups, and where it listens. Its packets come from the router of the VPC, which is the host. */
export interface LoadBalancerMember extends Scope {
  readonly arn: string;
  readonly name: string;
  readonly groupIds: readonly string[];
  /** Where others than its host's own processes reach it; absent in what was recorded before that was told: nowhere. */
  readonly listeners?: readonly ListenerAt[];
}

/** An address and a TCP port. */
export interface ListenerAt {
  readonly address: string;
  readonly port: number;
}

export type NetworkResource =
  | Vpc
  | Subnet
  | SecurityGroup
  | SecurityGroupRule
  | InternetGateway
  | RouteTable
  | ElasticIp
  | NatGateway
  | NetworkInterface
  | HostInterface
  | NetworkAcl
  | LaunchTemplate
  | KeyPair
  | VpcEndpoint
  | DhcpOptions
  | FlowLog;
export type Kind = NetworkResource['kind'];
export type OfKind<K extends Kind> = Extract<NetworkResource, { readonly kind: K }>;

/** How ids begin, and what an operation is told of one that is not there: EC2's own codes and words. */
export const KINDS: Readonly<
  Record<Kind, { readonly prefix: string; readonly missing: readonly [code: string, called: string] }>
> = {
  vpc: { prefix: 'vpc-', missing: ['InvalidVpcID.NotFound', 'vpc ID'] },
  subnet: { prefix: 'subnet-', missing: ['InvalidSubnetID.NotFound', 'subnet ID'] },
  'security-group': { prefix: 'sg-', missing: ['InvalidGroup.NotFound', 'security group'] },
  'security-group-rule': { prefix: 'sgr-', missing: ['InvalidSecurityGroupRuleId.NotFound', 'security group rule ID'] },
  'internet-gateway': { prefix: 'igw-', missing: ['InvalidInternetGatewayID.NotFound', 'internetGateway ID'] },
  'route-table': { prefix: 'rtb-', missing: ['InvalidRouteTableID.NotFound', 'routeTable ID'] },
  'elastic-ip': { prefix: 'eipalloc-', missing: ['InvalidAllocationID.NotFound', 'allocation ID'] },
  'network-interface': { prefix: 'eni-', missing: ['InvalidNetworkInterfaceID.NotFound', 'networkInterface ID'] },
  'host-interface': { prefix: 'eni-', missing: ['InvalidNetworkInterfaceID.NotFound', 'networkInterface ID'] },
  'network-acl': { prefix: 'acl-', missing: ['InvalidNetworkAclID.NotFound', 'networkAcl ID'] },
  'launch-template': { prefix: 'lt-', missing: ['InvalidLaunchTemplateId.NotFound', 'launch template ID'] },
  'vpc-endpoint': { prefix: 'vpce-', missing: ['InvalidVpcEndpointId.NotFound', 'Vpc Endpoint Id'] },
  'key-pair': { prefix: 'key-', missing: ['InvalidKeyPair.NotFound', 'key pair'] },
  'dhcp-options': { prefix: 'dopt-', missing: ['InvalidDhcpOptionID.NotFound', 'dhcpOption ID'] },
  'vpc-flow-log': { prefix: 'fl-', missing: ['InvalidFlowLogId.NotFound', 'flow log ID'] },
  natgateway: { prefix: 'nat-', missing: ['NatGatewayNotFound', 'NAT gateway'] },
};

/** An id as EC2 makes them, of 32 hex digits that a retry makes again. */
export const idOf = (kind: Kind, hex: string): string => `${KINDS[kind].prefix}0${hex.slice(0, 16)}`;
export const associationId = (hex: string): string => `rtbassoc-0${hex.slice(0, 16)}`;
