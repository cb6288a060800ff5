import type { NetworkInterface } from '#lib/ecs/model';

/** What the containers of a task with an address of its own find in /etc, beside the name of their host. */
export const NAME_FILES = ['hosts', 'resolv.conf'] as const;
export type NameFile = (typeof NAME_FILES)[number];

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
