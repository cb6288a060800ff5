import { formatIpv4, hashId, type Scope } from '#lib/kernel';
import type { OverlayNeighbour, VpcOverlay } from '#lib/ecs/model';
import { freeAddress, macOf } from './addresses.js';
import { changed, created, deleted, type NetworkEvent } from './events.js';
import { idOf, type HostInterface, type NetworkInterface, type Subnet, type Vpc } from './model.js';
import { Network } from './network.js';
import type { NetworkState } from './state.js';

/** A VXLAN network identifier has 24 bits (RFC 7348). */
const OVERLAY_IDS = 2 ** 24 - 1;

/**
 * What has to be there before a VPC's tasks on several hosts are neighbours: an identifier of the VPC's own, and an address in it for each host
 * that sends there itself. A subnet that has no address left gives them to its tasks.
 */
export function overlayEvents(
  network: Network,
  subnet: Subnet,
  hosts: readonly string[],
  { accountId, region }: Scope,
  taken: readonly number[],
): readonly NetworkEvent[] {
  const vpc = network.get('vpc', subnet.vpcId);
  const known = new Set(network.hostsIn(vpc).map(({ hostAddress }) => hostAddress));
  const given = [...taken];
  const interfaces = [...new Set(hosts)]
    .filter((hostAddress) => !known.has(hostAddress))
    .flatMap((hostAddress): readonly NetworkEvent[] => {
      const hex = hashId('host-interface', accountId, region, vpc.id, hostAddress);
      const address = freeAddress(network, subnet, hex, given);
      if (address === undefined) return [];
      given.push(address);
      return [
        created({
          accountId,
          region,
          kind: 'host-interface',
          id: idOf('host-interface', hex),
          tags: {},
          vpcId: vpc.id,
          subnetId: subnet.id,
          privateIpAddress: formatIpv4(address),
          macAddress: macOf(address),
          hostAddress,
        }),
      ];
    });
  return [...(vpc.overlayId === undefined ? [changed({ ...vpc, overlayId: freeOverlayId(network, vpc) })] : []), ...interfaces];
}

function freeOverlayId(network: Network, { id }: Vpc): number {
  const start = Number.parseInt(hashId('overlay', id).slice(0, 8), 16);
  for (let tried = 0; tried < OVERLAY_IDS; tried++) {
    const overlayId = 1 + ((start + tried) % OVERLAY_IDS);
    if (!network.isOverlay(overlayId)) return overlayId;
  }
  throw new Error('there are as many VPCs with tasks as a VXLAN can tell apart');
}

/**
 * When a host's last tasks of a VPC go, so does its address there; `senders`, hosts with load balancers, keep theirs while any task is there. `gone`:
 * interfaces of tasks.
 */
export function hostInterfacesWithout(
  { resources }: NetworkState,
  gone: readonly NetworkInterface[],
  senders: readonly string[],
): readonly NetworkEvent[] {
  return [...new Set(gone.map(({ vpcId }) => vpcId))].flatMap((vpcId) => {
    const ended = gone.filter((one) => one.vpcId === vpcId);
    if (resources.countBy('vpcTasks', vpcId) <= ended.length) return [...resources.by('vpcHosts', vpcId)].map(deleted);
    const left = hostsWithout(resources.by('vpcTasks', vpcId) as Iterable<NetworkInterface>, ended);
    for (const sender of senders) left.delete(sender);
    return left.size === 0
      ? []
      : [...(resources.by('vpcHosts', vpcId) as Iterable<HostInterface>)]
          .filter(({ hostAddress }) => left.has(hostAddress))
          .map(deleted);
  });
}

/** Those of the ended ones that have no others of these. */
function hostsWithout(all: Iterable<NetworkInterface>, ended: readonly NetworkInterface[]): Set<string> {
  const left = new Set(ended.flatMap(({ hostAddress }) => (hostAddress === undefined ? [] : [hostAddress])));
  const ids = new Set(ended.map(({ id }) => id));
  for (const { id, hostAddress } of all) {
    if (left.size === 0) break;
    if (hostAddress !== undefined && !ids.has(id)) left.delete(hostAddress);
  }
  return left;
}

/** Where other hosts reach an instance, when they can. */
export type HostAddressOf = (instanceId: string) => string | undefined;

/**
 * What a host has to know to reach the tasks of its VPCs that are elsewhere: of each VPC that it has tasks in, or sends to, who has which
 * address behind which host. Instances of one host share its bridges, so it is the host's address that says what is elsewhere.
 */
export function overlaysOf(
  state: NetworkState,
  scope: Scope,
  host: string | undefined,
  hostOf: HostAddressOf,
): readonly VpcOverlay[] {
  if (host === undefined) return [];
  const network = new Network(state, scope);
  return [...network.all('vpc')].sort(byId).flatMap((vpc): readonly VpcOverlay[] => {
    if (vpc.overlayId === undefined) return [];
    const tasks = network.tasksIn(vpc).map((one) => ({ one, hostAddress: one.instanceId && hostOf(one.instanceId) }));
    const hosts = network.hostsIn(vpc);
    const own = hosts.find(({ hostAddress }) => hostAddress === host);
    if (!own && !tasks.some(({ hostAddress }) => hostAddress === host)) return [];
    const elsewhere = [
      ...tasks.flatMap(({ one, hostAddress }) => (hostAddress ? [neighbour(one, hostAddress)] : [])),
      ...hosts.map((one) => neighbour(one, one.hostAddress)),
    ].filter(({ hostAddress }) => hostAddress !== host);
    return [
      {
        vpcId: vpc.id,
        vpcCidrBlock: vpc.cidrBlock,
        overlayId: vpc.overlayId,
        ...(own ? { own: { macAddress: own.macAddress, privateIpv4Address: own.privateIpAddress } } : {}),
        neighbours: elsewhere.sort((a, b) => (a.privateIpv4Address < b.privateIpv4Address ? -1 : 1)),
      },
    ];
  });
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

const neighbour = (
  { macAddress, privateIpAddress }: NetworkInterface | HostInterface,
  hostAddress: string,
): OverlayNeighbour => ({ macAddress, privateIpv4Address: privateIpAddress, hostAddress });
