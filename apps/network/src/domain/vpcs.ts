import { type Cidr, formatCidr, parseCidr, refuse } from '#lib/kernel';
import { ofNewVpc } from './default-network.js';
import { changed, created, deleted } from './events.js';
import { described, type DescribeInput, type FilterValues, ofNone } from './filters.js';
import { idOf, type Vpc } from './model.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';

/** EC2 has five unless it is asked for more. */
const MOST_VPCS = 100;

export function cidrOf(text: string, parameter: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw refusals.invalid(text, parameter, 'This is not a valid CIDR block.');
  return cidr;
}

interface CreateVpcInput {
  readonly CidrBlock?: string;
  readonly InstanceTenancy?: string;
  readonly AmazonProvidedIpv6CidrBlock?: boolean;
  readonly Ipv6CidrBlock?: string;
  readonly Ipv4IpamPoolId?: string;
  readonly TagSpecifications?: readonly TagSpecification[];
}

const createVpc = change<CreateVpcInput>(
  (network, input, context) => {
    const { InstanceTenancy: instanceTenancy = 'default', Ipv4IpamPoolId, TagSpecifications } = input;
    if (input.AmazonProvidedIpv6CidrBlock === true || input.Ipv6CidrBlock !== undefined)
      throw refuse('UnsupportedOperation', 'Networks of Longshore have IPv4 addresses only.');
    if (Ipv4IpamPoolId !== undefined) throw refuse('UnsupportedOperation', 'Longshore has no IPAM pools: give a CidrBlock.');
    const cidr = cidrOf(required(input.CidrBlock, 'cidrBlock'), 'cidrBlock');
    if (cidr.bits < 16 || cidr.bits > 28) throw refuse('InvalidVpc.Range', `The CIDR '${input.CidrBlock}' is invalid.`);
    if (network.all('vpc').length >= MOST_VPCS) throw refusals.limit('VpcLimitExceeded', 'VPCs');
    const { accountId, region } = context;
    const id = idOf('vpc', context.id('vpc'));
    const vpc: Vpc = {
      accountId,
      region,
      kind: 'vpc',
      id,
      tags: tagsFor('vpc', TagSpecifications),
      cidrBlock: formatCidr(cidr),
      isDefault: false,
      instanceTenancy,
      enableDnsSupport: true,
      enableDnsHostnames: false,
      enableNetworkAddressUsageMetrics: false,
    };
    return [vpc, ...ofNewVpc(context, id, vpc.cidrBlock, (part) => context.id(part))].map(created);
  },
  (_network, _input, events) => {
    const made = events.find(
      ({ type, data }) => type === 'ResourceCreated' && (data as { resource: Vpc }).resource.kind === 'vpc',
    )!;
    return { Vpc: vpcView((made.data as { resource: Vpc }).resource) };
  },
);

const deleteVpc = change<{ readonly VpcId?: string }>((network, { VpcId }) => {
  const vpc = network.get('vpc', required(VpcId, 'vpcId'));
  const isIn = (one: { readonly vpcId?: string }) => one.vpcId === vpc.id;
  const groups = network.all('security-group').filter(isIn);
  const tables = network.all('route-table').filter(isIn);
  const isUsed =
    network.all('subnet').some(isIn) ||
    network.all('internet-gateway').some(isIn) ||
    network.all('vpc-endpoint').some(isIn) ||
    network.all('network-acl').some((acl) => isIn(acl) && !acl.isDefault) ||
    groups.some(({ groupName }) => groupName !== 'default') ||
    tables.some(({ associations }) => !associations.some(({ main }) => main));
  if (isUsed) throw refusals.dependencies('vpc', vpc.id);
  return [
    ...groups.flatMap((group) => [...network.rulesOf(group), group]),
    ...tables,
    ...network.all('network-acl').filter(isIn),
    ...network.all('vpc-flow-log').filter(({ resourceId }) => resourceId === vpc.id),
    vpc,
  ].map(deleted);
});

type BooleanValue = { readonly Value?: boolean };
interface ModifyVpcAttributeInput {
  readonly VpcId?: string;
  readonly EnableDnsSupport?: BooleanValue;
  readonly EnableDnsHostnames?: BooleanValue;
  readonly EnableNetworkAddressUsageMetrics?: BooleanValue;
}

