import { formatIpv4, hashId, refuse } from '#lib/kernel';
import { freeAddress, macOf } from './addresses.js';
import { created, deleted } from './events.js';
import { described, type DescribeInput, type FilterValues, ofNone } from './filters.js';
import { idOf, type NetworkInterface, type Subnet, type Vpc } from './model.js';
import type { Network } from './network.js';
import { hostInterfacesWithout, overlayEvents } from './overlay.js';
import { change, type CommandRule, type CommandRules, type QueryRules, read } from './rule-types.js';
import { zoneIdOf } from './subnets.js';
import { tagList } from './tags.js';

export interface AttachTaskInterfaceInput {
  readonly taskArn: string;
  /** As the task names them: one is chosen, where its host is if one is there. */
  readonly subnetIds: readonly string[];
  /** None: the VPC's default one. */
  readonly groupIds: readonly string[];
  readonly availabilityZone?: string;
  /** Where the task runs. */
  readonly instanceId?: string;
  /** Where other hosts reach the task's. */
  readonly hostAddress?: string;
  /** Where hosts with load balancers are reached, which send to tasks, too. */
  readonly hosts?: readonly string[];
}

export interface AttachTaskInterfaceReply {
  readonly networkInterface: NetworkInterface;
  readonly vpc: Pick<Vpc, 'id' | 'cidrBlock'>;
  readonly subnetCidrBlock: string;
}

/** The same task has the same interface, whoever asks how often. */
export const interfaceIdOf = (taskArn: string): string => idOf('network-interface', hashId('task-interface', taskArn));

const attachTaskInterface = change<AttachTaskInterfaceInput>(
  (network, input, { at, accountId, region }) => {
    const id = interfaceIdOf(input.taskArn);
    if (network.withId(id)) return [];
    const subnet = subnetFor(network, input);
    const groupIds = groupsFor(network, subnet, input.groupIds);
    const address = freeAddress(network, subnet, input.taskArn);
    if (address === undefined) {
      throw refuse(
        'InsufficientFreeAddressesInSubnet',
        `The specified subnet does not have enough free addresses to satisfy the request: ${subnet.id}`,
      );
    }
    return [
      created({
        accountId,
        region,
        kind: 'network-interface',
        id,
        tags: {},
        vpcId: subnet.vpcId,
        subnetId: subnet.id,
        availabilityZone: subnet.availabilityZone,
        groupIds,
        privateIpAddress: formatIpv4(address),
        macAddress: macOf(address),
        description: input.taskArn.split(':').slice(0, 6).join(':'),
        taskArn: input.taskArn,
        ...(input.instanceId === undefined ? {} : { instanceId: input.instanceId }),
        ...(input.hostAddress === undefined ? {} : { hostAddress: input.hostAddress }),
        createdAt: at,
      }),
      ...overlayEvents(network, subnet, hostsOf(input), { accountId, region }, [address]),
    ];
  },
  (network, { taskArn }): AttachTaskInterfaceReply => {
    const networkInterface = network.get('network-interface', interfaceIdOf(taskArn));
    const { id, cidrBlock } = network.get('vpc', networkInterface.vpcId);
    const { cidrBlock: subnetCidrBlock } = network.get('subnet', networkInterface.subnetId);
    return { networkInterface, vpc: { id, cidrBlock }, subnetCidrBlock };
  },
);

const hostsOf = ({ hosts = [], hostAddress }: AttachTaskInterfaceInput): readonly string[] =>
  hostAddress === undefined ? hosts : [...hosts, hostAddress];

function subnetFor(network: Network, { subnetIds, availabilityZone }: AttachTaskInterfaceInput): Subnet {
  const subnets = subnetIds.map((id) => network.get('subnet', id));
  const chosen = subnets.find((subnet) => subnet.availabilityZone === availabilityZone) ?? subnets[0];
  if (!chosen) throw refuse('MissingParameter', 'The request must contain the parameter subnetId');
  return chosen;
}

function groupsFor(network: Network, { vpcId }: Subnet, groupIds: readonly string[]): readonly string[] {
  if (groupIds.length === 0)
    return network
      .all('security-group')
      .filter((group) => group.vpcId === vpcId && group.groupName === 'default')
      .map(({ id }) => id);
  const foreign = groupIds.map((id) => network.get('security-group', id)).find((group) => group.vpcId !== vpcId);
  if (foreign) {
    throw refuse(
      'InvalidParameterValue',
      `You have specified two resources that belong to different networks: ${foreign.id} is not in ${vpcId}.`,
    );
  }
  return groupIds;
}

