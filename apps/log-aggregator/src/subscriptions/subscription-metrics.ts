import { Counter, type Registry } from 'prom-client';

/** What came of a line that a subscription filter selected. */
export type Ended = 'delivered' | 'refused' | 'no-room' | 'stopped';

export class SubscriptionMetrics {
  private readonly lines: Counter<'outcome'>;

  constructor(registry: Registry) {
    this.lines = new Counter({
      name: 'longshore_log_subscription_lines_total',
      help: 'Lines that subscription filters selected: delivered, refused by their destination, or dropped',
      labelNames: ['outcome'],
      registers: [registry],
    });
  }

  ended(outcome: Ended, lines: number): void {
    this.lines.inc({ outcome }, lines);
  }
}
