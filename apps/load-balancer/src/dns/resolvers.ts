import { isIP } from 'node:net';
import { readFile } from 'node:fs/promises';
import type { Clock, Logger } from '#lib/platform';

/** glibc reads three. */
const MOST_RESOLVERS = 3;
/** A host that moves to another network has other ones. */
const READ_EVERY_MS = 5_000;

/** `nameserver` lines of resolv.conf(5). */
export const nameserversIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((address) => isIP(address) !== 0)
    .slice(0, MOST_RESOLVERS);

/** The resolvers of this host, as they are now. */
export class HostResolvers {
  private known: Promise<readonly string[]> | undefined;
  private readAtMs = -Infinity;

  constructor(
    private readonly path: string,
    /** Addresses of this server itself: asked by it, it would ask itself. */
    private readonly own: ReadonlySet<string>,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  addresses(): Promise<readonly string[]> {
    const nowMs = this.clock.monotonicMs();
    if (this.known && nowMs - this.readAtMs < READ_EVERY_MS) return this.known;
    this.readAtMs = nowMs;
    return (this.known = this.read());
  }

  private async read(): Promise<readonly string[]> {
    try {
      return nameserversIn(await readFile(this.path, 'utf8')).filter((address) => !this.own.has(address));
    } catch (error) {
      this.logger.warn({ err: error, path: this.path }, 'the resolvers of this host cannot be read: only own names are answered');
      return [];
    }
  }
}
