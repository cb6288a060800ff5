import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { processIsOver } from './process-is-over.js';

export interface NetworkUse {
  /** Containers that share it have these counters in common. */
  readonly namespace: string;
  /** Of all its interfaces but loopback, since they were made. */
  readonly rxBytes: number;
  readonly txBytes: number;
}

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
      return { namespace, ...countersOf(await readFile(join(this.proc, String(pid), 'net/dev'), 'utf8')) };
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

/** `  eth0: <received bytes> <packets> <errs> <drop> <fifo> <frame> <compressed> <multicast> <sent bytes> …`, below two lines of head. */
function countersOf(text: string): Omit<NetworkUse, 'namespace'> {
  let [rxBytes, txBytes] = [0, 0];
  for (const line of text.trim().split('\n').slice(2)) {
    const [name, counters = ''] = line.trim().split(/:\s*/);
    if (name === 'lo') continue;
    const fields = counters.split(/\s+/);
    rxBytes += Number(fields[0]);
    txBytes += Number(fields[8]);
  }
  return { rxBytes, txBytes };
}
