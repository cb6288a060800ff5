import type { Service } from '../../model/services.js';
import type { EcsState } from '../../model/state.js';
import { type LackingTasks, lackingOf } from '../../placement/lacking-instances.js';
import { providerOfTask } from '../../placement/proposal.js';
import { reconcile } from './reconcile.js';
import { replicaRequest } from './replica-request.js';
import { strategiesOf } from './service-strategies.js';

/** Replicas that a service would start now and that lack instances; a step's worth of them. Pure. */
export function lackingReplicas(state: EcsState, service: Service, nowMs: number, random: () => number): readonly LackingTasks[] {
  if (!service.capacityProviderStrategy) return [];
  return reconcile(state, service, { nowMs }).place.flatMap(({ deployment, replicas, targets }) => {
    const request = targets ? undefined : replicaRequest(state, service, deployment);
    if (!request) return [];
    const { definition, need, template, constraints } = request;
    return lackingOf(
      state,
      {
        clusterArn: service.clusterArn,
        definition,
        need,
        group: template.group,
        launchType: template.launchType,
        constraints,
        strategies: strategiesOf(service),
        ordinals: replicas.map((_, i) => i),
        providerOf: (ordinal) => providerOfTask(template, replicas[ordinal]!),
      },
      random,
    );
  });
}
