import type { DnsConfig, DnsRecord } from './model.js';
import { refusals } from './refusals.js';

/** A task that was killed is asked for no longer than this, whatever a service's records say. */
export const MAX_TTL_SECONDS = 5;

export interface DnsConfigInput {
  readonly NamespaceId?: string;
  readonly RoutingPolicy?: DnsConfig['RoutingPolicy'];
  readonly DnsRecords: readonly DnsRecord[];
}

/** By Cloud Map's rules: A, AAAA and SRV, each once; CNAME alone, and weighted [sdk DnsRecord, DnsConfig.RoutingPolicy]. */
export function dnsConfigOf({ RoutingPolicy = 'MULTIVALUE', DnsRecords }: DnsConfigInput): DnsConfig {
  if (DnsRecords.length === 0) throw refusals.invalidInput('DnsConfig.DnsRecords has to name at least one record.');
  const types = DnsRecords.map(({ Type }) => Type);
  const twice = types.find((type, i) => types.indexOf(type) !== i);
  if (twice) throw refusals.invalidInput(`DnsConfig.DnsRecords names the type ${twice} more than once.`);
  if (types.includes('CNAME')) {
    if (types.length > 1) throw refusals.invalidInput('A CNAME record cannot be combined with records of another type.');
    if (RoutingPolicy !== 'WEIGHTED') throw refusals.invalidInput('A CNAME record needs the routing policy WEIGHTED.');
  }
  return { RoutingPolicy, DnsRecords: DnsRecords.map(({ Type, TTL }) => ({ Type, TTL })) };
}
