import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { MOST_NAMESERVERS, nameserversIn } from '#lib/platform';

/**
 * Whom containers ask for names: the load balancer's DNS server, which knows services and asks this host's resolvers for all else; and
 * these themselves for when it is away. One on the host's loopback is nothing to a container.
 */
export async function taskDnsServers(taskDns: string, resolvConf = '/etc/resolv.conf'): Promise<readonly string[]> {
  const own = nameserversIn(await textOf(resolvConf)).filter((address) => !isLoopback(address) && address !== taskDns);
  return [taskDns, ...own].slice(0, MOST_NAMESERVERS);
}

/** Where systemd-resolved listens on the loopback, this has the servers that it asks itself. */
const RESOLVED = '/run/systemd/resolve/resolv.conf';

/** The resolv.conf of containers whose network is not the engine's; `dnsServers`: what they are given to ask. */
export async function taskResolvConf(dnsServers: readonly string[] | undefined): Promise<string> {
  const own = await textOf('/etc/resolv.conf');
  const isReached = nameserversIn(own).some((address) => !isLoopback(address));
  return resolvConf(isReached || dnsServers ? own : (await textOf(RESOLVED)) || own, dnsServers);
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Those that the engine takes where a host names none that a container reaches. */
const PUBLIC_RESOLVERS = ['8.8.8.8', '8.8.4.4'];

/** `own`: the host's; its servers count where none are given. Of all of them those that a task reaches (a VPC has IPv4 only); and what it says of searches. */
export function resolvConf(own: string, dnsServers: readonly string[] | undefined): string {
  const reached = (dnsServers ?? nameserversIn(own)).filter((address) => isIPv4(address) && !isLoopback(address));
  const servers = reached.length > 0 ? reached : PUBLIC_RESOLVERS;
  const others = own.split('\n').filter((line) => /^\s*(search|domain|options)\s/.test(line));
  return [...servers.map((address) => `nameserver ${address}`), ...others, ''].join('\n');
}

const isLoopback = (address: string): boolean => /^(127\.|::1$)/.test(address);
