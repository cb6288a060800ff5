import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const SETTINGS = ['iptables', 'ip6tables'].map((name) => `/proc/sys/net/bridge/bridge-nf-call-${name}`);
const LIMIT_MS = 10_000;

/**
 * Packets between two tasks of a host stay on their bridge, and the kernel shows those to packet filters only where it is told to: the
 * module br_netfilter, and a setting that is everybody's on this host (Kubernetes asks for it, too). Fails where it cannot be had.
 */
export async function showBridgedPackets(): Promise<void> {
  for (const setting of SETTINGS) {
    const now = await readFile(setting, 'utf8').catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await promisify(execFile)('modprobe', ['br_netfilter'], { timeout: LIMIT_MS });
      return readFile(setting, 'utf8');
    });
    if (now.trim() !== '1') await writeFile(setting, '1');
  }
}
