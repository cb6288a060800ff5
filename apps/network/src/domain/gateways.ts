import { refuse } from '#lib/kernel';
import { changed, created, deleted } from './events.js';
import { described, type DescribeInput, type FilterValues, ofNone } from './filters.js';
import { type ElasticIp, idOf, type InternetGateway, type NatGateway } from './model.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';

const MOST_GATEWAYS = 100;
const MOST_ADDRESSES = 256;

interface Tagged {
  readonly TagSpecifications?: readonly TagSpecification[];
}

const createInternetGateway = change<Tagged>(
  (network, { TagSpecifications }, context) => {
    if (network.all('internet-gateway').length >= MOST_GATEWAYS)
      throw refusals.limit('InternetGatewayLimitExceeded', 'internet gateways');
    const { accountId, region } = context;
    const id = idOf('internet-gateway', context.id('internet-gateway'));
    return [created({ accountId, region, kind: 'internet-gateway', id, tags: tagsFor('internet-gateway', TagSpecifications) })];
  },
  (_network, _input, events) => ({
    InternetGateway: internetGatewayView((events.at(-1)!.data as { resource: InternetGateway }).resource),
  }),
);

interface AttachInput {
  readonly InternetGatewayId?: string;
  readonly VpcId?: string;
}

const attachInternetGateway = change<AttachInput>((network, input) => {
  const gateway = network.get('internet-gateway', required(input.InternetGatewayId, 'internetGatewayId'));
  const vpc = network.get('vpc', required(input.VpcId, 'vpcId'));
  if (gateway.vpcId !== undefined)
    throw refuse('Resource.AlreadyAssociated', `resource ${gateway.id} is already attached to network ${gateway.vpcId}`);
  if (network.all('internet-gateway').some(({ vpcId }) => vpcId === vpc.id))
    throw refuse('InvalidParameterValue', `Network ${vpc.id} already has an internet gateway attached`);
  return [changed({ ...gateway, vpcId: vpc.id })];
});

const detachInternetGateway = change<AttachInput>((network, input) => {
  const gateway = network.get('internet-gateway', required(input.InternetGatewayId, 'internetGatewayId'));
  if (gateway.vpcId !== required(input.VpcId, 'vpcId'))
    throw refuse('Gateway.NotAttached', `resource ${gateway.id} is not attached to network ${input.VpcId}`);
  const { vpcId: _detached, ...alone } = gateway;
  return [changed(alone)];
});

const deleteInternetGateway = change<AttachInput>((network, { InternetGatewayId }) => {
  const gateway = network.get('internet-gateway', required(InternetGatewayId, 'internetGatewayId'));
  if (gateway.vpcId !== undefined) throw refusals.dependencies('internetGateway', gateway.id);
  return [deleted(gateway)];
});

const internetGatewayView = ({ id, vpcId, accountId, tags }: InternetGateway) => ({
  InternetGatewayId: id,
  OwnerId: accountId,
  Attachments: vpcId === undefined ? [] : [{ VpcId: vpcId, State: 'available' }],
  Tags: tagList(tags),
});

const INTERNET_GATEWAY_FILTERS: FilterValues<InternetGateway> = {
  'attachment.vpc-id': ({ vpcId }) => vpcId,
  'attachment.state': ({ vpcId }) => (vpcId === undefined ? undefined : 'available'),
  'internet-gateway-id': ({ id }) => id,
  'owner-id': ({ accountId }) => accountId,
};

const describeInternetGateways = read<DescribeInput & { readonly InternetGatewayIds?: readonly string[] }>((network, input) => {
  const { items, NextToken } = described(network, 'internet-gateway', input.InternetGatewayIds, input, INTERNET_GATEWAY_FILTERS);
  return { InternetGateways: items.map(internetGatewayView), NextToken };
});

/** Elastic addresses are names that are kept: tasks leave by their hosts' own addresses. They are out of the range for documentation. */
const allocateAddress = change<Tagged & { readonly Domain?: string }>(
  (network, { TagSpecifications }, context) => {
    const taken = new Set(network.all('elastic-ip').map(({ publicIp }) => publicIp));
    const free = Array.from({ length: MOST_ADDRESSES }, (_, i) => `203.0.113.${i}`).find((address) => !taken.has(address));
    if (free === undefined) throw refusals.limit('AddressLimitExceeded', 'addresses');
    const { accountId, region } = context;
    const id = idOf('elastic-ip', context.id('elastic-ip'));
    return [
      created({ accountId, region, kind: 'elastic-ip', id, tags: tagsFor('elastic-ip', TagSpecifications), publicIp: free }),
    ];
  },
  (_network, _input, events) => {
    const { id, publicIp, region } = (events.at(-1)!.data as { resource: ElasticIp }).resource;
    return { AllocationId: id, PublicIp: publicIp, Domain: 'vpc', PublicIpv4Pool: 'amazon', NetworkBorderGroup: region };
  },
);

const releaseAddress = change<{ readonly AllocationId?: string }>((network, { AllocationId }) => {
  const address = network.get('elastic-ip', required(AllocationId, 'allocationId'));
  if (network.all('natgateway').some(({ allocationId }) => allocationId === address.id)) {
    throw refuse(
      'InvalidIPAddress.InUse',
      `The address with allocation id [${address.id}] cannot be released because it is in use.`,
    );
  }
  return [deleted(address)];
});

const ADDRESS_FILTERS: FilterValues<ElasticIp> = {
  'allocation-id': ({ id }) => id,
  domain: () => 'vpc',
  'public-ip': ({ publicIp }) => publicIp,
  'network-border-group': ({ region }) => region,
  ...ofNone('association-id', 'instance-id', 'network-interface-id', 'network-interface-owner-id', 'private-ip-address'),
};

