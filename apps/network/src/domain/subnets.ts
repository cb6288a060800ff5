import { cidrContains, cidrsOverlap, formatCidr, parseCidr, refuse, sizeOfCidr } from '#lib/kernel';
import { zonesOf } from './default-network.js';
import { changed, created, deleted } from './events.js';
import { described, type DescribeInput, type FilterValues, ofNone } from './filters.js';
import { idOf, type Subnet } from './model.js';
import { withoutSubnet } from './network-acls.js';
import type { Network } from './network.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';
import { KEPT_ADDRESSES } from './addresses.js';
import { cidrOf } from './vpcs.js';

const MOST_SUBNETS = 1_000;

interface CreateSubnetInput {
  readonly VpcId?: string;
  readonly CidrBlock?: string;
  readonly AvailabilityZone?: string;
  readonly AvailabilityZoneId?: string;
  readonly Ipv6CidrBlock?: string;
  readonly TagSpecifications?: readonly TagSpecification[];
}

const DIRECTIONS: Readonly<Record<string, string>> = {
  northeast: 'ne',
  northwest: 'nw',
  southeast: 'se',
  southwest: 'sw',
};

/** `us-east-1a` → `use1-az1`. Other installations mix the numbers, so that nobody relies on the letters; here are no others. */
export const zoneIdOf = (zone: string): string => {
  const letter = zone.charCodeAt(zone.length - 1) - 'a'.charCodeAt(0) + 1;
  const parts = zone.slice(0, -1).split('-');
  return `${parts.map((part, i) => (i === 1 ? (DIRECTIONS[part] ?? part.charAt(0)) : part)).join('')}-az${letter}`;
};

const createSubnet = change<CreateSubnetInput>(
  (network, input, context) => {
    const vpc = network.get('vpc', required(input.VpcId, 'vpcId'));
    if (input.Ipv6CidrBlock !== undefined)
      throw refuse('UnsupportedOperation', 'Networks of Longshore have IPv4 addresses only.');
    const cidr = cidrOf(required(input.CidrBlock, 'cidrBlock'), 'cidrBlock');
    if (cidr.bits > 28 || !cidrContains(parseCidr(vpc.cidrBlock)!, cidr))
      throw refuse('InvalidSubnet.Range', `The CIDR '${input.CidrBlock}' is invalid.`);
    const neighbours = network.all('subnet').filter(({ vpcId }) => vpcId === vpc.id);
    if (neighbours.some(({ cidrBlock }) => cidrsOverlap(parseCidr(cidrBlock)!, cidr)))
      throw refuse('InvalidSubnet.Conflict', `The CIDR '${input.CidrBlock}' conflicts with another subnet`);
    if (neighbours.length >= MOST_SUBNETS) throw refusals.limit('SubnetLimitExceeded', 'subnets');
    const zones = zonesOf(context);
    const wanted = input.AvailabilityZone ?? zones.find((zone) => zoneIdOf(zone) === input.AvailabilityZoneId) ?? zones[0]!;
    if (!zones.includes(wanted)) {
      const known = `Subnets can currently only be created in the following availability zones: ${zones.join(', ')}.`;
      throw refusals.invalid(wanted, 'availabilityZone', known);
    }
    const { accountId, region } = context;
    const subnet: Subnet = {
      accountId,
      region,
      kind: 'subnet',
      id: idOf('subnet', context.id('subnet')),
      tags: tagsFor('subnet', input.TagSpecifications),
      vpcId: vpc.id,
      cidrBlock: formatCidr(cidr),
      availabilityZone: wanted,
      defaultForAz: false,
      mapPublicIpOnLaunch: false,
      enableResourceNameDnsARecord: false,
      hostnameType: 'ip-name',
    };
    return [created(subnet)];
  },
  (_network, _input, events) => {
    const { resource } = events.at(-1)!.data as { resource: Subnet };
    return { Subnet: subnetView(resource, sizeOf(resource)) };
  },
);

