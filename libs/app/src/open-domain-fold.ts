import type { NatsConnection } from '@nats-io/transport-node';
import { type OpenedFold, openFold, type OpenFoldOptions } from '#lib/journal';
import type { Decider, FoldedDomain } from '#lib/kernel';
import type { Clock, Logger, Random } from '#lib/platform';

export interface FoldRuntime {
  readonly nats: NatsConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly waitsFor?: (what: string) => void;
}

type FoldFrom<S> = Pick<OpenFoldOptions<S>, 'upTo' | 'source'> & { readonly decider?: Decider<S> };

/**
 * A domain's journal and a fold of it: all apps read the same events with the same code. `upTo`: a state of the past. `decider`:
 * the domain's, which may be watched while it evolves.
 */
export function openDomainFold<S>(
  { nats, clock, random, logger, waitsFor }: FoldRuntime,
  domain: FoldedDomain<S>,
  role: OpenFoldOptions<S>['role'],
  { upTo, source, decider = domain.decider }: FoldFrom<S> = {},
): Promise<OpenedFold<S>> {
  const { journal: name, schemaVersion } = domain;
  const of = { name, schemaVersion, store: domain.newTables(), decider };
  return openFold({ connection: nats, role, ...of, clock, random, logger, upTo, source, waitsFor });
}
