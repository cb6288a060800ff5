/** The range that ECS falls back to; outside the kernel's usual ephemeral ports, so that outgoing connections do not collide. */
export const FIRST_DYNAMIC_PORT = 49_153;
export const LAST_DYNAMIC_PORT = 65_535;
/** How often a container is made again with other ports when the engine finds them in use. */
export const MAX_PORT_ATTEMPTS = 20;

const PORTS = LAST_DYNAMIC_PORT - FIRST_DYNAMIC_PORT + 1;

export type Protocol = 'tcp' | 'udp';

/** Which host ports of one instance are held by which container. Ports are given in turn, so a freed one rests for a while. */
export class PortLedger {
  private readonly holders = new Map<string, string>();
  private cursor: number;

  /** `offset` spreads agents that share a host, so that they do not try the same ports in the same order. */
  constructor(offset: number) {
    this.cursor = Math.abs(Math.trunc(offset)) % PORTS;
  }

  /** A port that nobody holds, held from now on; undefined when all are taken. */
  take(protocol: Protocol, holder: string): number | undefined {
    for (let tried = 0; tried < PORTS; tried++) {
      const port = FIRST_DYNAMIC_PORT + this.cursor;
      this.cursor = (this.cursor + 1) % PORTS;
      if (!this.holders.has(key(protocol, port))) {
        this.holders.set(key(protocol, port), holder);
        return port;
      }
    }
    return undefined;
  }

  /** Notes a port that is held already: fixed by a definition, or found on an adopted container. */
  hold(protocol: Protocol, port: number, holder: string): void {
    this.holders.set(key(protocol, port), holder);
  }

  release(holder: string): void {
    for (const [port, held] of this.holders) if (held === holder) this.holders.delete(port);
  }

  isHeld(protocol: Protocol, port: number): boolean {
    return this.holders.has(key(protocol, port));
  }
}

const key = (protocol: Protocol, port: number) => `${protocol}/${port}`;
