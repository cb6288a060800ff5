import { registrationOfHost } from '#lib/ecs/lookup';
import {
  ADDRESS_ATTRIBUTE,
  type AliasPort,
  aliasPortsOf,
  attributesOf,
  type ContainerInstance,
  type EcsState,
  hostIdOf,
  isBesideControlPlane,
  PUBLISHED_EVERYWHERE_ATTRIBUTE,
  SECURITY_GROUPS_ATTRIBUTE,
  type Task,
  UNDERLAY_ADDRESS_ATTRIBUTE,
} from '#lib/ecs/model';
import type { Commit, Fold } from '#lib/journal';
import { type Scope, scopeKey } from '#lib/kernel';
import type { FixedPorts, Host, HostEnd, HostFacts, HostInstance, HostPorts, Hosts } from '../domain/hosts.js';

/** Of an account, or of an instance by its id. */
export type HostsChanged = { readonly scope: Scope } | { readonly instanceId: string };

/** What registrations and tasks say of the hosts of container instances. */
export class HostAddresses {
  constructor(private readonly ecs: Pick<Fold<EcsState>, 'state' | 'subscribe'>) {}

  in(scope: Scope): Hosts {
    const find = (instanceId: string) => registrationOfHost(this.ecs.state, scope, instanceId);
    return {
      underlayOf: (instanceId) => underlayOf(find(instanceId)),
      portsOf: (instanceId) => this.portsOf(find(instanceId)),
      groupsOf: (instanceId) => {
        const instance = find(instanceId);
        return instance && { groups: attributesOf(instance).get(SECURITY_GROUPS_ATTRIBUTE) };
      },
      reached: () =>
        this.instancesIn(scope).flatMap((instance): readonly Host[] => {
          const address = reachedAt(instance);
          return address === undefined ? [] : [{ address, groups: attributesOf(instance).get(SECURITY_GROUPS_ATTRIBUTE) }];
        }),
      balancers: () => this.ofBalancers(),
      aliasPortsOf: (taskArn) => aliasPortsOfTask(this.ecs.state, taskArn),
      hasBalancers: (instanceId) => {
        const instance = find(instanceId);
        return instance !== undefined && isBesideControlPlane(instance);
      },
      elsewhere: (other) => this.in(other),
    };
  }

  /** Each once, though it may be registered with several clusters. */
  instances(scope: Scope): readonly HostInstance[] {
    const registered = this.instancesIn(scope).filter(({ status }) => status === 'ACTIVE' || status === 'DRAINING');
    return [...new Map(registered.map((instance) => [instance.instanceId, instance])).values()].map(hostInstance);
  }

  /** What is known of those that are instances, addresses of instances, or tasks without an address of their own. */
  factsOf(scope: Scope, named: readonly string[]): HostFacts {
    const ends = named.flatMap((name): readonly (readonly [string, HostEnd])[] => {
      const end = this.endOf(scope, name);
      return end ? [[name, end]] : [];
    });
    return {
      ends: Object.fromEntries(ends),
      ofInstance: (instanceId) => {
        const instance = registrationOfHost(this.ecs.state, scope, instanceId);
        return instance && this.hostEnd(nameOf(instance), instance);
      },
      balancers: this.ofBalancers(),
    };
  }

  private endOf(scope: Scope, name: string): HostEnd | undefined {
    const id = idOf(name);
    const instances = this.instancesIn(scope).filter(({ status }) => status !== 'INACTIVE');
    const instance = instances.find(
      (one) => one.ec2InstanceId === name || reachedAt(one) === name || isIdOf(one.containerInstanceArn, id),
    );
    if (instance) return this.hostEnd(nameOf(instance), instance);
    for (const one of instances) {
      const task = this.tasksWithoutNetwork(one).find(({ taskArn }) => isIdOf(taskArn, id));
      if (task) return { ...this.hostEnd(`task ${idOf(task.taskArn).slice(0, 12)}`, one), isBridged: !this.isInHostMode(task) };
    }
    return undefined;
  }

  private hostEnd(name: string, instance: ContainerInstance): HostEnd {
    const address = reachedAt(instance);
    const groups = attributesOf(instance).get(SECURITY_GROUPS_ATTRIBUTE);
    const ports = this.portsOf(instance);
    return {
      name: address === undefined ? name : `${name} (${address})`,
      host: address ?? instance.ec2InstanceId,
      ...(address === undefined ? {} : { address }),
      ...(groups === undefined ? {} : { groups }),
      ...(ports ? { ports } : {}),
    };
  }

  /** Of the hosts with load balancers, which send to tasks themselves: those of every account. */
  ofBalancers(): readonly string[] {
    const found = new Set<string>();
    for (const instance of this.ecs.state.containerInstances.values()) {
      const address = underlayOf(instance);
      if (address && isBesideControlPlane(instance)) found.add(address);
    }
    return [...found].sort();
  }

