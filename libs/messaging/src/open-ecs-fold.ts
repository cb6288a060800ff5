import { createEcsStore, type EcsState } from '#lib/ecs/model';
import { ECS_SCHEMA_VERSION, ecsDecider } from '#lib/ecs';
import { type OpenedFold, openFold, type OpenFoldOptions } from '#lib/journal';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock, Logger, Random } from '#lib/platform';

interface EcsFoldDeps extends Pick<OpenFoldOptions<EcsState>, 'waitsFor'> {
  readonly nats: NatsConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * The `ecs` journal and a fold of it: all apps read the same events with the same code. `upTo`: a state of the past. `decider`:
 * the domain's, which may be watched while it evolves.
 */
export function openEcsFold(
  { nats, clock, random, logger, waitsFor }: EcsFoldDeps,
  role: OpenFoldOptions<EcsState>['role'],
  upTo?: OpenFoldOptions<EcsState>['upTo'],
  decider: OpenFoldOptions<EcsState>['decider'] = ecsDecider,
): Promise<OpenedFold<EcsState>> {
  const of = { name: 'ecs', schemaVersion: ECS_SCHEMA_VERSION, store: createEcsStore(), decider } as const;
  return openFold({ connection: nats, role, ...of, clock, random, logger, upTo, waitsFor });
}
