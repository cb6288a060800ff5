import type Docker from 'dockerode';
import { networkInterfaces } from 'node:os';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { hashId } from '#lib/kernel';
import type { Clock } from '#lib/platform';
import { conflictWith, VPC_MTU, type VpcNetwork } from '../domain/vpc-network.js';
import { pauseProgram, type PauseArchitecture } from '../pause/pause-program.js';
import type { EngineInfo, NetworkProvider } from '../ports.js';
import { engineWords, rethrowUnlessAnswered, unlessStatus } from './docker-errors.js';

/** A bridge, its rules and an image of a few hundred bytes: what takes longer waits for something else. */
const LIMIT_MS = 30_000;
const LOOKS = 20;
const LOOK_AGAIN_MS = 250;
const within = () => AbortSignal.timeout(LIMIT_MS);
export const NETWORK_LABEL = 'longshore.vpc-network';
const PAUSE_REPOSITORY = 'longshore/pause';

/** The engine's bridges, one a VPC, and the image of pause containers. What is missing is made; two agents of a host use the same. */
export class DockerNetworkProvider implements Pick<NetworkProvider, 'prepare'> {
  readonly pauseImage: string;
  private readonly program: Buffer;
  private readonly underWay = new Map<string, Promise<unknown>>();

  constructor(
    private readonly docker: Docker,
    architecture: PauseArchitecture,
    private readonly engine: Pick<EngineInfo, 'version'>,
    private readonly clock: Pick<Clock, 'now' | 'sleep'>,
  ) {
    this.program = pauseProgram(architecture);
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
        Options: { ...optionsOf(network), ...gatewayMode(this.engine.version) },
        Labels: { [NETWORK_LABEL]: '1' },
        abortSignal: within(),
      } as Docker.NetworkCreateOptions);
    } catch (error) {
      // Another agent of this host is making it: its range is taken before it is there.
      rethrowUnlessAnswered(error);
      for (let look = 0; !(await this.hasNetwork(network)); look++) {
        if (look === LOOKS) throw error;
        await this.clock.sleep(LOOK_AGAIN_MS);
      }
    }
    return undefined;
  }

  private async hasNetwork({ name }: VpcNetwork): Promise<boolean> {
    const inspected = this.docker.getNetwork(name) as unknown as { inspect(options: object): Promise<unknown> };
    return (await unlessStatus([404], inspected.inspect({ abortSignal: within() }))) !== undefined;
  }

  private async providePause(): Promise<void> {
    const known = this.docker.getImage(this.pauseImage) as unknown as { inspect(options: object): Promise<unknown> };
    if ((await unlessStatus([404], known.inspect({ abortSignal: within() }))) !== undefined) return;
    const files = pack();
    files.entry({ name: 'pause', mode: 0o555, mtime: new Date(this.clock.now()) }, this.program);
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
  'com.docker.network.bridge.name': bridge,
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
