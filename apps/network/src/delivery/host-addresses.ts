import { registrationOfHost } from '#lib/ecs/lookup';
import {
  ADDRESS_ATTRIBUTE,
  attributesOf,
  type ContainerInstance,
  type EcsState,
  isBesideControlPlane,
  SECURITY_GROUPS_ATTRIBUTE,
  UNDERLAY_ADDRESS_ATTRIBUTE,
} from '#lib/ecs/model';
import type { Commit, Fold } from '#lib/journal';
import { type Scope, scopeKey } from '#lib/kernel';
import type { Host, HostPorts, Hosts } from '../domain/hosts.js';

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
      reached: () =>
        this.instancesIn(scope).flatMap((instance): readonly Host[] => {
          const address = reachedAt(instance);
          return address === undefined ? [] : [{ address, groups: attributesOf(instance).get(SECURITY_GROUPS_ATTRIBUTE) }];
        }),
      balancers: () => this.ofBalancers(),
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
    if (!instance || reachedAt(instance) === undefined) return undefined;
    const sharing = [...this.ecs.state.tasks.by('instance', instance.containerInstanceArn)].filter(
      ({ networkConfiguration }) => networkConfiguration === undefined,
    );
    if (sharing.length === 0) return undefined;
    const ports = (of: 'portsTcp' | 'portsUdp') =>
      [...new Set(sharing.flatMap(({ reservation }) => reservation[of]))].sort((a, b) => a - b);
    return {
      groups: attributesOf(instance).get(SECURITY_GROUPS_ATTRIBUTE),
      tcp: ports('portsTcp'),
      udp: ports('portsUdp'),
    };
  }

  private instancesIn(scope: Scope): readonly ContainerInstance[] {
    const { clusters, containerInstances } = this.ecs.state;
    return [...clusters.by('scope', scopeKey(scope))].flatMap(({ clusterArn }) => [
      ...containerInstances.by('cluster', clusterArn),
    ]);
  }
}

const idOf = (containerInstanceArn: string): string => containerInstanceArn.split('/').at(-1)!;

const underlayOf = (instance: ContainerInstance | undefined): string | undefined =>
  (instance && attributesOf(instance).get(UNDERLAY_ADDRESS_ATTRIBUTE)) || undefined;

/** From outside the host; not where it tells its loopback and nothing else. */
function reachedAt(instance: ContainerInstance): string | undefined {
  const address = attributesOf(instance).get(ADDRESS_ATTRIBUTE);
  return underlayOf(instance) ?? (address && !address.startsWith('127.') ? address : undefined);
}
