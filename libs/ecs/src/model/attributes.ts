import type { ContainerInstance } from './container-instance.js';

/** Of an instance: the IPv4 address under which its published ports are reached from the control plane's host. */
export const ADDRESS_ATTRIBUTE = 'longshore.address';

/** Of an instance on the control plane's own host: the address under which containers reach its published ports. */
export const CONTAINER_ADDRESS_ATTRIBUTE = 'longshore.container-address';

/** Of an instance on the control plane's own host: what it publishes is at every address of the host, though it tells its loopback. */
export const PUBLISHED_EVERYWHERE_ATTRIBUTE = 'longshore.published-everywhere';

/** Of an instance: the IPv4 address by which other hosts send to its tasks that have addresses of their own. Absent: they do not. */
export const UNDERLAY_ADDRESS_ATTRIBUTE = 'longshore.underlay-address';

/**
 * Of an instance: the ids of the security groups that it is in, with blanks between them, or `none`: what its tasks publish is not filtered there.
 * Without it, it is in the default group of its account's default VPC.
 */
export const SECURITY_GROUPS_ATTRIBUTE = 'longshore.security-groups';

/** On the host of the control plane and its load balancers, which alone reaches what is published on its loopback. */
export function isBesideControlPlane(instance: Pick<ContainerInstance, 'attributes'>): boolean {
  const attributes = attributesOf(instance);
  return attributes.has(CONTAINER_ADDRESS_ATTRIBUTE) || attributes.get(ADDRESS_ATTRIBUTE)?.startsWith('127.') === true;
}

/**
 * Where its published ports are reached from wherever tasks and clients are: a host's loopback is reached from nowhere else, and the address
 * that its containers have for it is reached from both. Undefined: it has told none.
 */
export function instanceAddress(instance: Pick<ContainerInstance, 'attributes'>): string | undefined {
  const attributes = attributesOf(instance);
  const address = attributes.get(ADDRESS_ATTRIBUTE) || undefined;
  return address?.startsWith('127.') ? attributes.get(CONTAINER_ADDRESS_ATTRIBUTE) || address : address;
}

/** Attributes of an instance are one array that stays the same object until one of them changes, so its map is made once. */
const attributeMaps = new WeakMap<readonly object[], ReadonlyMap<string, string>>();

/** Attribute name → value, the empty string for one without a value. */
export function attributesOf(instance: Pick<ContainerInstance, 'attributes'>): ReadonlyMap<string, string> {
  let map = attributeMaps.get(instance.attributes);
  if (!map) {
    map = new Map(instance.attributes.map(({ name, value }) => [name, value ?? '']));
    attributeMaps.set(instance.attributes, map);
  }
  return map;
}