const modifyVpcAttribute = change<ModifyVpcAttributeInput>((network, input) => {
  const vpc = network.get('vpc', required(input.VpcId, 'vpcId'));
  const now: Vpc = {
    ...vpc,
    enableDnsSupport: input.EnableDnsSupport?.Value ?? vpc.enableDnsSupport,
    enableDnsHostnames: input.EnableDnsHostnames?.Value ?? vpc.enableDnsHostnames,
    enableNetworkAddressUsageMetrics: input.EnableNetworkAddressUsageMetrics?.Value ?? vpc.enableNetworkAddressUsageMetrics,
  };
  return JSON.stringify(now) === JSON.stringify(vpc) ? [] : [changed(now)];
});

interface DescribeVpcAttributeInput {
  readonly VpcId?: string;
  readonly Attribute?: string;
}

const describeVpcAttribute = read<DescribeVpcAttributeInput>((network, { VpcId, Attribute }) => {
  const vpc = network.get('vpc', required(VpcId, 'vpcId'));
  const answers: Readonly<Record<string, object>> = {
    enableDnsSupport: { EnableDnsSupport: { Value: vpc.enableDnsSupport } },
    enableDnsHostnames: { EnableDnsHostnames: { Value: vpc.enableDnsHostnames } },
    enableNetworkAddressUsageMetrics: { EnableNetworkAddressUsageMetrics: { Value: vpc.enableNetworkAddressUsageMetrics } },
  };
  const asked = answers[required(Attribute, 'attribute')];
  if (!asked) throw refusals.invalid(Attribute!, 'attribute', 'Unknown attribute.');
  return { VpcId: vpc.id, ...asked };
});

const associationOf = ({ id }: Vpc) => id.replace('vpc-', 'vpc-cidr-assoc-');

const FILTERS: FilterValues<Vpc> = {
  cidr: ({ cidrBlock }) => cidrBlock,
  'cidr-block': ({ cidrBlock }) => cidrBlock,
  'cidr-block-association.cidr-block': ({ cidrBlock }) => cidrBlock,
  'dhcp-options-id': ({ dhcpOptionsId }) => dhcpOptionsId ?? 'default',
  'is-default': ({ isDefault }) => String(isDefault),
  isDefault: ({ isDefault }) => String(isDefault),
  'owner-id': ({ accountId }) => accountId,
  state: () => 'available',
  'vpc-id': ({ id }) => id,
  'cidr-block-association.association-id': associationOf,
  'cidr-block-association.state': () => 'associated',
  ...ofNone(
    'ipv6-cidr-block-association.ipv6-cidr-block',
    'ipv6-cidr-block-association.ipv6-pool',
    'ipv6-cidr-block-association.association-id',
    'ipv6-cidr-block-association.state',
  ),
};

const describeVpcs = read<DescribeInput & { readonly VpcIds?: readonly string[] }>((network, input) => {
  const { items, NextToken } = described(network, 'vpc', input.VpcIds, input, FILTERS);
  return { Vpcs: items.map(vpcView), NextToken };
});

const vpcView = (vpc: Vpc) => ({
  VpcId: vpc.id,
  OwnerId: vpc.accountId,
  State: 'available',
  CidrBlock: vpc.cidrBlock,
  CidrBlockAssociationSet: [
    {
      AssociationId: associationOf(vpc),
      CidrBlock: vpc.cidrBlock,
      CidrBlockState: { State: 'associated' },
    },
  ],
  DhcpOptionsId: vpc.dhcpOptionsId ?? 'default',
  InstanceTenancy: vpc.instanceTenancy,
  IsDefault: vpc.isDefault,
  Tags: tagList(vpc.tags),
});

export const vpcCommands: CommandRules = { CreateVpc: createVpc, DeleteVpc: deleteVpc, ModifyVpcAttribute: modifyVpcAttribute };
export const vpcQueries: QueryRules = { DescribeVpcs: describeVpcs, DescribeVpcAttribute: describeVpcAttribute };
