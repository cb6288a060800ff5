import { type AddressInfo, createServer, type Socket } from 'node:net';
import { ask, TestPlane, TestTarget } from './haproxy.js';
import { forwardTo, ProxyWorld } from './proxy-world.js';
import type { TargetGroup } from '../../apps/load-balancer/src/domain/model.js';

export const PORT = 8080;
export const QUICK = { 'longshore.health_check.interval_ms': '100' };

/** Load balancers, HAProxys and targets of one suite. `network`: the first three numbers of its addresses, no other suite's: suites run at the same time. */
export class BalancedPlanes {
  private nextAddress = 1;
  private readonly open: { stop(): Promise<void> }[] = [];

  constructor(private readonly network: string) {}

  async stop(): Promise<void> {
    for (const opened of this.open.splice(0).reverse()) await opened.stop();
  }

  /** Is stopped with the others. */
  add(opened: { stop(): Promise<void> }): void {
    this.open.push(opened);
  }

  address(): string {
    return `${this.network}.${this.nextAddress++}`;
  }

  async target(answerMs?: number): Promise<TestTarget> {
    const listening = await TestTarget.listen(answerMs);
    this.add({ stop: () => listening.close() });
    return listening;
  }

  /** A TCP server, whose clients may leave as they like. */
  async listen(serve: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      serve(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.add({
      stop: () => {
        for (const socket of sockets) socket.destroy();
        return new Promise((resolve) => server.close(() => resolve()));
      },
    });
    return (server.address() as AddressInfo).port;
  }

  async plane(world: ProxyWorld, directory?: string): Promise<TestPlane> {
    const opened = await TestPlane.open(world.state, {}, directory);
    this.add(opened);
    return opened;
  }

  /** A load balancer on an address of its own, and a target group that its default rule forwards to. */
  balanced(attributes: Record<string, string> = {}, healthCheck: Partial<TargetGroup['healthCheck']> = {}) {
    const world = new ProxyWorld();
    const host = this.address();
    const loadBalancer = world.loadBalancer('web', host);
    const group = world.targetGroup('first', { attributes: { ...QUICK, ...attributes } }, healthCheck);
    const listener = world.listener(loadBalancer, PORT, forwardTo(group));
    const get = (path: string, headers: Record<string, string> = {}) => ask({ host, port: PORT, path, headers, agent: false });
    return { world, host, loadBalancer, group, listener, get };
  }
}