const deleteSubnet = change<{ readonly SubnetId?: string }>((network, { SubnetId }) => {
  const subnet = network.get('subnet', required(SubnetId, 'subnetId'));
  const isUsed =
    network.interfacesIn(subnet) > 0 ||
    network.all('natgateway').some(({ subnetId }) => subnetId === subnet.id) ||
    network.all('vpc-endpoint').some(({ subnetIds }) => subnetIds.includes(subnet.id));
  if (isUsed) throw refusals.dependencies('subnet', subnet.id);
  const tables = network
    .all('route-table')
    .filter(({ associations }) => associations.some(({ subnetId }) => subnetId === subnet.id));
  return [
    ...tables.map((table) =>
      changed({ ...table, associations: table.associations.filter(({ subnetId }) => subnetId !== subnet.id) }),
    ),
    ...withoutSubnet(network, subnet.id),
    ...network
      .hostsIn({ id: subnet.vpcId })
      .filter(({ subnetId }) => subnetId === subnet.id)
      .map(deleted),
    ...network
      .all('vpc-flow-log')
      .filter(({ resourceId }) => resourceId === subnet.id)
      .map(deleted),
    deleted(subnet),
  ];
});

type BooleanValue = { readonly Value?: boolean };
interface ModifySubnetAttributeInput {
  readonly SubnetId?: string;
  readonly MapPublicIpOnLaunch?: BooleanValue;
  readonly EnableResourceNameDnsARecordOnLaunch?: BooleanValue;
  readonly PrivateDnsHostnameTypeOnLaunch?: string;
}

const modifySubnetAttribute = change<ModifySubnetAttributeInput>((network, input) => {
  const subnet = network.get('subnet', required(input.SubnetId, 'subnetId'));
  const now: Subnet = {
    ...subnet,
    mapPublicIpOnLaunch: input.MapPublicIpOnLaunch?.Value ?? subnet.mapPublicIpOnLaunch,
    enableResourceNameDnsARecord: input.EnableResourceNameDnsARecordOnLaunch?.Value ?? subnet.enableResourceNameDnsARecord,
    hostnameType: input.PrivateDnsHostnameTypeOnLaunch ?? subnet.hostnameType,
  };
  return JSON.stringify(now) === JSON.stringify(subnet) ? [] : [changed(now)];
});

const arnOf = ({ region, accountId, id }: Subnet) => `arn:aws:ec2:${region}:${accountId}:subnet/${id}`;

const FILTERS = (network: Network): FilterValues<Subnet> => ({
  'available-ip-address-count': (subnet) => String(freeAddresses(network, subnet)),
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  availabilityZone: ({ availabilityZone }) => availabilityZone,
  'availability-zone-id': ({ availabilityZone }) => zoneIdOf(availabilityZone),
  cidr: ({ cidrBlock }) => cidrBlock,
  'cidr-block': ({ cidrBlock }) => cidrBlock,
  cidrBlock: ({ cidrBlock }) => cidrBlock,
  'default-for-az': ({ defaultForAz }) => String(defaultForAz),
  defaultForAz: ({ defaultForAz }) => String(defaultForAz),
  'map-public-ip-on-launch': ({ mapPublicIpOnLaunch }) => String(mapPublicIpOnLaunch),
  'owner-id': ({ accountId }) => accountId,
  state: () => 'available',
  'subnet-id': ({ id }) => id,
  'vpc-id': ({ vpcId }) => vpcId,
  'subnet-arn': arnOf,
  'private-dns-name-options-on-launch.hostname-type': ({ hostnameType }) => hostnameType,
  'private-dns-name-options-on-launch.enable-resource-name-dns-a-record': ({ enableResourceNameDnsARecord }) =>
    String(enableResourceNameDnsARecord),
  'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record': () => 'false',
  'enable-dns64': () => 'false',
  'ipv6-native': () => 'false',
  'map-customer-owned-ip-on-launch': () => 'false',
  ...ofNone(
    'customer-owned-ipv4-pool',
    'enable-lni-at-device-index',
    'outpost-arn',
    'ipv6-cidr-block-association.ipv6-cidr-block',
    'ipv6-cidr-block-association.association-id',
    'ipv6-cidr-block-association.state',
  ),
});

