import { open, readFile, stat } from 'node:fs/promises';
import type { NetworkInterface } from '#lib/ecs/model';
import type { VpcNetwork } from '../domain/vpc-network.js';
import { Iproute2 } from '../iproute2.js';
import type { ContainerSnapshot } from '../ports.js';
import { addLink, joinBridge, linkOf, nameLink, networkOf, useLink } from './domain/link-commands.js';

/** Of nobody. */
const PROBE = 'lsve-probe';
const OWN_NAMESPACE = '/proc/self/ns/net';

interface Veth {
  readonly ifname: string;
  readonly ifalias?: string;
  readonly master?: string;
}

/** A link of this agent's, and the network to which it leads. */
export interface TaskLink {
  readonly link: string;
  readonly network: VpcNetwork;
  /** It hangs on that network's bridge. */
  readonly isJoined: boolean;
}

/** Whether anything is on a bridge of this host, whoever has put it there. */
export const hasMembers = async (bridge: string): Promise<boolean> =>
  (await new Iproute2().list<{ readonly master?: string }>('ip', 'link', 'show')).some(({ master }) => master === bridge);

/**
 * The links between pause containers and the bridges of their VPCs, in the kernel: pairs of virtual Ethernet devices. One goes with the
 * network namespace of its container, whoever ends that.
 */
export class TaskLinks {
  private readonly host = new Iproute2();

  constructor(private readonly owner: string) {}

  /** Done again it changes nothing. Fails with the kernel's words. */
  async connect({ runtimeId, pid }: ContainerSnapshot, network: VpcNetwork, networkInterface: NetworkInterface): Promise<void> {
    if (pid === undefined) throw new Error('its pause container does not run');
    // Held open, so that it is this container's whatever the number of its process means in a moment.
    const namespace = await open(`/proc/${pid}/ns/net`);
    try {
      const belongs = (await readFile(`/proc/${pid}/cgroup`, 'utf8')).includes(runtimeId);
      if (!belongs || (await namespace.stat()).ino === (await stat(OWN_NAMESPACE)).ino)
        throw new Error(`the process ${pid} is not its pause container`);
      const path = `/proc/${process.pid}/fd/${namespace.fd}`;
      const link = linkOf(runtimeId);
      const named = [nameLink(link, this.owner, network), joinBridge(link, network)];
      try {
        await this.host.batch('ip', [addLink(link, networkInterface, path), ...named]);
      } catch (error) {
        if (!/File exists/.test((error as Error).message)) throw error;
        // By an earlier try; or by the engine, for an agent from before.
        if (!(await this.isThere(link))) return;
        await this.host.batch('ip', named);
      }
      await this.host.run(
        ['nsenter', `--net=${path}`, 'ip', '-batch', '-'],
        `${useLink(network, networkInterface).join('\n')}\n`,
      );
    } finally {
      await namespace.close();
    }
  }

  /** One that is not there is gone. */
  async disconnect(pauseId: string): Promise<void> {
    const link = linkOf(pauseId);
    if (await this.isThere(link)) await this.host.batch('ip', [`link del dev ${link}`]);
  }

  async all(): Promise<readonly TaskLink[]> {
    return (await this.veths()).flatMap(({ ifname, ifalias, master }) => {
      const network = networkOf(this.owner, ifalias);
      return network ? [{ link: ifname, network, isJoined: master === network.bridge }] : [];
    });
  }

  async join(links: readonly TaskLink[]): Promise<void> {
    await this.host.batch(
      'ip',
      links.map(({ link, network }) => joinBridge(link, network)),
    );
  }

  /** Fails where this process may not, or tools are missing. */
  async tryOut(): Promise<void> {
    await this.host.run(['nsenter', `--net=${OWN_NAMESPACE}`, 'ip', '-V']);
    if ((await this.veths()).some(({ ifname }) => ifname === PROBE)) await this.host.batch('ip', [`link del dev ${PROBE}`]);
    await this.host.batch('ip', [`link add name ${PROBE} type veth peer name ${PROBE}2`, `link del dev ${PROBE}`]);
  }

  private veths(): Promise<readonly Veth[]> {
    return this.host.list<Veth>('ip', 'link', 'show', 'type', 'veth');
  }

  private async isThere(link: string): Promise<boolean> {
    return (await this.veths()).some(({ ifname }) => ifname === link);
  }
}
