import { hashId, refuse, type Region } from '#lib/kernel';
import { type DescribeInput, filtered, type FilterValues } from './filters.js';
import { groupsOfHost, type HostInstance } from './hosts.js';
import type { Network } from './network.js';
import { privateDnsNameOf } from './network-interfaces.js';
import { pageOf } from './pages.js';
import { refusals } from './refusals.js';
import { type QueryRules, read } from './rule-types.js';
import { tagList } from './tags.js';

export interface DescribeInstancesInput extends DescribeInput {
  readonly InstanceIds?: readonly string[];
  /** Undefined: nobody knows them as they were. */
  readonly hosts?: readonly HostInstance[];
}

/** With the id under which it was asked for. */
interface Asked extends HostInstance {
  readonly groupIds: readonly string[];
  readonly region: Region;
  readonly ownerId: string;
}

const RUNNING = { Code: 16, Name: 'running' } as const;
const ID = /^i-[0-9a-f]{8,17}$/;

const dnsNameOf = ({ region, address }: Asked): string | undefined =>
  address === undefined ? undefined : privateDnsNameOf({ region, privateIpAddress: address });

const FILTERS: FilterValues<Asked> = {
  architecture: ({ architecture }) => architecture,
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  'image-id': ({ imageId }) => imageId,
  'instance-id': ({ id, name }) => [id, name],
  'instance-state-code': () => `${RUNNING.Code}`,
  'instance-state-name': () => RUNNING.Name,
  'instance-type': ({ instanceType }) => instanceType,
  'instance.group-id': ({ groupIds }) => groupIds,
  'network-interface.addresses.private-ip-address': ({ address }) => address,
  'owner-id': ({ ownerId }) => ownerId,
  'private-dns-name': dnsNameOf,
  'private-ip-address': ({ address }) => address,
};

/**
 * EC2's DescribeInstances of the hosts that are container instances: what programs do that look for a task's host and port
 * (`ec2InstanceId` → address). An instance answers to its `ec2InstanceId`, too, and has the id then by which it was asked for.
 */
const describeInstances = read<DescribeInstancesInput>((network, input, { accountId, region }) => {
  const { InstanceIds = [], hosts } = input;
  if (!hosts) throw refuse('UnsupportedOperation', 'Hosts are told of as they are now: ask without /as-of/….');
  if (InstanceIds.length > 0 && input.MaxResults !== undefined) {
    throw refusals.combination('The parameter instancesSet cannot be used with the parameter maxResults');
  }
  const found = InstanceIds.length === 0 ? hosts : InstanceIds.map((id) => hostOf(hosts, id));
  const unique = [...new Map(found.map((host) => [host.id, host])).values()];
  const asked = unique.map((host) => ({
    ...host,
    ownerId: accountId,
    region,
    groupIds: groupsOfHost(network, host.groups) ?? [],
  }));
  const { items, NextToken } = pageOf(filtered<Asked>(asked, FILTERS, input.Filters), ({ id }) => id, input);
  return {
    Reservations: items.map((host) => ({
      ReservationId: `r-${hashId('reservation', host.id).slice(0, 17)}`,
      OwnerId: accountId,
      Groups: [],
      Instances: [instanceView(network, host)],
    })),
    NextToken,
  };
});

function hostOf(hosts: readonly HostInstance[], id: string): HostInstance {
  const host = hosts.find((one) => one.id === id) ?? hosts.find(({ name }) => name === id);
  if (host) return { ...host, id };
  throw ID.test(id)
    ? refuse('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`)
    : refuse('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
}

const instanceView = (network: Network, host: Asked) => ({
  InstanceId: host.id,
  ...(host.imageId ? { ImageId: host.imageId } : {}),
  ...(host.instanceType ? { InstanceType: host.instanceType } : {}),
  State: RUNNING,
  LaunchTime: host.registeredAt,
  ...(host.address === undefined ? {} : { PrivateIpAddress: host.address }),
  PrivateDnsName: dnsNameOf(host) ?? '',
  PublicDnsName: '',
  StateTransitionReason: '',
  AmiLaunchIndex: 0,
  ...(host.architecture ? { Architecture: host.architecture } : {}),
  Monitoring: { State: 'disabled' },
  Placement: { AvailabilityZone: host.availabilityZone ?? '', GroupName: '', Tenancy: 'default' },
  SecurityGroups: network
    .all('security-group')
    .filter(({ id }) => host.groupIds.includes(id))
    .map(({ id, groupName }) => ({ GroupId: id, GroupName: groupName })),
  Tags: tagList(host.tags),
});

export const hostInstanceQueries: QueryRules = { DescribeInstances: describeInstances };
