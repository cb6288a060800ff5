import { registrationOfHost } from '#lib/ecs/lookup';
import { attributesOf, type EcsState, isBesideControlPlane, UNDERLAY_ADDRESS_ATTRIBUTE } from '#lib/ecs/model';
import type { Commit, Fold } from '#lib/journal';
import { type Scope, scopeKey } from '#lib/kernel';

/** Where the hosts of container instances reach each other, as their registrations say it. */
export class HostAddresses {
  constructor(private readonly ecs: Pick<Fold<EcsState>, 'state' | 'subscribe'>) {}

  of(scope: Scope, instanceId: string): string | undefined {
    const instance = registrationOfHost(this.ecs.state, scope, instanceId);
    return instance && (attributesOf(instance).get(UNDERLAY_ADDRESS_ATTRIBUTE) || undefined);
  }

  /** Of the hosts with load balancers, which send to tasks themselves. */
  ofBalancers(scope: Scope): readonly string[] {
    const { clusters, containerInstances } = this.ecs.state;
    const found = new Set<string>();
    for (const { clusterArn } of clusters.by('scope', scopeKey(scope))) {
      for (const instance of containerInstances.by('cluster', clusterArn)) {
        const address = attributesOf(instance).get(UNDERLAY_ADDRESS_ATTRIBUTE);
        if (address && isBesideControlPlane(instance)) found.add(address);
      }
    }
    return [...found].sort();
  }

  /** Told whenever an instance has registered: of whose account. */
  subscribe(changed: (scope: Scope) => void): () => void {
    return this.ecs.subscribe(({ transactions }: Commit) => {
      for (const { type, data } of transactions.flatMap(({ events }) => events)) {
        if (type === 'ContainerInstanceRegistered') changed(data as Scope);
      }
    });
  }
}
