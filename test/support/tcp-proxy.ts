import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP connection that loses what the test wants lost, for real clients of real servers. */
export class TcpProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private swallowed: 'nothing' | 'requests' | 'answers' = 'nothing';

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(targetPort: number, targetHost = '127.0.0.1'): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new TcpProxy(server, (server.address() as { port: number }).port);
    server.on('connection', (client) => proxy.join(client, connect(targetPort, targetHost)));
    return proxy;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** From now on one direction leads nowhere. `cut` ends it: a byte stream with a hole is of no use. */
  swallow(direction: 'requests' | 'answers'): void {
    this.swallowed = direction;
  }

  /** Breaks every connection; the next ones work. */
  cut(): void {
    this.swallowed = 'nothing';
    for (const [client, target] of this.pairs) {
      client.destroy();
      target.destroy();
    }
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, target: Socket): void {
    const pair = [client, target] as const;
    this.pairs.add(pair);
    client.on('data', (bytes) => this.swallowed !== 'requests' && target.write(bytes));
    target.on('data', (bytes) => this.swallowed !== 'answers' && client.write(bytes));
    for (const socket of pair) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.pairs.delete(pair);
        client.destroy();
        target.destroy();
      });
    }
  }
}
