import type { Registry } from 'prom-client';
import type { EcsState } from '#lib/ecs/model';
import type { Fold } from '#lib/journal';
import type { Clock, Logger, Random } from '#lib/platform';
import { dnsAnswer } from '../domain/discovery/dns-answers.js';
import type { LoadBalancingState } from '../domain/state.js';
import { type DnsEndpoint, DnsServer } from './dns-server.js';
import { DnsMetrics } from './dns-metrics.js';
import { Forwarder } from './forwarder.js';
import { HostResolvers } from './resolvers.js';

export interface NamesDeps {
  readonly own: Pick<Fold<LoadBalancingState>, 'state' | 'revision'>;
  readonly ecs: Pick<Fold<EcsState>, 'state' | 'revision'>;
  readonly settings: DnsSettings;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface DnsSettings {
  readonly endpoints: readonly DnsEndpoint[];
  /** In which the names of load balancers end. */
  readonly suffix: string;
  /** The host's own, resolv.conf(5). */
  readonly resolvConf: string;
}

/** The names of load balancers, services and instances in DNS, from this replica's folds: what is committed is answered at once. */
export const namesServer = ({ own, ecs, settings, registry, clock, random, logger }: NamesDeps): DnsServer => {
  const { endpoints, suffix, resolvConf } = settings;
  const resolvers = new HostResolvers(resolvConf, new Set(endpoints.map(({ address }) => address)), clock, logger);
  const forwarder = new Forwarder({ resolvers: () => resolvers.addresses(), clock, random });
  const metrics = new DnsMetrics(registry);
  return new DnsServer(endpoints, {
    answer: (question, side, asker) => {
      const state = { ...tablesOf(own.state), ecs: ecs.state };
      // Both only rise; a serial is 32 bits.
      const serial = (own.revision + ecs.revision) % 2 ** 32;
      return dnsAnswer({ state, suffix, serial, asker, random: () => random.next() }, question, side);
    },
    forward: (query, over) => forwarder.ask(query, over),
    clock,
    logger,
    onOutcome: metrics.asked,
  });
};

const tablesOf = ({
  loadBalancers,
  listeners,
  rules,
  namespaces,
  discoveryServices,
  instances,
  operations,
  hostedZones,
  recordSets,
}: LoadBalancingState) => ({
  loadBalancers,
  listeners,
  rules,
  namespaces,
  discoveryServices,
  instances,
  operations,
  hostedZones,
  recordSets,
});
