import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * `message`: no message of an agent. `registration`, `report`: refused by a rule or unreadable, and recorded nowhere. `uncommitted`: reports that
 * were not committed in time; their agents send them again.
 */
const REFUSED = ['message', 'registration', 'report', 'uncommitted'] as const;
export type RefusedKind = (typeof REFUSED)[number];

/** What of what agents say does not get through. */
export class IntakeMetrics {
  private readonly counter: Counter<'what'>;
  private readonly ahead: Gauge;

  constructor(registry: Registry) {
    this.counter = new Counter({
      name: 'longshore_refused_reports_total',
      help: 'What agents said and nothing came of: no message, a refused registration or report, reports not committed in time',
      labelNames: ['what'],
      registers: [registry],
    });
    this.ahead = new Gauge({
      name: 'longshore_agents_ahead',
      help: 'Agents that have an assignment of a revision which the journal does not have: commits are lost, or a backup was restored',
      registers: [registry],
    });
    for (const what of REFUSED) this.counter.inc({ what }, 0);
  }

  agentsAhead(count: number): void {
    this.ahead.set(count);
  }

  refused(what: RefusedKind, count = 1): void {
    this.counter.inc({ what }, count);
  }
}
