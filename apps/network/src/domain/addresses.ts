import { formatIpv4, hashId, parseCidr, sizeOfCidr } from '#lib/kernel';
import type { Subnet } from './model.js';
import type { Network } from './network.js';

/** EC2 keeps the first four addresses of a subnet (the second is its VPC's router) and the last one. */
const KEPT_AT_THE_BEGINNING = 4;
const KEPT_AT_THE_END = 1;
export const KEPT_ADDRESSES = KEPT_AT_THE_BEGINNING + KEPT_AT_THE_END;

/**
 * Each holder begins to look somewhere else, so an address that was just given back is hardly the next one given: its last holder may be on a
 * host that was given up and still runs it. `given`: in the same decision.
 */
export function freeAddress(
  network: Network,
  { id, cidrBlock }: Subnet,
  holder: string,
  given: readonly number[] = [],
): number | undefined {
  const cidr = parseCidr(cidrBlock)!;
  const usable = sizeOfCidr(cidr) - KEPT_ADDRESSES;
  const start = Number.parseInt(hashId('address', holder).slice(0, 8), 16);
  for (let tried = 0; tried < usable; tried++) {
    const address = cidr.first + KEPT_AT_THE_BEGINNING + ((start + tried) % usable);
    if (!given.includes(address) && !network.isTaken(id, formatIpv4(address))) return address;
  }
  return undefined;
}

/** As engines make them of an address, whatever their version: unlike in one network. */
export const macOf = (address: number): string => ['02', '42', ...address.toString(16).padStart(8, '0').match(/../g)!].join(':');
