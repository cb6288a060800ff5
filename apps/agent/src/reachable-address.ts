import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');

/**
 * Under which the control plane's host reaches what is published on `address`. A host that has joined is not reached on its loopback.
 * On all interfaces: the loopback of the control plane's own host, the first other address of one that has joined.
 */
export function reachableAddress(
  address: string,
  hasJoined: boolean,
  interfaces: () => ReturnType<typeof networkInterfaces> = networkInterfaces,
): string | undefined {
  if (address !== '0.0.0.0') return hasJoined && loopback.check(address) ? undefined : address;
  if (!hasJoined) return '127.0.0.1';
  const own = Object.values(interfaces()).flatMap((addresses = []) => addresses);
  return own.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}
