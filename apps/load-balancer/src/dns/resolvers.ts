import { readFile } from 'node:fs/promises';
import { type Clock, type Logger, nameserversIn } from '#lib/platform';

/** A host that moves to another network has other ones. */
const READ_EVERY_MS = 5_000;

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
