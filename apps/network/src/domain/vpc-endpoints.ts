import { hashId, refuse, type Scope } from '#lib/kernel';
import { zonesOf } from './default-network.js';
import { changed, created, deleted } from './events.js';
import { described, type DescribeInput, filtered, type FilterValues } from './filters.js';
import { idOf, type VpcEndpoint } from './model.js';
import type { Network } from './network.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';

/**
 * Endpoints are the ways from a network without internet to AWS's services. They are kept and told, as gateways and routes are: tasks reach out
 * through their hosts, and what of AWS is here is at Longshore's own address.
 */
const MOST_ENDPOINTS = 256;
const ANYBODY = JSON.stringify({ Statement: [{ Action: '*', Effect: 'Allow', Principal: '*', Resource: '*' }] });
const TYPES = ['Gateway', 'Interface'];

const SERVICE_NAME = /^(com\.amazonaws|aws)\.[\w.-]+$/;
const noService = (name: string) =>
  refuse('InvalidServiceName', `The Vpc Endpoint Service '${name.slice(0, 200)}' does not exist`);

interface CreateInput {
  readonly VpcId?: string;
  readonly ServiceName?: string;
  readonly VpcEndpointType?: string;
  readonly PolicyDocument?: string;
  readonly RouteTableIds?: readonly string[];
  readonly SubnetIds?: readonly string[];
  readonly SecurityGroupIds?: readonly string[];
  readonly IpAddressType?: string;
  readonly PrivateDnsEnabled?: boolean;
  readonly TagSpecifications?: readonly TagSpecification[];
}

type Named = 'route-table' | 'subnet' | 'security-group';

/** What an endpoint names has to be there, and in its VPC. */
function inVpc(network: Network, vpcId: string, kind: Named, ids: readonly string[] = []): readonly string[] {
  for (const id of ids) {
    if (network.get(kind, id).vpcId !== vpcId) throw refusals.invalid(id, kind, `It does not belong to the VPC ${vpcId}.`);
  }
  return [...new Set(ids)];
}

const createVpcEndpoint = change<CreateInput>(
  (network, input, context) => {
    const { accountId, region, at: createdAt } = context;
    const vpc = network.get('vpc', required(input.VpcId, 'vpcId'));
    const serviceName = required(input.ServiceName, 'serviceName');
    const type = input.VpcEndpointType ?? 'Gateway';
    if (!TYPES.includes(type))
      throw refuse('UnsupportedOperation', `Endpoints are of the types ${TYPES.join(' and ')} here, not ${type}.`);
    if (!SERVICE_NAME.test(serviceName)) throw noService(serviceName);
    if (input.IpAddressType !== undefined && input.IpAddressType !== 'ipv4')
      throw refuse('UnsupportedOperation', 'There is no IPv6 in VPCs here: the IP address type of an endpoint is ipv4.');
    if (network.all('vpc-endpoint').length >= MOST_ENDPOINTS) throw refusals.limit('VpcEndpointLimitExceeded', 'VPC endpoints');
    const groups = inVpc(network, vpc.id, 'security-group', input.SecurityGroupIds);
    const ownGroup = () =>
      network.all('security-group').filter(({ vpcId, groupName }) => vpcId === vpc.id && groupName === 'default');
    const endpoint: VpcEndpoint = {
      accountId,
      region,
      kind: 'vpc-endpoint',
      id: idOf('vpc-endpoint', context.id('vpc-endpoint')),
      tags: tagsFor('vpc-endpoint', input.TagSpecifications),
      vpcId: vpc.id,
      serviceName,
      type,
      policyDocument: input.PolicyDocument ?? ANYBODY,
      routeTableIds: inVpc(network, vpc.id, 'route-table', input.RouteTableIds),
      subnetIds: inVpc(network, vpc.id, 'subnet', input.SubnetIds),
      groupIds: type === 'Interface' && groups.length === 0 ? ownGroup().map((group) => group.id) : groups,
      privateDnsEnabled: input.PrivateDnsEnabled ?? false,
      createdAt,
    };
    return [created(endpoint)];
  },
  (network, _input, events) => ({
    VpcEndpoint: endpointView(network, (events.at(-1)!.data as { resource: VpcEndpoint }).resource),
  }),
);