const sizeOf = ({ cidrBlock }: Subnet): number => sizeOfCidr(parseCidr(cidrBlock)!) - KEPT_ADDRESSES;

/** Those that no task's interface and no host has. */
const freeAddresses = (network: Network, subnet: Subnet): number =>
  sizeOf(subnet) -
  network.interfacesIn(subnet) -
  network.hostsIn({ id: subnet.vpcId }).filter(({ subnetId }) => subnetId === subnet.id).length;

const describeSubnets = read<DescribeInput & { readonly SubnetIds?: readonly string[] }>((network, input) => {
  const { items, NextToken } = described(network, 'subnet', input.SubnetIds, input, FILTERS(network));
  return {
    Subnets: items.map((subnet) => subnetView(subnet, freeAddresses(network, subnet))),
    NextToken,
  };
});

const subnetView = (subnet: Subnet, addresses: number) => ({
  SubnetId: subnet.id,
  SubnetArn: arnOf(subnet),
  OwnerId: subnet.accountId,
  VpcId: subnet.vpcId,
  State: 'available',
  CidrBlock: subnet.cidrBlock,
  AvailabilityZone: subnet.availabilityZone,
  AvailabilityZoneId: zoneIdOf(subnet.availabilityZone),
  AvailableIpAddressCount: addresses,
  DefaultForAz: subnet.defaultForAz,
  MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
  AssignIpv6AddressOnCreation: false,
  Ipv6CidrBlockAssociationSet: [],
  EnableDns64: false,
  Ipv6Native: false,
  MapCustomerOwnedIpOnLaunch: false,
  PrivateDnsNameOptionsOnLaunch: {
    HostnameType: subnet.hostnameType,
    EnableResourceNameDnsARecord: subnet.enableResourceNameDnsARecord,
    EnableResourceNameDnsAAAARecord: false,
  },
  Tags: tagList(subnet.tags),
});

/** The zones of a region, and the regions: where Longshore is, whatever they are called. */
const describeAvailabilityZones = read<{ readonly ZoneNames?: readonly string[] }>((_network, { ZoneNames }, { region }) => {
  const zones = zonesOf({ region });
  const unknown = ZoneNames?.find((name) => !zones.includes(name));
  if (unknown !== undefined) throw refuse('InvalidParameterValue', `Invalid availability zone: [${unknown}]`);
  return {
    AvailabilityZones: (ZoneNames && ZoneNames.length > 0 ? ZoneNames : zones).map((ZoneName) => ({
      State: 'available',
      OptInStatus: 'opt-in-not-required',
      RegionName: region,
      ZoneName,
      ZoneId: zoneIdOf(ZoneName),
      GroupName: region,
      NetworkBorderGroup: region,
      ZoneType: 'availability-zone',
    })),
  };
});

const describeRegions = read<{ readonly RegionNames?: readonly string[] }>((_network, { RegionNames }, { region }) => {
  const unknown = RegionNames?.find((name) => name !== region);
  if (unknown !== undefined) throw refuse('InvalidParameterValue', `Invalid region provided: ${unknown}`);
  return {
    Regions: [{ RegionName: region, Endpoint: `ec2.${region}.amazonaws.com`, OptInStatus: 'opt-in-not-required' }],
  };
});

export const subnetCommands: CommandRules = {
  CreateSubnet: createSubnet,
  DeleteSubnet: deleteSubnet,
  ModifySubnetAttribute: modifySubnetAttribute,
};
export const subnetQueries: QueryRules = {
  DescribeSubnets: describeSubnets,
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeRegions: describeRegions,
};
