import { Counter, type Registry } from 'prom-client';

/**
 * `message`: no message of an agent. `registration`, `report`: refused by a rule, and recorded nowhere. `uncommitted`: reports that
 * were not committed in time; their agents send them again.
 */
const REFUSED = ['message', 'registration', 'report', 'uncommitted'] as const;
export type RefusedKind = (typeof REFUSED)[number];

/** What of what agents say does not get through. */
export class IntakeMetrics {
  private readonly counter: Counter<'what'>;

  constructor(registry: Registry) {
    this.counter = new Counter({
      name: 'longshore_refused_reports_total',
      help: 'What agents said and nothing came of: no message, a refused registration or report, reports not committed in time',
      labelNames: ['what'],
      registers: [registry],
    });
    for (const what of REFUSED) this.counter.inc({ what }, 0);
  }

  refused(what: RefusedKind, count = 1): void {
    this.counter.inc({ what }, count);
  }
}
