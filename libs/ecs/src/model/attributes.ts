import type { ContainerInstance } from './container-instance.js';

/** Of an instance: the IPv4 address under which its published ports are reached from the control plane's host. */
export const ADDRESS_ATTRIBUTE = 'longshore.address';

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
