/** IPv4 addresses as numbers, for whatever counts in them. */

const BYTE = String.raw`(0|[1-9]\d{0,2})`;
const IPV4 = new RegExp(`^${BYTE}\\.${BYTE}\\.${BYTE}\\.${BYTE}$`);

/** As a number; undefined for anything but four decimal bytes. */
export function parseIpv4(text: string): number | undefined {
  const bytes = IPV4.exec(text);
  if (!bytes) return undefined;
  const [first, second, third, fourth] = [Number(bytes[1]), Number(bytes[2]), Number(bytes[3]), Number(bytes[4])];
  if (first > 255 || second > 255 || third > 255 || fourth > 255) return undefined;
  return first * 2 ** 24 + second * 2 ** 16 + third * 2 ** 8 + fourth;
}

export const formatIpv4 = (address: number): string =>
  `${(address >>> 24) & 255}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;

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

/** A range of IPv4 addresses: the first one as a number, and how many leading bits all have in common. */
export interface Cidr {
  readonly first: number;
  readonly bits: number;
}

/** Undefined when it is none. Host bits are cut off. */
export function parseCidr(text: string): Cidr | undefined {
  const [, network = '', bits = ''] = /^([0-9.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = parseIpv4(network);
  if (address === undefined || Number(bits) > 32) return undefined;
  return { first: address - (address % 2 ** (32 - Number(bits))), bits: Number(bits) };
}

export const formatCidr = ({ first, bits }: Cidr): string => `${formatIpv4(first)}/${bits}`;

export const sizeOfCidr = ({ bits }: Cidr): number => 2 ** (32 - bits);

export const cidrContains = (outer: Cidr, inner: Cidr): boolean =>
  inner.bits >= outer.bits && inner.first >= outer.first && inner.first < outer.first + sizeOfCidr(outer);

export const cidrsOverlap = (a: Cidr, b: Cidr): boolean => cidrContains(a, b) || cidrContains(b, a);

export function isIpv6Cidr(text: string): boolean {
  const [, address = '', bits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  return bits !== '' && Number(bits) <= 128 && isIpv6(address);
}
