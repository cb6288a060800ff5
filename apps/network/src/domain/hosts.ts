import type { AliasPort } from '#lib/ecs/model';
import type { Scope } from '#lib/kernel';
import type { Network } from './network.js';

/** What the registrations of an account's instances, and the tasks on them, say of hosts. */
export interface Hosts {
  /** Where other hosts reach an instance's for tasks with addresses of their own, when they can. */
  underlayOf(instanceId: string): string | undefined;
  /** Of an instance, while its tasks have ports of the host. */
  portsOf(instanceId: string): HostPorts | undefined;
  /** What an instance's attribute says of its groups; undefined: it is nobody's. */
  groupsOf(instanceId: string): Pick<Host, 'groups'> | undefined;
  /** Every instance that is reached from outside. */
  reached(): readonly Host[];
  /** Where packets of load balancers come from. */
  balancers(): readonly string[];
  /** Of a task with an address of its own: where clients of Service Connect use other ports than it has. */
  aliasPortsOf(taskArn: string): readonly AliasPort[];
  /** Whether load balancers listen on the instance's host. */
  hasBalancers(instanceId: string): boolean;
  /** Those of another account or region. */
  elsewhere(scope: Scope): Hosts;
}

/** Those that definitions fix. */
export interface FixedPorts {
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
}

export interface HostPorts {
  /** As its attribute says it. */
  readonly groups: string | undefined;
  /** Of tasks in host mode: at every address of the host, whatever others reach of it. */
  readonly everywhere: FixedPorts;
  /** Of tasks in bridge mode, beside those that agents give (`isGiven`); undefined: there are no such tasks. */
  readonly published: FixedPorts | undefined;
  /** Its host is known to be reached from outside. */
  readonly isReached: boolean;
  /** What is published is on the host's loopback, where others reach it or not. */
  readonly isOnLoopback: boolean;
}

export interface Host {
  readonly address: string;
  readonly groups: string | undefined;
}

/** An instance as an end of a connection, or a task that has no address of its own: it has its instance's. */
export interface HostEnd {
  readonly name: string;
  /** Instances of one host have the same one. */
  readonly host: string;
  /** From outside; undefined: its host alone reaches it. */
  readonly address?: string;
  /** As its attribute says it. */
  readonly groups?: string;
  /** Undefined: no task has a port there. */
  readonly ports?: Omit<HostPorts, 'groups'>;
  /** Named as a task in bridge mode: it has what is published and nothing else. */
  readonly isBridged?: boolean;
}

/** A container instance, as EC2 would tell of its host. */
export interface HostInstance {
  /** `i-…`, as an Auto Scaling group names it. */
  readonly id: string;
  /** ECS's `ec2InstanceId`: mostly the host's name. Several instances of one host share it. */
  readonly name: string;
  /** Where its tasks' ports are reached: the loopback where nobody else reaches them. */
  readonly address?: string;
  readonly availabilityZone?: string;
  readonly instanceType?: string;
  readonly imageId?: string;
  /** ECS's word: `x86_64` or `arm64`. */
  readonly architecture?: string;
  /** As its attribute says it. */
  readonly groups?: string;
  readonly registeredAt: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Ports of a host that agents give to tasks that ask for any. */
export const isGiven = (port: number): boolean => port >= 49_153;

/** What is said of hosts for an explanation: by how they were named. */
export interface HostFacts {
  readonly ends: Readonly<Record<string, HostEnd>>;
  /** Where a task with an address of its own is. */
  readonly ofInstance: (instanceId: string) => HostEnd | undefined;
  readonly balancers: readonly string[];
}

export const NO_HOSTS: Hosts = {
  underlayOf: () => undefined,
  portsOf: () => undefined,
  groupsOf: () => undefined,
  reached: () => [],
  balancers: () => [],
  aliasPortsOf: () => [],
  hasBalancers: () => false,
  elsewhere: () => NO_HOSTS,
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
