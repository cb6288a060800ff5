import type { EcsState, Service } from '#lib/ecs/model';
import { serviceArn } from '#lib/ecs/model';
import type { TargetId } from '../domain/targets/model.js';
import { clusterOf, serviceOf } from '../domain/targets/names.js';

/** The service behind a target, while its desired count means something: it is ACTIVE and no daemon. */
export function scaledService(ecs: EcsState, target: TargetId): Service | undefined {
  const service = ecs.services.get(serviceArn(target, clusterOf(target), serviceOf(target)));
  return service?.status === 'ACTIVE' && service.schedulingStrategy === 'REPLICA' ? service : undefined;
}
