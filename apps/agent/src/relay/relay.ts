import { createServer, type Server, type Socket } from 'node:net';
import type { Clock, Logger } from '#lib/platform';

export interface RelayOptions {
  /** For the log. */
  readonly name: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** The first address that answers; undefined when none does. */
  readonly connect: () => Promise<Socket | undefined>;
  /** What is beyond is closed at once. */
  readonly mostConnections: number;
  readonly mostConnectionsOfAddress?: number;
  /** Whether who comes from there may; without it all may. */
  readonly admits?: (address: string) => boolean;
}

const LISTEN_RETRY_MS = 10_000;

/** Leads bytes both ways between those who connect here and what is elsewhere, and reads none of them. */
export class Relay {
  private readonly life = new AbortController();
  private readonly open = new Set<Socket>();
  private readonly ofAddress = new Map<string, number>();
  private server: Server | undefined;

  constructor(
    private readonly options: RelayOptions,
    private readonly clock: Pick<Clock, 'sleep'>,
    private readonly logger: Logger,
  ) {}

  /** Listens, as soon as the address is there and the port is free. Resolves then, or when it was stopped. */
  async start(): Promise<void> {
    const { signal } = this.life;
    const { name, listen } = this.options;
    for (let said = false; !signal.aborted; said = true) {
      try {
        this.server = await this.listen();
        if (signal.aborted) this.server.close();
        return;
      } catch (error) {
        const problem = (error as Error).message;
        if (!said) this.logger.warn({ ...listen, problem }, `${name} cannot be reached from here yet`);
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
    const server = createServer({ noDelay: true, allowHalfOpen: false }, (local) => void this.lead(local));
    server.maxConnections = this.options.mostConnections;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.options.listen, () => resolve(server));
    });
  }

  private async lead(local: Socket): Promise<void> {
    this.keep(local);
    if (!this.takes(local)) return void local.destroy();
    const remote = await this.options.connect();
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

  private takes(local: Socket): boolean {
    const { admits, mostConnectionsOfAddress = Infinity } = this.options;
    const address = local.remoteAddress ?? '';
    if (admits && !admits(address)) {
      this.logger.warn({ address, of: this.options.name }, 'a connection that is from no task of this host is refused');
      return false;
    }
    const count = this.ofAddress.get(address) ?? 0;
    if (count >= mostConnectionsOfAddress) return false;
    this.ofAddress.set(address, count + 1);
    local.once('close', () => {
      const left = this.ofAddress.get(address)! - 1;
      if (left > 0) this.ofAddress.set(address, left);
      else this.ofAddress.delete(address);
    });
    return true;
  }

  private keep(socket: Socket): void {
    this.open.add(socket);
    socket.on('error', (error) => this.logger.debug({ reason: error.message, of: this.options.name }, 'a connection broke'));
    socket.on('close', () => this.open.delete(socket));
  }
}