interface ModifyInput {
  readonly VpcEndpointId?: string;
  readonly ResetPolicy?: boolean;
  readonly PolicyDocument?: string;
  readonly AddRouteTableIds?: readonly string[];
  readonly RemoveRouteTableIds?: readonly string[];
  readonly AddSubnetIds?: readonly string[];
  readonly RemoveSubnetIds?: readonly string[];
  readonly AddSecurityGroupIds?: readonly string[];
  readonly RemoveSecurityGroupIds?: readonly string[];
  readonly PrivateDnsEnabled?: boolean;
}

const modifyVpcEndpoint = change<ModifyInput>((network, input) => {
  const endpoint = network.get('vpc-endpoint', required(input.VpcEndpointId, 'vpcEndpointId'));
  const next = (kind: Named, known: readonly string[], added?: readonly string[], removed: readonly string[] = []) =>
    [...new Set([...known, ...inVpc(network, endpoint.vpcId, kind, added)])].filter((id) => !removed.includes(id));
  return [
    changed({
      ...endpoint,
      policyDocument: input.ResetPolicy ? ANYBODY : (input.PolicyDocument ?? endpoint.policyDocument),
      routeTableIds: next('route-table', endpoint.routeTableIds, input.AddRouteTableIds, input.RemoveRouteTableIds),
      subnetIds: next('subnet', endpoint.subnetIds, input.AddSubnetIds, input.RemoveSubnetIds),
      groupIds: next('security-group', endpoint.groupIds, input.AddSecurityGroupIds, input.RemoveSecurityGroupIds),
      privateDnsEnabled: input.PrivateDnsEnabled ?? endpoint.privateDnsEnabled,
    }),
  ];
});

const deleteVpcEndpoints = change<{ readonly VpcEndpointIds?: readonly string[] }>(
  (network, { VpcEndpointIds }) =>
    [...new Set(required(VpcEndpointIds, 'vpcEndpointIds'))].map((id) => deleted(network.get('vpc-endpoint', id))),
  () => ({ Unsuccessful: [] }),
);

const FILTERS: FilterValues<VpcEndpoint> = {
  'ip-address-type': ({ type }) => (type === 'Interface' ? 'ipv4' : undefined),
  'service-name': ({ serviceName }) => serviceName,
  'service-region': ({ region }) => region,
  'vpc-endpoint-id': ({ id }) => id,
  'vpc-endpoint-state': () => 'available',
  'vpc-endpoint-type': ({ type }) => type,
  'vpc-id': ({ vpcId }) => vpcId,
};

const describeVpcEndpoints = read<DescribeInput & { readonly VpcEndpointIds?: readonly string[] }>((network, input) => {
  const { items, NextToken } = described(network, 'vpc-endpoint', input.VpcEndpointIds, input, FILTERS);
  return { VpcEndpoints: items.map((endpoint) => endpointView(network, endpoint)), NextToken };
});

const endpointView = (network: Network, endpoint: VpcEndpoint) => ({
  VpcEndpointId: endpoint.id,
  VpcEndpointType: endpoint.type,
  VpcId: endpoint.vpcId,
  OwnerId: endpoint.accountId,
  ServiceName: endpoint.serviceName,
  State: 'available',
  PolicyDocument: endpoint.policyDocument,
  RouteTableIds: endpoint.routeTableIds,
  SubnetIds: endpoint.subnetIds,
  Groups: network
    .all('security-group')
    .filter(({ id }) => endpoint.groupIds.includes(id))
    .map(({ id, groupName }) => ({ GroupId: id, GroupName: groupName })),
  PrivateDnsEnabled: endpoint.privateDnsEnabled,
  RequesterManaged: false,
  ...(endpoint.type === 'Interface' ? { IpAddressType: 'ipv4', DnsOptions: { DnsRecordIpType: 'ipv4' } } : {}),
  NetworkInterfaceIds: [],
  DnsEntries: [],
  CreationTimestamp: endpoint.createdAt,
  Tags: tagList(endpoint.tags),
});

