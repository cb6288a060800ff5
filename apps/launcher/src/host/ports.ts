import { createServer, type ListenOptions, type Server } from 'node:net';

export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = await listening({ port, host, exclusive: true });
  if (!server) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** The first free loopback port from `from` on that is not in `taken`. Low and steady, so that people find it again. */
export async function freePortFrom(from: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let port = from; port < from + 1_000 && port < 65_536; port++) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port from ${from} on`);
}

/**
 * Ports of this process's choice that other launchers leave alone, from the choice on: whom a port is chosen for listens there only
 * a second later. The sign is an abstract socket of that name: it lies in the same network namespace as the port, and goes with
 * the process.
 */
export class PortClaims {
  private readonly claims = new Map<number, Server>();

  async firstFree(from: number): Promise<number> {
    for (let port = from; port < from + 1_000 && port < 65_536; port++) {
      if (this.claims.has(port) || !(await this.claim(port))) continue;
      if (await isFree(port)) return port;
      this.release(port);
    }
    throw new Error(`no free port from ${from} on`);
  }

  /** False when another launcher has it. */
  async claim(port: number): Promise<boolean> {
    if (this.claims.has(port)) return true;
    const server = await listening({ path: `\0longshore-port-${port}` });
    if (!server) return false;
    server.unref();
    this.claims.set(port, server);
    return true;
  }

  release(port: number): void {
    this.claims.get(port)?.close();
    this.claims.delete(port);
  }
}

function listening(options: ListenOptions): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen(options, () => resolve(server));
  });
}
