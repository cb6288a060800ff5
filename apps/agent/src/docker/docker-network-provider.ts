import type Docker from 'dockerode';
import { networkInterfaces } from 'node:os';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { cidrsOverlap, hashId, parseCidr } from '#lib/kernel';
import type { Clock, Logger } from '#lib/platform';
import { conflictWith, VPC_MTU, type VpcNetwork } from '../domain/vpc-network.js';
import { pauseProgram, type PauseArchitecture } from '../pause/pause-program.js';
import type { EngineInfo, NetworkProvider } from '../ports.js';
import { answered, engineWords, rethrowUnlessAnswered, unlessStatus } from './docker-errors.js';

/** A bridge, its rules and an image of a few hundred bytes: what takes longer waits for something else. */
const LIMIT_MS = 30_000;
const LOOKS = 20;
const LOOK_AGAIN_MS = 250;
const within = () => AbortSignal.timeout(LIMIT_MS);
export const NETWORK_LABEL = 'longshore.vpc-network';
const BRIDGE_NAME = 'com.docker.network.bridge.name';
const PAUSE_REPOSITORY = 'longshore/pause';

export interface DockerNetworkProviderDeps {
  readonly docker: Docker;
  readonly architecture: PauseArchitecture;
  readonly engine: Pick<EngineInfo, 'version'>;
  /** Whether a task, or the way to another host, is on a bridge; of one that is not there: no. */
  readonly isUsed: (bridge: string) => Promise<boolean>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly logger: Logger;
}

/** The engine's bridges, one a VPC, and the image of pause containers. What is missing is made; two agents of a host use the same. */
export class DockerNetworkProvider implements Pick<NetworkProvider, 'prepare'> {
  readonly pauseImage: string;
  private readonly program: Buffer;
  private readonly underWay = new Map<string, Promise<unknown>>();

  private readonly docker: Docker;

  constructor(private readonly deps: DockerNetworkProviderDeps) {
    this.docker = deps.docker;
    this.program = pauseProgram(deps.architecture);
    this.pauseImage = `${PAUSE_REPOSITORY}:${hashId('pause', this.program.toString('hex')).slice(0, 12)}`;
  }

  async prepare(network: VpcNetwork): Promise<string | undefined> {
    try {
      const [reason] = await Promise.all([
        this.once(network.name, () => this.provideNetwork(network)),
        this.once('pause', () => this.providePause()),
      ]);
      return reason;
    } catch (error) {
      rethrowUnlessAnswered(error);
      return engineWords(error);
    }
  }

  /** Many tasks begin at once, and one of them makes it. */
  private once<T>(what: string, work: () => Promise<T>): Promise<T> {
    const known = this.underWay.get(what) as Promise<T> | undefined;
    if (known) return known;
    const begun = work().finally(() => this.underWay.delete(what));
    this.underWay.set(what, begun);
    return begun;
  }

  /** A sentence when the host cannot have it. */
  private async provideNetwork(network: VpcNetwork): Promise<string | undefined> {
    if (await this.hasNetwork(network)) return undefined;
    const conflict = conflictWith(network, ownAddresses());
    if (conflict) return conflict;
    try {
      await this.docker.createNetwork({
        Name: network.name,
        Driver: 'bridge',
        CheckDuplicate: true,
        IPAM: { Driver: 'default', Config: [{ Subnet: network.cidrBlock, Gateway: network.gateway }] },
        Options: { ...optionsOf(network), ...gatewayMode(this.deps.engine.version) },
        Labels: { [NETWORK_LABEL]: '1' },
        abortSignal: within(),
      } as Docker.NetworkCreateOptions);
    } catch (error) {
      rethrowUnlessAnswered(error);
      if (await this.makeWayFor(network)) return this.provideNetwork(network);
      // Another agent of this host is making it: its range is taken before it is there.
      for (let look = 0; !(await this.hasNetwork(network)); look++) {
        if (look === LOOKS) throw error;
        await this.deps.clock.sleep(LOOK_AGAIN_MS);
      }
    }
    return undefined;
  }

  /**
   * A VPC that is deleted leaves its network on each host that had tasks of it. One that nobody is on is made again in a moment when it is
   * needed: it goes when another VPC's has its range. Whether one went.
   */
  private async makeWayFor({ name, cidrBlock }: VpcNetwork): Promise<boolean> {
    const range = parseCidr(cidrBlock)!;
    const query = { filters: { label: [NETWORK_LABEL] }, abortSignal: within() };
    const others = (await answered(this.docker.listNetworks(query))).filter((other) => other.Name !== name);
    let went = false;
    for (const { Id, Name, IPAM, Options } of others) {
      const ranges = (IPAM?.Config ?? []).flatMap(({ Subnet = '' }) => parseCidr(Subnet) ?? []);
      const isInTheWay = ranges.some((other) => cidrsOverlap(other, range));
      if (!isInTheWay || (await this.deps.isUsed(Options?.[BRIDGE_NAME] ?? '')) || !(await this.remove(Id))) continue;
      this.deps.logger.info({ network: Name, for: name }, 'a network without tasks went for that of another VPC with its range');
      went = true;
    }
    return went;
  }

  /** False: containers are on it. */
  private async remove(id: string): Promise<boolean> {
    const network = this.docker.getNetwork(id);
    const removed = unlessStatus([404], network.remove({ abortSignal: within() })).then(() => true);
    return (await unlessStatus([403], removed)) ?? false;
  }

  private async hasNetwork({ name }: VpcNetwork): Promise<boolean> {
    const inspected = this.docker.getNetwork(name) as unknown as { inspect(options: object): Promise<unknown> };
    return (await unlessStatus([404], inspected.inspect({ abortSignal: within() }))) !== undefined;
  }

  private async providePause(): Promise<void> {
    const known = this.docker.getImage(this.pauseImage) as unknown as { inspect(options: object): Promise<unknown> };
    if ((await unlessStatus([404], known.inspect({ abortSignal: within() }))) !== undefined) return;
    const files = pack();
    files.entry({ name: 'pause', mode: 0o555, mtime: new Date(this.deps.clock.now()) }, this.program);
    files.finalize();
    const progress = await this.docker.importImage(Readable.from(files), {
      repo: PAUSE_REPOSITORY,
      tag: this.pauseImage.slice(PAUSE_REPOSITORY.length + 1),
      changes: ['CMD ["/pause"]'],
      abortSignal: within(),
    });
    await new Promise<void>((resolve, reject) => {
      this.docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
    });
  }
}

const optionsOf = ({ bridge }: VpcNetwork) => ({
  [BRIDGE_NAME]: bridge,
  'com.docker.network.driver.mtu': String(VPC_MTU),
});

/**
 * Engines from 28 on drop what comes for a container's own address from elsewhere than its bridge, in the table `raw`, before security groups
 * are asked; not in networks of this mode. Older ones know none of that: 27 refuses the mode.
 * https://docs.docker.com/engine/network/port-publishing/#gateway-modes
 */
export const gatewayMode = (engineVersion: string): Record<string, string> =>
  Number.parseInt(engineVersion, 10) >= 28 ? { 'com.docker.network.bridge.gateway_mode_ipv4': 'nat-unprotected' } : {};

const ownAddresses = () =>
  Object.entries(networkInterfaces()).flatMap(([interfaceName, addresses = []]) =>
    addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => ({ interfaceName, address })),
  );
