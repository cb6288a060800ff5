import { Counter, Gauge, register, type Registry } from 'prom-client';

export class EventMetrics {
  private readonly readers: Gauge;
  private readonly events: Counter;

  constructor(registry: Registry = register) {
    this.readers = new Gauge({
      name: 'longshore_gateway_event_readers',
      help: 'Readers of GET /events at this gateway',
      registers: [registry],
    });
    this.events = new Counter({
      name: 'longshore_gateway_events_sent_total',
      help: 'Events written to readers of GET /events',
      registers: [registry],
    });
  }

  reading(count: number): void {
    this.readers.set(count);
  }

  sent(count: number): void {
    this.events.inc(count);
  }
}