  /** Told whenever an instance has registered, and when the first or another task comes to one or is gone. */
  subscribe(changed: (of: HostsChanged) => void): () => void {
    return this.ecs.subscribe(({ transactions }: Commit) => {
      for (const { type, data } of transactions.flatMap(({ events }) => events)) {
        const { taskArn, containerInstanceArn, to } = data as { taskArn?: string; containerInstanceArn?: string; to?: string };
        if (type === 'ContainerInstanceRegistered') changed({ scope: data as Scope });
        else if (type === 'TaskPlaced' && containerInstanceArn !== undefined) changed({ instanceId: idOf(containerInstanceArn) });
        else if (type === 'TaskStatusChanged' && to === 'STOPPED') {
          const instance = this.ecs.state.tasks.get(taskArn!)?.containerInstanceArn;
          if (instance !== undefined) changed({ instanceId: idOf(instance) });
        }
      }
    });
  }

  private portsOf(instance: ContainerInstance | undefined): HostPorts | undefined {
    const sharing = instance && this.tasksWithoutNetwork(instance);
    if (!sharing || sharing.length === 0) return undefined;
    const [everywhere, published] = [true, false].map((isHostMode) =>
      sharing.filter((task) => this.isInHostMode(task) === isHostMode),
    ) as [Task[], Task[]];
    const attributes = attributesOf(instance);
    const isEverywhere = attributes.has(PUBLISHED_EVERYWHERE_ATTRIBUTE);
    return {
      groups: attributes.get(SECURITY_GROUPS_ATTRIBUTE),
      everywhere: fixedPorts(everywhere),
      published: published.length > 0 ? fixedPorts(published) : undefined,
      isReached: reachedAt(instance) !== undefined || isEverywhere,
      isOnLoopback: attributes.get(ADDRESS_ATTRIBUTE)?.startsWith('127.') === true && !isEverywhere,
    };
  }

  /** They have ports of their host. */
  private tasksWithoutNetwork({ containerInstanceArn }: ContainerInstance): readonly Task[] {
    const tasks = [...this.ecs.state.tasks.by('instance', containerInstanceArn)];
    return tasks.filter(({ networkConfiguration }) => networkConfiguration === undefined);
  }

  private isInHostMode({ taskDefinitionArn }: Task): boolean {
    return this.ecs.state.taskDefinitions.get(taskDefinitionArn)?.networkMode === 'host';
  }

  private instancesIn(scope: Scope): readonly ContainerInstance[] {
    const { clusters, containerInstances } = this.ecs.state;
    return [...clusters.by('scope', scopeKey(scope))].flatMap(({ clusterArn }) => [
      ...containerInstances.by('cluster', clusterArn),
    ]);
  }
}

function aliasPortsOfTask({ tasks, services, taskDefinitions }: EcsState, taskArn: string): readonly AliasPort[] {
  const task = tasks.get(taskArn);
  const deployments = (task?.replica && services.get(task.replica.serviceArn)?.deployments) ?? [];
  const deployment = deployments.find(({ id }) => id === task!.replica!.deploymentId);
  const definition = task && taskDefinitions.get(task.taskDefinitionArn);
  return deployment && definition ? aliasPortsOf(definition, deployment) : [];
}

function fixedPorts(tasks: readonly Task[]): FixedPorts {
  const ports = (of: 'portsTcp' | 'portsUdp') =>
    [...new Set(tasks.flatMap(({ reservation }) => reservation[of]))].sort((a, b) => a - b);
  return { tcp: ports('portsTcp'), udp: ports('portsUdp') };
}

const idOf = (containerInstanceArn: string): string => containerInstanceArn.split('/').at(-1)!;

const nameOf = ({ containerInstanceArn }: ContainerInstance): string => `instance ${idOf(containerInstanceArn).slice(0, 12)}`;

/** Six digits are enough. */
const isIdOf = (arn: string, id: string): boolean => /^[0-9a-f]{6,32}$/.test(id) && idOf(arn).startsWith(id);

const underlayOf = (instance: ContainerInstance | undefined): string | undefined =>
  (instance && attributesOf(instance).get(UNDERLAY_ADDRESS_ATTRIBUTE)) || undefined;

/** From outside the host; not where it tells its loopback and nothing else. */
function reachedAt(instance: ContainerInstance): string | undefined {
  const address = attributesOf(instance).get(ADDRESS_ATTRIBUTE);
  return underlayOf(instance) ?? (address && !address.startsWith('127.') ? address : undefined);
}

function hostInstance(instance: ContainerInstance): HostInstance {
  const attributes = attributesOf(instance);
  const said = {
    address: attributes.get(ADDRESS_ATTRIBUTE) || underlayOf(instance),
    availabilityZone: attributes.get('ecs.availability-zone') || `${instance.region}a`,
    instanceType: attributes.get('ecs.instance-type'),
    imageId: attributes.get('ecs.ami-id'),
    architecture: attributes.get('ecs.cpu-architecture'),
    groups: attributes.get(SECURITY_GROUPS_ATTRIBUTE),
  };
  return {
    id: hostIdOf(instance),
    name: instance.ec2InstanceId,
    registeredAt: instance.registeredAt,
    tags: Object.fromEntries(instance.tags.map(({ key, value }) => [key, value])),
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value)),
  };
}
