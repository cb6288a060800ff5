import type { NetworkInterface } from '#lib/ecs/model';
import { nameserversIn } from '#lib/platform';

/** What the containers of a task with an address of its own find in /etc, beside the name of their host. */
export const NAME_FILES = ['hosts', 'resolv.conf'] as const;
export type NameFile = (typeof NAME_FILES)[number];

/** Those that the engine takes where a host names none that a container reaches. */
const PUBLIC_RESOLVERS = ['8.8.8.8', '8.8.4.4'];

export const nameFiles = (
  { privateIpv4Address, privateDnsName }: NetworkInterface,
  resolvers: string,
): Readonly<Record<NameFile, string>> => ({
  hosts: [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    `${privateIpv4Address}\t${privateDnsName} ${privateDnsName.split('.')[0]}`,
    '',
  ].join('\n'),
  'resolv.conf': resolvers,
});

/** `own`: the host's; of its servers those that a container reaches, where none are given; and what it says of searches. */
export function resolvConf(own: string, dnsServers: readonly string[] | undefined): string {
  const reached = dnsServers ?? nameserversIn(own).filter((address) => !isLoopback(address));
  const servers = reached.length > 0 ? reached : PUBLIC_RESOLVERS;
  const others = own.split('\n').filter((line) => /^\s*(search|domain|options)\s/.test(line));
  return [...servers.map((address) => `nameserver ${address}`), ...others, ''].join('\n');
}

export const isLoopback = (address: string): boolean => /^(127\.|::1$)/.test(address);
