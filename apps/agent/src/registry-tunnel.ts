import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { brokerTls, REGISTRY_PROTOCOL } from '#lib/messaging';
import type { Clock, Logger } from '#lib/platform';

export interface RegistryTunnelOptions {
  /** What images begin with, on every host: `127.0.0.1:5566`. */
  readonly registry: string;
  /** `tls://10.0.0.5:4567`: each an address of the first host. */
  readonly brokers: readonly string[];
  /** The certificate (PEM) of the installation's authority. */
  readonly caFile: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
const LISTEN_RETRY_MS = 10_000;
/** An engine pulls a few layers at a time of a few images. */
const MOST_CONNECTIONS = 200;

/**
 * The installation's own registry on a host that has joined: under the name that its images have on the first host, which engines speak to without
 * TLS because it is the host's own. From here to there it is TLS, and only the installation's. Who may pull what is the registry's to
 * decide, by the password that comes with each task.
 */
export class RegistryTunnel {
  private readonly life = new AbortController();
  private readonly open = new Set<Socket>();
  private server: Server | undefined;

  constructor(
    private readonly options: RegistryTunnelOptions,
    private readonly clock: Pick<Clock, 'sleep'>,
    private readonly logger: Logger,
  ) {}

  /** Listens, as soon as the port is free. Resolves then, or when it was stopped. */
  async start(): Promise<void> {
    const { signal } = this.life;
    while (!signal.aborted) {
      try {
        this.server = await this.listen();
        return;
      } catch (error) {
        const problem = (error as Error).message;
        this.logger.warn(
          { registry: this.options.registry, problem },
          "images of the installation's own registry cannot be pulled",
        );
        await this.clock.sleep(LISTEN_RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  stop(): void {
    this.life.abort(new Error('stopped'));
    this.server?.close();
    for (const socket of this.open) socket.destroy();
  }

  private listen(): Promise<Server> {
    const [host, port] = this.options.registry.split(':') as [string, string];
    const server = createServer({ noDelay: true }, (local) => void this.lead(local));
    server.maxConnections = MOST_CONNECTIONS;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(Number(port), host, () => resolve(server));
    });
  }

  private async lead(local: Socket): Promise<void> {
    this.keep(local);
    const remote = await this.connect();
    if (!remote || local.destroyed) {
      remote?.destroy();
      local.destroy();
      return;
    }
    this.keep(remote);
    local.on('close', () => remote.destroy());
    remote.on('close', () => local.destroySoon());
    local.pipe(remote);
    remote.pipe(local);
  }

  private keep(socket: Socket): void {
    this.open.add(socket);
    socket.on('error', (error) => this.logger.debug({ reason: error.message }, 'a connection to the registry broke'));
    socket.on('close', () => this.open.delete(socket));
  }

  /** The first address that answers; undefined when none does. */
  private async connect(): Promise<TLSSocket | undefined> {
    for (const broker of this.options.brokers) {
      try {
        return await this.connectTo(new URL(broker));
      } catch (error) {
        this.logger.warn({ broker, reason: (error as Error).message }, "the installation's own registry is not reached");
      }
    }
    return undefined;
  }

  private connectTo({ hostname, port }: URL): Promise<TLSSocket> {
    const { ca, servername } = brokerTls(readFileSync(this.options.caFile, 'utf8'));
    const address = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) };
    const options = { ...address, ca, servername, minVersion: 'TLSv1.3', ALPNProtocols: [REGISTRY_PROTOCOL] } as const;
    return new Promise((resolve, reject) => {
      const remote = connectTls(options, () => {
        remote.setTimeout(0);
        remote.setNoDelay();
        // A first host of before takes it for the broker's.
        if (remote.alpnProtocol === REGISTRY_PROTOCOL) return resolve(remote);
        remote.destroy();
        reject(new Error('the first host is of an older version of Longshore'));
      });
      remote.setTimeout(CONNECT_TIMEOUT_MS, () => remote.destroy(new Error('no answer')));
      remote.on('error', reject);
    });
  }
}
