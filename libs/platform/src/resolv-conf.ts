import { isIP } from 'node:net';

/** glibc reads three. */
export const MOST_NAMESERVERS = 3;

/** The addresses on `nameserver` lines of resolv.conf(5). */
export const nameserversIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((address) => isIP(address) !== 0)
    .slice(0, MOST_NAMESERVERS);
