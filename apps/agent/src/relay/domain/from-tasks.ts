import { cidrContains, parseCidr, parseIpv4 } from '#lib/kernel';
import { ENDPOINT_ADDRESS } from '../../task-endpoint/domain/route.js';

/** An address of this host, with the network that it is in. */
export interface LocalAddress {
  readonly address: string;
  readonly cidr: string;
  /** Of an engine: containers are in its network, and no other host. */
  readonly isBridge: boolean;
}

/**
 * Whether a connection is from this host, or from a network of its containers: a host answers at all of its addresses whoever asks, so that a
 * neighbour who sends there for 169.254.170.2 would be heard, too.
 */
export function isFromTasks(source: string, local: readonly LocalAddress[]): boolean {
  const first = parseIpv4(source);
  // Nobody is on the interface with the endpoint's address, so it is not listed.
  if (first === undefined || source === ENDPOINT_ADDRESS) return source === ENDPOINT_ADDRESS;
  return local.some(({ address, cidr, isBridge }) => {
    if (address === source) return true;
    const range = isBridge ? parseCidr(cidr) : undefined;
    return range !== undefined && cidrContains(range, { first, bits: 32 });
  });
}
