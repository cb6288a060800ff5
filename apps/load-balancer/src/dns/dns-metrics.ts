import { Counter, type Registry } from 'prom-client';
import type { DnsOutcome } from './dns-server.js';

export class DnsMetrics {
  private readonly queries: Counter<'outcome'>;

  constructor(registry: Registry) {
    this.queries = new Counter({
      name: 'longshore_dns_queries_total',
      help: 'Questions that were asked of the DNS server, by what became of them.',
      labelNames: ['outcome'],
      registers: [registry],
    });
  }

  readonly asked = (outcome: DnsOutcome): void => this.queries.inc({ outcome });
}
