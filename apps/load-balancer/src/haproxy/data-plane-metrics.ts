import { Counter, Gauge, type Registry } from 'prom-client';
import { type Counters, type LoadBalancingMetrics, percentileMs } from '../proxy/metrics.js';
import type { StartReason } from './data-plane.js';

const SHARES = { p50: 0.5, p99: 0.99 } as const;

/** One reading serves all gauges of a scrape, which ask at the same time. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read().finally(() => (reading = undefined));
    return reading;
  };
}

/** `longshore_haproxy_*` and `longshore_load_balancing_*` of one replica; values are read from HAProxy when somebody asks. */
export class DataPlaneMetrics {
  private readonly starts: Counter<'reason'>;

  constructor(read: () => Promise<LoadBalancingMetrics | undefined>, registry: Registry) {
    const registers = [registry];
    const reading = shared(read);
    this.starts = new Counter({
      name: 'longshore_haproxy_starts_total',
      help: 'Starts and reloads of HAProxy, by why they were needed; one that gathers several reasons counts for each',
      labelNames: ['reason'],
      registers,
    });
    const valuesOf = (name: string, help: string, of: (part: { counters: Counters; gauges: Counters }) => Counters) => {
      const gauge = new Gauge({
        name,
        help,
        labelNames: ['load_balancer', 'target_group', 'metric'],
        registers,
        async collect() {
          const metrics = await reading();
          gauge.reset();
          const set = (load_balancer: string, target_group: string, values: Counters) => {
            for (const [metric, value] of Object.entries(values)) gauge.set({ load_balancer, target_group, metric }, value);
          };
          for (const [loadBalancer, part] of metrics?.loadBalancers ?? []) set(loadBalancer, '', of(part));
          for (const [targetGroup, part] of metrics?.targetGroups ?? []) set(part.loadBalancer, targetGroup, of(part));
        },
      });
    };
    const names = "under the names of CloudWatch's metrics";
    valuesOf('longshore_load_balancing_total', `What has been since this app began, ${names}`, ({ counters }) => counters);
    valuesOf('longshore_load_balancing', `What is now, ${names}`, ({ gauges }) => gauges);
    const latency = new Gauge({
      name: 'longshore_load_balancing_target_response_seconds',
      help: 'How long targets took to answer since this app began; of busy listeners a sample',
      labelNames: ['load_balancer', 'target_group', 'quantile'],
      registers,
      async collect() {
        const metrics = await reading();
        latency.reset();
        for (const [target_group, { loadBalancer: load_balancer, responseTime }] of metrics?.targetGroups ?? []) {
          for (const [quantile, share] of Object.entries(SHARES)) {
            const ms = percentileMs(responseTime.counts, share);
            if (ms !== undefined) latency.set({ load_balancer, target_group, quantile }, ms / 1_000);
          }
        }
      },
    });
  }

  started(reasons: readonly StartReason[]): void {
    for (const reason of reasons) this.starts.inc({ reason });
  }
}
