import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { networkCounters, type NetworkUse } from './domain/network-use.js';
import { processIsOver } from './process-is-over.js';

/** What went through a container's network, as the kernel counts it in the namespace of its process. */
export class NetworkReader {
  private own: string | undefined;

  constructor(private readonly proc = '/proc') {}

  /** Undefined: the process has ended, is on its host's network, or may not be looked into (an agent that is not root). */
  async read(pid: number): Promise<NetworkUse | undefined> {
    this.own ??= await this.namespaceOf('self');
    try {
      const namespace = await this.namespaceOf(String(pid));
      if (namespace === this.own) return undefined;
      return { namespace, ...networkCounters(await readFile(join(this.proc, String(pid), 'net/dev'), 'utf8')) };
    } catch (error) {
      if (processIsOver(error) || isForbidden(error)) return undefined;
      throw error;
    }
  }

  private namespaceOf(process: string): Promise<string> {
    return readlink(join(this.proc, process, 'ns/net'));
  }
}

const isForbidden = (error: unknown): boolean => ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
