import { constants, existsSync } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NetworkInterface } from '#lib/ecs/model';
import { NAME_FILES, type NameFile, nameFiles } from '../domain/name-files.js';
import type { PauseContainer } from '../domain/pause-spec.js';
import type { Mount } from '../domain/task-volumes.js';
import type { VpcNetwork } from '../domain/vpc-network.js';
import type { ContainerSnapshot, NetworkProvider } from '../ports.js';
import type { TaskLinks } from './task-links.js';

export interface LinkedNetworksDeps {
  readonly bridges: Pick<NetworkProvider, 'prepare'> & { readonly pauseImage: string };
  readonly links: Pick<TaskLinks, 'connect' | 'disconnect' | 'tryOut'>;
  /** Where the engine has a directory for each container, which goes with it. */
  readonly containers: string;
  readonly resolvConf: string;
}

const IPV6 = '/proc/sys/net/ipv6/conf/all/disable_ipv6';

/**
 * The networks of tasks with an address of their own: bridges of the engine's, onto which the agent puts the pause containers itself. The
 * engine would take several times as long: for each it starts itself twice more and iptables eleven times (adr/0027).
 */
export class LinkedNetworks implements NetworkProvider {
  readonly pause: PauseContainer;

  constructor(private readonly deps: LinkedNetworksDeps) {
    // A VPC has IPv4 only. Where the kernel knows no other there is nothing to turn off.
    const sysctls: Record<string, string> = existsSync(IPV6) ? { 'net.ipv6.conf.all.disable_ipv6': '1' } : {};
    this.pause = { image: deps.bridges.pauseImage, sysctls };
  }

  prepare(network: VpcNetwork): Promise<string | undefined> {
    return this.deps.bridges.prepare(network);
  }

  /** Where the engine keeps them of containers whose network it makes. */
  nameFilesOf(pauseId: string): readonly Mount[] {
    return NAME_FILES.map((name) => ({ source: this.pathOf(pauseId, name), target: `/etc/${name}`, readOnly: false }));
  }

  async writeNameFiles(pauseId: string, networkInterface: NetworkInterface): Promise<void> {
    const texts = nameFiles(networkInterface, this.deps.resolvConf);
    await Promise.all(NAME_FILES.map((name) => writeFile(this.pathOf(pauseId, name), texts[name], { mode: 0o644 })));
  }

  async connect(pause: ContainerSnapshot, network: VpcNetwork, networkInterface: NetworkInterface): Promise<string | undefined> {
    try {
      await this.deps.links.connect(pause, network, networkInterface);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  disconnect(pauseId: string): Promise<void> {
    return this.deps.links.disconnect(pauseId);
  }

  /** Fails where this agent may not do all that. */
  async tryOut(): Promise<void> {
    await access(this.deps.containers, constants.W_OK | constants.X_OK);
    await this.deps.links.tryOut();
  }

  private pathOf(pauseId: string, name: NameFile): string {
    return join(this.deps.containers, pauseId, name);
  }
}
