import { readFile } from 'node:fs/promises';
import { MOST_NAMESERVERS, nameserversIn } from '#lib/platform';

/**
 * Whom containers ask for names: the load balancer's DNS server, which knows services and asks this host's resolvers for all else; and
 * these themselves for when it is away. One on the host's loopback is nothing to a container.
 */
export async function taskDnsServers(taskDns: string, resolvConf = '/etc/resolv.conf'): Promise<readonly string[]> {
  const own = nameserversIn(await textOf(resolvConf)).filter((address) => !/^(127\.|::1$)/.test(address) && address !== taskDns);
  return [taskDns, ...own].slice(0, MOST_NAMESERVERS);
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