export interface DetachTaskInterfacesInput {
  readonly ids: readonly string[];
  /** Where hosts with load balancers are reached. */
  readonly hosts?: readonly string[];
}

/** Of tasks that are over. Of whichever account they are: their ids say it. */
const detachTaskInterfaces: CommandRule<DetachTaskInterfacesInput> = {
  actors: ['network'],
  decide: (state, { ids, hosts = [] }) => {
    const gone = [...new Set(ids)].flatMap((id): readonly NetworkInterface[] => {
      const found = state.resources.get(id);
      return found?.kind === 'network-interface' ? [found] : [];
    });
    return [...gone.map(deleted), ...hostInterfacesWithout(state, gone, hosts)];
  },
  reply: () => ({}),
};

export const privateDnsNameOf = ({ region, privateIpAddress }: Pick<NetworkInterface, 'region' | 'privateIpAddress'>): string =>
  `ip-${privateIpAddress.replaceAll('.', '-')}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`;

const FILTERS = (network: Network): FilterValues<NetworkInterface> => ({
  'addresses.private-ip-address': ({ privateIpAddress }) => privateIpAddress,
  'attachment.status': () => 'attached',
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  description: ({ description }) => description,
  'group-id': ({ groupIds }) => groupIds,
  'interface-type': () => 'interface',
  'mac-address': ({ macAddress }) => macAddress,
  'network-interface-id': ({ id }) => id,
  'owner-id': ({ accountId }) => accountId,
  'private-dns-name': privateDnsNameOf,
  'private-ip-address': ({ privateIpAddress }) => privateIpAddress,
  'requester-managed': () => 'false',
  status: () => 'in-use',
  'subnet-id': ({ subnetId }) => subnetId,
  'vpc-id': ({ vpcId }) => vpcId,
  'addresses.primary': () => 'true',
  'availability-zone-id': ({ availabilityZone }) => zoneIdOf(availabilityZone),
  'group-name': ({ groupIds }) => groupIds.map((id) => network.get('security-group', id).groupName),
  'operator.managed': () => 'false',
  'source-dest-check': () => 'true',
  ...ofNone(
    'addresses.association.owner-id',
    'addresses.association.public-ip',
    'association.allocation-id',
    'association.association-id',
    'association.ip-owner-id',
    'association.public-dns-name',
    'association.public-ip',
    'attachment.attach-time',
    'attachment.attachment-id',
    'attachment.delete-on-termination',
    'attachment.device-index',
    'attachment.instance-id',
    'attachment.instance-owner-id',
    'ipv6-addresses.ipv6-address',
    'operator.principal',
    'requester-id',
  ),
});

const describeNetworkInterfaces = read<DescribeInput & { readonly NetworkInterfaceIds?: readonly string[] }>((network, input) => {
  const { items, NextToken } = described(network, 'network-interface', input.NetworkInterfaceIds, input, FILTERS(network));
  return { NetworkInterfaces: items.map((one) => interfaceView(network, one)), NextToken };
});

const interfaceView = (network: Network, one: NetworkInterface) => ({
  NetworkInterfaceId: one.id,
  OwnerId: one.accountId,
  VpcId: one.vpcId,
  SubnetId: one.subnetId,
  AvailabilityZone: one.availabilityZone,
  Description: one.description,
  InterfaceType: 'interface',
  Groups: one.groupIds.map((GroupId) => {
    const group = network.withId(GroupId);
    return { GroupId, GroupName: group?.kind === 'security-group' ? group.groupName : GroupId };
  }),
  MacAddress: one.macAddress,
  PrivateIpAddress: one.privateIpAddress,
  PrivateDnsName: privateDnsNameOf(one),
  PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: one.privateIpAddress, PrivateDnsName: privateDnsNameOf(one) }],
  Ipv6Addresses: [],
  RequesterManaged: false,
  SourceDestCheck: true,
  Status: 'in-use',
  Attachment: { Status: 'attached', DeviceIndex: 1, DeleteOnTermination: false, AttachTime: one.createdAt },
  TagSet: tagList(one.tags),
});

export const networkInterfaceCommands: CommandRules = {
  AttachTaskInterface: attachTaskInterface,
  DetachTaskInterfaces: detachTaskInterfaces,
};
export const networkInterfaceQueries: QueryRules = { DescribeNetworkInterfaces: describeNetworkInterfaces };
