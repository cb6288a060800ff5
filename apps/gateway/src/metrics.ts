import { Counter, Histogram, register, type Registry } from 'prom-client';

/** What the gateway answered, and how long it took. Operations are labels only when the model has them: strangers make no series. */
export class GatewayMetrics {
  private readonly requests: Counter<'service' | 'operation' | 'status'>;
  private readonly throttled: Counter<'why'>;
  private readonly seconds: Histogram<'service' | 'operation'>;

  constructor(registry: Registry = register) {
    this.requests = new Counter({
      name: 'longshore_gateway_requests_total',
      help: 'API requests by operation and HTTP status',
      labelNames: ['service', 'operation', 'status'],
      registers: [registry],
    });
    this.throttled = new Counter({
      name: 'longshore_gateway_throttled_total',
      help: 'Requests refused because their account had its share, by kind of operation (or in-flight)',
      labelNames: ['why'],
      registers: [registry],
    });
    this.seconds = new Histogram({
      name: 'longshore_gateway_request_seconds',
      help: 'From the whole request to the answer',
      labelNames: ['service', 'operation'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
  }

  refusedAsTooMany(why: string): void {
    this.throttled.inc({ why });
  }

  answered(service: string, operation: string, status: number, ms: number): void {
    this.requests.inc({ service, operation, status });
    this.seconds.observe({ service, operation }, ms / 1000);
  }
}
