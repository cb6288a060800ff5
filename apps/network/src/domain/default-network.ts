import { hashId, type Scope } from '#lib/kernel';
import { associationId, idOf, type Kind, type NetworkAcl, type NetworkResource, type Vpc } from './model.js';

/** Each region has three. */
export const zonesOf = ({ region }: Pick<Scope, 'region'>): readonly string[] =>
  ['a', 'b', 'c'].map((letter) => `${region}${letter}`);

const hex = ({ accountId, region }: Scope, ...parts: readonly string[]) => hashId('default-network', accountId, region, ...parts);

/**
 * What an account finds in a region before it changes anything, as on AWS: a VPC, a subnet a zone, a security group that lets its members
 * in and everything out, a way to the internet. The same for the same account, whoever makes it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
 */
export function defaultNetwork({ accountId, region }: Scope): readonly NetworkResource[] {
  const scope = { accountId, region };
  const id = (kind: Kind, ...parts: readonly string[]) => idOf(kind, hex(scope, kind, ...parts));
  const vpcId = id('vpc');
  const gatewayId = id('internet-gateway');
  return [
    {
      ...scope,
      kind: 'vpc',
      id: vpcId,
      tags: {},
      cidrBlock: '172.31.0.0/16',
      isDefault: true,
      instanceTenancy: 'default',
      enableDnsSupport: true,
      enableDnsHostnames: true,
      enableNetworkAddressUsageMetrics: false,
    },
    ...zonesOf(scope).map((availabilityZone, index): NetworkResource => ({
      ...scope,
      kind: 'subnet',
      id: id('subnet', availabilityZone),
      tags: {},
      vpcId,
      cidrBlock: `172.31.${index * 16}.0/20`,
      availabilityZone,
      defaultForAz: true,
      mapPublicIpOnLaunch: true,
      enableResourceNameDnsARecord: false,
      hostnameType: 'ip-name',
    })),
    { ...scope, kind: 'internet-gateway', id: gatewayId, tags: {}, vpcId },
    ...ofNewVpc(scope, vpcId, '172.31.0.0/16', (part) => hex(scope, part), [{ destinationCidrBlock: '0.0.0.0/0', gatewayId }]),
  ];
}

/** What each VPC has, written down or not: it lets everything through. */
export const defaultAcl = ({ accountId, region, id: vpcId }: Vpc): NetworkAcl => ({
  accountId,
  region,
  kind: 'network-acl',
  id: vpcId.replace('vpc-', 'acl-'),
  tags: {},
  vpcId,
  isDefault: true,
  entries: [true, false].map((egress) => ({ ruleNumber: 100, egress, protocol: '-1', cidrBlock: '0.0.0.0/0' })),
  subnetIds: [],
});

/** What each VPC has from the beginning: its security group and its main route table. */
export function ofNewVpc(
  { accountId, region }: Scope,
  vpcId: string,
  cidrBlock: string,
  hexOf: (part: string) => string,
  routes: readonly { readonly destinationCidrBlock: string; readonly gatewayId: string }[] = [],
): readonly NetworkResource[] {
  const scope = { accountId, region };
  const groupId = idOf('security-group', hexOf('security-group'));
  const rule = { ...scope, kind: 'security-group-rule', tags: {}, groupId, ipProtocol: '-1', fromPort: -1, toPort: -1 } as const;
  return [
    {
      ...scope,
      kind: 'security-group',
      id: groupId,
      tags: {},
      vpcId,
      groupName: 'default',
      description: 'default VPC security group',
    },
    { ...rule, id: idOf('security-group-rule', hexOf('ingress')), isEgress: false, peer: { groupId } },
    { ...rule, id: idOf('security-group-rule', hexOf('egress')), isEgress: true, peer: { cidrIpv4: '0.0.0.0/0' } },
    {
      ...scope,
      kind: 'route-table',
      id: idOf('route-table', hexOf('route-table')),
      tags: {},
      vpcId,
      routes: [{ destinationCidrBlock: cidrBlock, gatewayId: 'local' }, ...routes],
      associations: [{ id: associationId(hexOf('association')), main: true }],
    },
  ];
}