const describeAddresses = read<
  DescribeInput & { readonly AllocationIds?: readonly string[]; readonly PublicIps?: readonly string[] }
>((network, { AllocationIds, PublicIps, ...input }) => {
  const { items } = described(network, 'elastic-ip', AllocationIds, input, ADDRESS_FILTERS);
  const asked = PublicIps && PublicIps.length > 0 ? items.filter(({ publicIp }) => PublicIps.includes(publicIp)) : items;
  return {
    Addresses: asked.map(({ id, publicIp, region, tags }) => ({
      AllocationId: id,
      PublicIp: publicIp,
      Domain: 'vpc',
      PublicIpv4Pool: 'amazon',
      NetworkBorderGroup: region,
      Tags: tagList(tags),
    })),
  };
});

/** No address of ours has a name of its own. */
const describeAddressesAttribute = read<{ readonly AllocationIds?: readonly string[] }>((network, { AllocationIds }) => ({
  Addresses: described(network, 'elastic-ip', AllocationIds, {}, ADDRESS_FILTERS).items.map(({ id, publicIp }) => ({
    AllocationId: id,
    PublicIp: publicIp,
  })),
}));

interface CreateNatGatewayInput extends Tagged {
  readonly SubnetId?: string;
  readonly AllocationId?: string;
  readonly ConnectivityType?: string;
}

const createNatGateway = change<CreateNatGatewayInput>(
  (network, input, context) => {
    const subnet = network.get('subnet', required(input.SubnetId, 'subnetId'));
    const { ConnectivityType: connectivityType = 'public' } = input;
    const allocationId =
      connectivityType === 'public' ? network.get('elastic-ip', required(input.AllocationId, 'allocationId')).id : undefined;
    if (allocationId !== undefined && network.all('natgateway').some((one) => one.allocationId === allocationId))
      throw refuse('Resource.AlreadyAssociated', `Elastic IP address [${allocationId}] is already associated`);
    if (network.all('natgateway').length >= MOST_GATEWAYS) throw refusals.limit('NatGatewayLimitExceeded', 'NAT gateways');
    const { accountId, region, at: createdAt } = context;
    const gateway: NatGateway = {
      accountId,
      region,
      kind: 'natgateway',
      id: idOf('natgateway', context.id('natgateway')),
      tags: tagsFor('natgateway', input.TagSpecifications),
      subnetId: subnet.id,
      vpcId: subnet.vpcId,
      connectivityType,
      createdAt,
      ...(allocationId === undefined ? {} : { allocationId }),
    };
    return [created(gateway)];
  },
  (network, _input, events) => {
    const { resource } = events.at(-1)!.data as { resource: NatGateway };
    return { NatGateway: natGatewayView(resource, addressOf(network.all('elastic-ip'), resource)) };
  },
);

const addressOf = (addresses: readonly ElasticIp[], { allocationId }: NatGateway): string | undefined =>
  addresses.find(({ id }) => id === allocationId)?.publicIp;

const deleteNatGateway = change<{ readonly NatGatewayId?: string }>(
  (network, { NatGatewayId }) => [deleted(network.get('natgateway', required(NatGatewayId, 'natGatewayId')))],
  (_network, { NatGatewayId }) => ({ NatGatewayId }),
);

const natGatewayView = (gateway: NatGateway, publicIp: string | undefined) => ({
  NatGatewayId: gateway.id,
  SubnetId: gateway.subnetId,
  VpcId: gateway.vpcId,
  State: 'available',
  ConnectivityType: gateway.connectivityType,
  CreateTime: gateway.createdAt,
  NatGatewayAddresses:
    gateway.allocationId === undefined
      ? []
      : [{ AllocationId: gateway.allocationId, PublicIp: publicIp, IsPrimary: true, Status: 'succeeded' }],
  Tags: tagList(gateway.tags),
});

const NAT_GATEWAY_FILTERS: FilterValues<NatGateway> = {
  'nat-gateway-id': ({ id }) => id,
  state: () => 'available',
  'subnet-id': ({ subnetId }) => subnetId,
  'vpc-id': ({ vpcId }) => vpcId,
};

interface DescribeNatGatewaysInput extends Omit<DescribeInput, 'Filters'> {
  readonly NatGatewayIds?: readonly string[];
  /** Its name in this one operation. */
  readonly Filter?: DescribeInput['Filters'];
}

const describeNatGateways = read<DescribeNatGatewaysInput>((network, { NatGatewayIds, Filter, ...page }) => {
  const input = { ...page, ...(Filter ? { Filters: Filter } : {}) };
  const { items, NextToken } = described(network, 'natgateway', NatGatewayIds, input, NAT_GATEWAY_FILTERS);
  const addresses = network.all('elastic-ip');
  return { NatGateways: items.map((gateway) => natGatewayView(gateway, addressOf(addresses, gateway))), NextToken };
});

export const gatewayCommands: CommandRules = {
  CreateInternetGateway: createInternetGateway,
  AttachInternetGateway: attachInternetGateway,
  DetachInternetGateway: detachInternetGateway,
  DeleteInternetGateway: deleteInternetGateway,
  AllocateAddress: allocateAddress,
  ReleaseAddress: releaseAddress,
  CreateNatGateway: createNatGateway,
  DeleteNatGateway: deleteNatGateway,
};
export const gatewayQueries: QueryRules = {
  DescribeInternetGateways: describeInternetGateways,
  DescribeAddresses: describeAddresses,
  DescribeAddressesAttribute: describeAddressesAttribute,
  DescribeNatGateways: describeNatGateways,
};
