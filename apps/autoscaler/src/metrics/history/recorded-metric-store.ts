import type { Scope } from '#lib/kernel';
import { lookupKey, type Metric } from '../domain/metric.js';
import type { KnownMetric, MetricStore, Point, PointsQuery, Sample } from '../metric-store.js';
import type { HistoryWriter } from './history-writer.js';

/** The windows in memory, as alarms read them; what is put is on its way to history too. */
export class RecordedMetricStore implements MetricStore {
  constructor(
    private readonly memory: MetricStore,
    private readonly writer: HistoryWriter,
  ) {}

  get knownSinceMs(): number {
    return this.memory.knownSinceMs;
  }

  hasRoom(scope: Scope, samples: readonly Sample[]): boolean {
    return this.writer.hasRoom && this.memory.hasRoom(scope, samples);
  }

  put(scope: Scope, sample: Sample, nowMs: number, key = lookupKey(scope, sample)): boolean {
    if (!this.memory.put(scope, sample, nowMs, key)) return false;
    this.writer.add(scope, sample, key);
    return true;
  }

  points(scope: Scope, metric: Metric, query: PointsQuery): readonly Point[] {
    return this.memory.points(scope, metric, query);
  }

  metrics(scope: Scope): Iterable<{ readonly key: string; readonly metric: KnownMetric }> {
    return this.memory.metrics(scope);
  }
}
