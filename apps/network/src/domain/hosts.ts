import type { Network } from './network.js';

/** What the registrations of an account's instances, and the tasks on them, say of hosts. */
export interface Hosts {
  /** Where other hosts reach an instance's for tasks with addresses of their own, when they can. */
  underlayOf(instanceId: string): string | undefined;
  /** Of an instance that is reached from outside, while its tasks have ports of the host. */
  portsOf(instanceId: string): HostPorts | undefined;
  /** Every instance that is reached from outside. */
  reached(): readonly Host[];
  /** Where packets of load balancers come from. */
  balancers(): readonly string[];
}

export interface HostPorts {
  /** As its attribute says it. */
  readonly groups: string | undefined;
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
}

export interface Host {
  readonly address: string;
  readonly groups: string | undefined;
}

export const NO_HOSTS: Hosts = {
  underlayOf: () => undefined,
  portsOf: () => undefined,
  reached: () => [],
  balancers: () => [],
};

const NOT_FILTERED = 'none';

/** The groups that an instance is in; undefined: it is not filtered. An instance of which nothing is said is in what AWS puts it in: the default group of the default VPC. */
export function groupsOfHost(network: Network, said: string | undefined): readonly string[] | undefined {
  if (said === NOT_FILTERED) return undefined;
  if (said !== undefined) return said.split(' ').filter(Boolean).sort();
  const vpc = network.defaultVpc();
  const group = vpc && network.all('security-group').find((one) => one.vpcId === vpc.id && one.groupName === 'default');
  return group && [group.id];
}
