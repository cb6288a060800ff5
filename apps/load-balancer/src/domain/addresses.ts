import { formatIpv4, hashId, parseCidr, sizeOfCidr } from '#lib/kernel';
import type { LoadBalancerAddresses } from './model.js';

/** IPv4 addresses that load balancers may be given, as the operator configured them: `127.1.0.0/16`. */
export interface AddressRange {
  /** As a number. */
  readonly first: number;
  readonly size: number;
}

/** Undefined for what is no IPv4 range of 2 to 2^24 addresses. */
export function parseRange(text: string): AddressRange | undefined {
  const cidr = parseCidr(text);
  return cidr && cidr.bits >= 8 && cidr.bits <= 31 ? { first: cidr.first, size: sizeOfCidr(cidr) } : undefined;
}

/** Which no load balancer has: names are asked for there. */
export const firstAddress = (cidr: string): string => formatIpv4(parseRange(cidr)!.first);

/** What of the installation a new load balancer depends on: facts that arrive with the command. */
export interface Placement {
  /** Of 127.1.0.0/16 unless configured. */
  readonly ownRange: string;
  /** At least as large, where containers have to reach load balancers. */
  readonly containerRange?: string;
  readonly sharedAddress?: string;
  /** What no other installation has (the journal's id): two on one machine give load balancers of one name different addresses. */
  readonly installation?: string;
  /** `us-east-1.elb.<suffix>` is where names end. */
  readonly dnsSuffix: string;
}

/**
 * A free place of the range that depends on the load balancer's name first, so that one that is made anew comes back where it was.
 * Undefined when all are taken. The first address of a range is never given.
 */
export function freeAddresses(
  placement: Placement,
  name: readonly string[],
  isTaken: (own: string) => boolean,
): LoadBalancerAddresses | undefined {
  const own = parseRange(placement.ownRange)!;
  const containers = placement.containerRange === undefined ? undefined : parseRange(placement.containerRange)!;
  const places = Math.min(own.size, containers?.size ?? Infinity) - 1;
  const { installation } = placement;
  const seed = installation === undefined ? name : [installation, ...name];
  const start = Number(BigInt(`0x${hashId(...seed)}`) % BigInt(places));
  for (let step = 0; step < places; step++) {
    const place = 1 + ((start + step) % places);
    const candidate = formatIpv4(own.first + place);
    if (isTaken(candidate)) continue;
    return {
      own: candidate,
      ...(containers ? { containers: formatIpv4(containers.first + place) } : {}),
      ...(placement.sharedAddress === undefined ? {} : { shared: placement.sharedAddress }),
    };
  }
  return undefined;
}

/** Every `address:port` that a listener on the port takes. */
export const endpointsOf = ({ own, containers, shared }: LoadBalancerAddresses, port: number): readonly string[] =>
  [own, containers, shared].flatMap((address) => (address === undefined ? [] : [`${address}:${port}`]));
