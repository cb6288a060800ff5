import { writeFile } from 'node:fs/promises';
import { Iproute2 } from '../iproute2.js';
import { type OverlayCommands, deviceOf, isDevice, type OverlayState } from './domain/overlay-commands.js';

/** Of no VPC. */
const PROBE = { device: 'lsvx-probe', overlayId: 2 ** 24 - 1 } as const;

interface Link {
  readonly ifname: string;
  readonly ifalias?: string;
  readonly master?: string;
  readonly flags: readonly string[];
  readonly address: string;
  readonly linkinfo?: {
    readonly info_data?: { readonly id?: number };
    readonly info_slave_data?: Readonly<Record<'learning' | 'flood' | 'mcast_flood' | 'bcast_flood' | 'neigh_suppress', boolean>>;
  };
}

/** The devices, entries and routes of one agent's overlays, in the kernel. */
export interface OverlayKernel {
  /** The devices that this agent has made. */
  devices(): Promise<readonly string[]>;
  seen(bridge: string): Promise<OverlayState>;
  carryOut(commands: OverlayCommands, bridge: string): Promise<void>;
}

/** iproute2 of the host; `within` leads there. */
export class Iproute implements OverlayKernel {
  private readonly host: Iproute2;

  constructor(
    private readonly owner: string,
    within: readonly string[] = [],
    private readonly set: (path: string, value: string) => Promise<void> = writeFile,
  ) {
    this.host = new Iproute2(within);
  }

  async devices(): Promise<readonly string[]> {
    const links = await this.host.list<Link>('ip', '-d', 'link', 'show', 'type', 'vxlan');
    return links.filter(({ ifname, ifalias }) => isDevice(ifname) && ifalias === this.owner).map(({ ifname }) => ifname);
  }

  async seen(bridge: string): Promise<OverlayState> {
    const device = deviceOf(bridge);
    const links = new Map((await this.host.list<Link>('ip', '-d', 'link', 'show')).map((link) => [link.ifname, link]));
    const [own, lead] = [links.get(bridge), links.get(device)];
    const fdb = lead ? await this.host.list<FdbEntry>('bridge', 'fdb', 'show', 'dev', device) : [];
    return {
      ...(own ? { bridge: { mac: own.address, own: await this.ownAddresses(bridge) } } : {}),
      ...(lead ? { device: deviceState(lead) } : {}),
      tunnels: fdb.flatMap(({ mac, dst }) => (dst === undefined ? [] : [`${mac} ${dst}`])),
      forwarded: fdb.flatMap(({ mac, master, state }) => (master !== undefined && state === 'static' ? [mac] : [])),
      neighbours: own
        ? (await this.host.list<NeighbourEntry>('ip', '-4', 'neigh', 'show', 'dev', bridge, 'nud', 'permanent')).map(
            ({ dst, lladdr }) => `${dst} ${lladdr}`,
          )
        : [],
      // Without a length: of one address.
      routes: own
        ? (await this.host.list<RouteEntry>('ip', '-4', 'route', 'show', 'dev', bridge)).flatMap(({ dst, prefsrc }) =>
            dst.includes('/') || prefsrc === undefined ? [] : [`${dst} ${prefsrc}`],
          )
        : [],
    };
  }

  async carryOut({ remove, links, fdb, addresses }: OverlayCommands, bridge: string): Promise<void> {
    await this.host.batch('ip', remove);
    // Neighbours that have learned the router's MAC hear of another one at once.
    if (links.length > 0) await this.set(`/proc/sys/net/ipv4/conf/${bridge}/arp_notify`, '1');
    await this.host.batch('ip', links);
    await this.host.batch('bridge', fdb);
    await this.host.batch('ip', addresses);
  }

  /** Fails where this process may not, or the kernel or iproute2 cannot. */
  async tryOut(): Promise<void> {
    const { device, overlayId } = PROBE;
    await this.host.run(['bridge', '-V']);
    const there = await this.host.list<Link>('ip', 'link', 'show', 'type', 'vxlan');
    if (there.some(({ ifname }) => ifname === device)) await this.host.batch('ip', [`link del dev ${device}`]);
    await this.host.batch('ip', [
      `link add name ${device} type vxlan id ${overlayId} dstport 0 nolearning`,
      `link del dev ${device}`,
    ]);
  }

  private async ownAddresses(bridge: string): Promise<readonly string[]> {
    const [shown] = await this.host.list<AddressEntry>('ip', '-4', 'address', 'show', 'dev', bridge);
    return (shown?.addr_info ?? []).filter(({ prefixlen }) => prefixlen === 32).map(({ local }) => local);
  }
}

interface FdbEntry {
  readonly mac: string;
  readonly dst?: string;
  readonly master?: string;
  readonly state: string;
}
interface NeighbourEntry {
  readonly dst: string;
  readonly lladdr: string;
}
interface RouteEntry {
  readonly dst: string;
  readonly prefsrc?: string;
}
interface AddressEntry {
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
}

function deviceState({ linkinfo, master, flags }: Link): OverlayState['device'] {
  const { learning, flood, mcast_flood, bcast_flood, neigh_suppress } =
    linkinfo?.info_slave_data ?? ({} as Record<string, boolean>);
  return {
    overlayId: linkinfo?.info_data?.id ?? 0,
    master,
    isUp: flags.includes('UP'),
    isQuiet: [learning, flood, mcast_flood, bcast_flood].every((isOn) => isOn === false) && neigh_suppress === true,
  };
}
