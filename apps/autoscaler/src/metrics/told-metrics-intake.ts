import type { Scope } from '#lib/kernel';
import { fromJson, type Subscription } from '#lib/messaging';
import type { LogMetric, MetricWindow } from '#lib/metrics';
import { parseLogMetricsSubject, subjects } from '#lib/names';
import type { Clock, Logger } from '#lib/platform';
import type { ScopedSample } from './domain/task-samples.js';
import { samplesOfTraffic } from './domain/traffic-samples.js';
import type { MetricMessage, MetricMessages } from './messages/metric-messages.js';
import type { MetricStore } from './metric-store.js';

export interface ToldMetricsIntakeDeps {
  readonly messages: Pick<MetricMessages, 'hear'>;
  readonly store: MetricStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Hears what load balancers and metric filters tell; every replica does, so that a standby takes over with full windows. */
export class ToldMetricsIntake {
  private heard: readonly Subscription[] = [];

  constructor(private readonly deps: ToldMetricsIntakeDeps) {}

  start(): void {
    const { messages } = this.deps;
    this.heard = [
      messages.hear(subjects.loadBalancingMetrics, (message) =>
        this.take(message, () => {
          const window = fromJson(message.payload) as MetricWindow;
          // Its middle, as the broker had it: clocks of other hosts may be hours off.
          return samplesOfTraffic(window, message.heardAtMs - window.periodMs / 2);
        }),
      ),
      messages.hear(subjects.allLogMetrics, (message) =>
        this.take(message, () => [
          ofLogs(parseLogMetricsSubject(message.subject) as Scope, fromJson(message.payload) as LogMetric, message.heardAtMs),
        ]),
      ),
    ];
  }

  async stop(): Promise<void> {
    for (const one of this.heard) await one.drain();
  }

  private take({ subject, heardAtMs }: MetricMessage, read: () => readonly ScopedSample[]): void {
    const { store, clock, logger } = this.deps;
    let samples: readonly ScopedSample[];
    try {
      samples = read();
    } catch (error) {
      // Of another version, say: the next ones may be sound.
      logger.warn({ subject, error: (error as Error).message }, 'metrics that are no metrics');
      return;
    }
    const dropped = samples.filter(({ scope, sample }) => !store.put(scope, { ...sample, heardAtMs }, clock.now())).length;
    if (dropped > 0) logger.warn({ subject, dropped }, 'there is no room for more metrics');
  }
}

const MINUTE_MS = 60_000;

/** A metric's minute comes in parts, which are added. As long as it lasts a part is of now, so that alarms of 10 s see it; then of the minute. */
const ofLogs = (
  scope: Scope,
  { namespace, metricName: name, dimensions, unit, timestamp, sampleCount: count, sum, minimum: min, maximum: max }: LogMetric,
  nowMs: number,
): ScopedSample => ({
  scope,
  sample: {
    namespace,
    name,
    dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    unit,
    atMs: nowMs >= timestamp && nowMs < timestamp + MINUTE_MS ? nowMs : timestamp,
    summary: { sum, count, min, max },
  },
});
