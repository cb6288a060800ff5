import type { VpcOverlay } from '#lib/ecs/model';
import { vpcNetwork } from '../../domain/vpc-network.js';

/** https://www.iana.org/assignments/service-names-port-numbers: vxlan */
export const VXLAN_PORT = 4789;
/**
 * Of the device, not of tasks, which have 50 bytes less than a segment of 1500 (VPC_MTU). What is larger (of tasks from before, of hosts that route)
 * is sent in fragments instead of being lost.
 */
const DEVICE_MTU = 1_500;

/** The device that leads from a VPC's bridge to the other hosts. Linux allows 15 characters. */
export const deviceOf = (bridge: string): string => bridge.replace('lsvpc', 'lsvx');
export const bridgeOf = (device: string): string => device.replace('lsvx', 'lsvpc');
export const isDevice = (name: string): boolean => /^lsvx[0-9a-f]{8}$/.test(name);

/** What the kernel has for one VPC, as `ip` and `bridge` tell it. */
export interface OverlayState {
  /** `own`: of the host alone; the router's is a range's. */
  readonly bridge?: { readonly mac: string; readonly own: readonly string[] };
  readonly device?: {
    readonly overlayId: number;
    readonly master?: string;
    readonly isUp: boolean;
    /** Whether it keeps broadcasts and what nobody is known for to its host, and answers for those that are known. */
    readonly isQuiet: boolean;
  };
  /** "mac host" of frames to other hosts, and the MACs that the bridge sends to the device. */
  readonly tunnels: readonly string[];
  readonly forwarded: readonly string[];
  /** "address mac" */
  readonly neighbours: readonly string[];
  /** "address source" */
  readonly routes: readonly string[];
}

/** Lines for `ip -batch`, and for `bridge -batch` (`fdb`), in this order. */
export interface OverlayCommands {
  readonly remove: readonly string[];
  readonly links: readonly string[];
  readonly fdb: readonly string[];
  readonly addresses: readonly string[];
}

export const isNothing = ({ remove, links, fdb, addresses }: OverlayCommands): boolean =>
  remove.length + links.length + fdb.length + addresses.length === 0;

const first = (text: string): string => text.split(' ')[0]!;
const second = (text: string): string => text.split(' ')[1]!;

/**
 * From what the kernel has to what the control plane says. Nothing is learned from packets and nothing is asked of other hosts: every task
 * elsewhere is an entry, and the bridge answers ARP for it. So no broadcast leaves the host, and all hosts can be the router at the same address.
 */
export function overlayCommands(overlay: VpcOverlay, owner: string, seen: OverlayState): OverlayCommands {
  const { bridge } = vpcNetwork(overlay);
  const device = deviceOf(bridge);
  const { own, neighbours } = overlay;
  const isSame = seen.device?.overlayId === overlay.overlayId;
  const known = isSame ? seen : { ...seen, tunnels: [], forwarded: [] };
  const wanted = {
    tunnels: neighbours.map((one) => `${one.macAddress} ${one.hostAddress}`),
    forwarded: neighbours.map(({ macAddress }) => macAddress),
    neighbours: neighbours.map((one) => `${one.privateIpv4Address} ${one.macAddress}`),
    routes: own ? neighbours.map((one) => `${one.privateIpv4Address} ${own.privateIpv4Address}`) : [],
  };
  const gone = (all: readonly string[], now: readonly string[]): readonly string[] => {
    const kept = new Set(now.map(first));
    return [...new Set(all.map(first))].filter((one) => !kept.has(one));
  };
  const isReady = isSame && seen.device?.master === bridge && seen.device.isUp && seen.device.isQuiet;
  const surplus = known.tunnels.filter((one) => !wanted.tunnels.includes(one));
  return {
    remove: seen.device && !isSame ? [`link del dev ${device}`] : [],
    links: [
      ...(isSame
        ? []
        : [
            `link add name ${device} mtu ${DEVICE_MTU} type vxlan id ${overlay.overlayId} dstport ${VXLAN_PORT} nolearning`,
            `link set dev ${device} alias ${owner}`,
          ]),
      ...(isReady
        ? []
        : [
            `link set dev ${device} master ${bridge}`,
            `link set dev ${device} type bridge_slave learning off flood off mcast_flood off bcast_flood off neigh_suppress on`,
            `link set dev ${device} up`,
          ]),
      ...(own && seen.bridge?.mac !== own.macAddress ? [`link set dev ${bridge} address ${own.macAddress}`] : []),
    ],
    fdb: [
      // A task that moved has another host behind the same address: the old one goes first.
      ...surplus.map((one) => `fdb del ${first(one)} dev ${device} dst ${second(one)} self`),
      ...gone(known.forwarded, wanted.forwarded).map((mac) => `fdb del ${mac} dev ${device} master`),
      ...missing(wanted.tunnels, known.tunnels).map(
        (one) => `fdb replace ${first(one)} dev ${device} dst ${second(one)} self static`,
      ),
      ...missing(wanted.forwarded, known.forwarded).map((mac) => `fdb replace ${mac} dev ${device} master static`),
    ],
    addresses: [
      ...gone(seen.routes, wanted.routes).map((address) => `route del ${address}/32 dev ${bridge}`),
      ...gone(seen.neighbours, wanted.neighbours).map((address) => `neigh del ${address} dev ${bridge}`),
      ...ownAddresses(bridge, own?.privateIpv4Address, seen),
      ...missing(wanted.neighbours, seen.neighbours).map(
        (one) => `neigh replace ${first(one)} lladdr ${second(one)} dev ${bridge} nud permanent`,
      ),
      ...missing(wanted.routes, seen.routes).map((one) => `route replace ${first(one)}/32 dev ${bridge} src ${second(one)}`),
    ],
  };
}

function missing(wanted: readonly string[], seen: readonly string[]): readonly string[] {
  const there = new Set(seen);
  return wanted.filter((one) => !there.has(one));
}

/** Beside the router's, the bridge has one more address at most. */
function ownAddresses(bridge: string, wanted: string | undefined, { bridge: seen }: OverlayState): readonly string[] {
  const there = seen?.own ?? [];
  return [
    ...there.filter((address) => address !== wanted).map((address) => `address del ${address}/32 dev ${bridge}`),
    ...(wanted === undefined || there.includes(wanted) ? [] : [`address add ${wanted}/32 dev ${bridge}`]),
  ];
}

/** Of a VPC that the host has nothing of any more: the bridge stays the engine's. The device, by which all of it is found, goes last. */
export const withdrawal = (device: string, seen: OverlayState): OverlayCommands => ({
  remove: [],
  links: [],
  fdb: [],
  addresses: [
    ...seen.routes.map((one) => `route del ${first(one)}/32 dev ${bridgeOf(device)}`),
    ...seen.neighbours.map((one) => `neigh del ${first(one)} dev ${bridgeOf(device)}`),
    ...ownAddresses(bridgeOf(device), undefined, seen),
    ...(seen.device ? [`link del dev ${device}`] : []),
  ],
});
