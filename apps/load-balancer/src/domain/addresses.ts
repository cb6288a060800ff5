import { hashId } from '#lib/kernel';
import type { LoadBalancerAddresses } from './model.js';

/** IPv4 addresses that load balancers may be given, as the operator configured them: `127.1.0.0/16`. */
export interface AddressRange {
  /** As a number. */
  readonly first: number;
  readonly size: number;
}

/** Undefined for what is no IPv4 range of 2 to 2^24 addresses. */
export function parseRange(cidr: string): AddressRange | undefined {
  const [, network = '', bits = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d{1,2})$/.exec(cidr) ?? [];
  const address = parseIpv4(network);
  const prefixLength = Number(bits);
  if (address === undefined || bits === '' || prefixLength < 8 || prefixLength > 31) return undefined;
  const size = 2 ** (32 - prefixLength);
  return { first: address - (address % size), size };
}

/** As a number; undefined for anything but four decimal bytes. */
export function parseIpv4(text: string): number | undefined {
  const bytes = text.split('.');
  if (bytes.length !== 4 || bytes.some((byte) => !/^(0|[1-9]\d{0,2})$/.test(byte) || Number(byte) > 255)) return undefined;
  return bytes.reduce((address, byte) => address * 256 + Number(byte), 0);
}

/** Eight groups of hex digits, of which `::` may leave out some, with or without a trailing IPv4 address. */
export function isIpv6(text: string): boolean {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const all = [...groups(head), ...groups(tail ?? '')];
  const last = all.at(-1) ?? '';
  const embedded = last.includes('.') && parseIpv4(last) !== undefined;
  const plain = embedded ? all.slice(0, -1) : all;
  const count = plain.length + (embedded ? 2 : 0);
  return plain.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) && (tail === undefined ? count === 8 : count < 8);
}

/** Which no load balancer has: names are asked for there. */
export const firstAddress = (cidr: string): string => written(parseRange(cidr)!.first);

const written = (address: number): string => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

/** What of the installation a new load balancer depends on: facts that arrive with the command. */
export interface Placement {
  /** Of 127.1.0.0/16 unless configured. */
  readonly ownRange: string;
  /** At least as large, where containers have to reach load balancers. */
  readonly containerRange?: string;
  readonly sharedAddress?: string;
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
  const start = Number(BigInt(`0x${hashId(...name)}`) % BigInt(places));
  for (let step = 0; step < places; step++) {
    const place = 1 + ((start + step) % places);
    const candidate = written(own.first + place);
    if (isTaken(candidate)) continue;
    return {
      own: candidate,
      ...(containers ? { containers: written(containers.first + place) } : {}),
      ...(placement.sharedAddress === undefined ? {} : { shared: placement.sharedAddress }),
    };
  }
  return undefined;
}

/** Every `address:port` that a listener on the port takes. */
export const endpointsOf = ({ own, containers, shared }: LoadBalancerAddresses, port: number): readonly string[] =>
  [own, containers, shared].flatMap((address) => (address === undefined ? [] : [`${address}:${port}`]));
