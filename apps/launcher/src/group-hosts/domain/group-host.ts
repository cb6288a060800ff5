import type { HostSize, HostToStart } from '#lib/ecs/model';

/** A container instance of an Auto Scaling group whose agent runs on this host, beside the host's own. */
export interface GroupHost extends Pick<HostToStart, 'instanceId' | 'accountId' | 'region' | 'group' | 'cluster'> {
  /** The number of its agent among this host's, and the last of its address's: 127.0.0.<slot>. */
  readonly slot: number;
}

/** Above those of `up --agents`. */
const FIRST_SLOT = 101;
const MOST_HOSTS = 16;

export type HostsOutcome = { readonly hosts: readonly GroupHost[] } | { readonly refusal: string };

/** With one more, or with the same one in another cluster; the same array when it is there as it is asked for. */
export function withHost(hosts: readonly GroupHost[], asked: Omit<GroupHost, 'slot'>): HostsOutcome {
  const { instanceId, accountId, region, group, cluster } = asked;
  const known = hosts.find((host) => host.instanceId === instanceId);
  if (known)
    return { hosts: known.cluster === cluster ? hosts : hosts.map((host) => (host === known ? { ...known, cluster } : host)) };
  if (hosts.length >= MOST_HOSTS)
    return { refusal: `At most ${MOST_HOSTS} hosts of Auto Scaling groups run as processes of one machine.` };
  const slots = new Set(hosts.map(({ slot }) => slot));
  let slot = FIRST_SLOT;
  while (slots.has(slot)) slot++;
  return { hosts: [...hosts, { slot, instanceId, accountId, region, group, cluster }] };
}

/** Of each of them; what they offer together may be more than the machine has. */
export const HOST_SIZE_VARIABLE = 'LONGSHORE_GROUP_HOST_SIZE';

/** `2048,4096`: CPU units and MiB; by default half of the machine. Undefined: it is no size. */
export function hostSize(text: string | undefined, machine: HostSize): HostSize | undefined {
  if (!text) return { cpuUnits: Math.floor(machine.cpuUnits / 2), memoryMiB: Math.floor(machine.memoryMiB / 2) };
  const [, cpuUnits, memoryMiB] = /^([1-9]\d{0,6}),([1-9]\d{0,8})$/.exec(text) ?? [];
  return cpuUnits === undefined ? undefined : { cpuUnits: Number(cpuUnits), memoryMiB: Number(memoryMiB) };
}