/** Those of AWS's that files for ECS make endpoints to, in a region; S3 and DynamoDB have gateways, too. */
const SERVICES: readonly string[] = (
  'application-autoscaling athena autoscaling dynamodb ec2 ec2messages ecr.api ecr.dkr ecs ecs-agent ' +
  'ecs-telemetry elasticache elasticfilesystem elasticloadbalancing events execute-api firehose kinesis-streams kms lambda ' +
  'logs monitoring rds s3 scheduler secretsmanager servicediscovery sns sqs ssm ' +
  'ssmmessages states sts xray'
).split(' ');
const WITH_GATEWAY = ['s3', 'dynamodb'];

interface EndpointService {
  readonly name: string;
  readonly type: string;
  readonly tags: Readonly<Record<string, string>>;
}

const SERVICE_FILTERS: FilterValues<EndpointService> = {
  owner: () => 'amazon',
  'service-name': ({ name }) => name,
  'service-type': ({ type }) => type,
  'supported-ip-address-types': () => 'ipv4',
};

interface DescribeServicesInput extends DescribeInput {
  readonly ServiceNames?: readonly string[];
}

/** A service that is asked for by its name is there as far as an endpoint to it can be made. */
const describeVpcEndpointServices = read<DescribeServicesInput>((_network, { ServiceNames = [], Filters }, { region }) => {
  const prefix = `com.amazonaws.${region}.`;
  const unknown = ServiceNames.find((name) => !SERVICE_NAME.test(name));
  if (unknown !== undefined) throw noService(unknown);
  const named = (Filters ?? []).filter(({ Name }) => Name === 'service-name').flatMap(({ Values = [] }) => Values);
  const names = ServiceNames.length > 0 ? ServiceNames : [...SERVICES.map((service) => `${prefix}${service}`), ...named];
  const all = [...new Set(names)]
    .filter((name) => SERVICE_NAME.test(name))
    .flatMap((name): EndpointService[] => {
      const isWithGateway = WITH_GATEWAY.includes(name.slice(prefix.length)) && name.startsWith(prefix);
      return (isWithGateway ? ['Gateway', 'Interface'] : ['Interface']).map((type) => ({ name, type, tags: {} }));
    });
  const asked = filtered(all, SERVICE_FILTERS, Filters);
  return {
    ServiceNames: [...new Set(asked.map(({ name }) => name))],
    ServiceDetails: asked.map((service) => serviceView(region, service)),
  };
});

const serviceView = (region: Scope['region'], { name, type }: EndpointService) => ({
  ServiceName: name,
  ServiceId: `vpce-svc-0${hashId('endpoint-service', name, type).slice(0, 16)}`,
  ServiceType: [{ ServiceType: type }],
  AvailabilityZones: zonesOf({ region }),
  Owner: 'amazon',
  ServiceRegion: region,
  BaseEndpointDnsNames: [`${name.split('.').slice(3).join('.')}.${region}.vpce.amazonaws.com`],
  ...(type === 'Interface'
    ? { PrivateDnsName: `${name.split('.').slice(3).toReversed().join('.')}.${region}.amazonaws.com` }
    : {}),
  VpcEndpointPolicySupported: true,
  AcceptanceRequired: false,
  ManagesVpcEndpoints: false,
  SupportedIpAddressTypes: ['ipv4'],
  Tags: [],
});

export const vpcEndpointCommands: CommandRules = {
  CreateVpcEndpoint: createVpcEndpoint,
  ModifyVpcEndpoint: modifyVpcEndpoint,
  DeleteVpcEndpoints: deleteVpcEndpoints,
};
export const vpcEndpointQueries: QueryRules = {
  DescribeVpcEndpoints: describeVpcEndpoints,
  DescribeVpcEndpointServices: describeVpcEndpointServices,
};
