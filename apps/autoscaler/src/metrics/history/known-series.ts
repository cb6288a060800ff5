import { type Scope, scopeKey } from '#lib/kernel';
import { lookupKey, type Metric, metricKey } from '../domain/metric.js';
import { type SeriesName, seriesName } from '../domain/series-name.js';
import type { KnownMetric } from '../metric-store.js';
import type { SeenSeries } from './metric-history.js';

/** As long as CloudWatch lists a metric that nothing comes for. */
const LISTED_MS = 14 * 24 * 3_600_000;
const MOST_SERIES = 200_000;

export interface KnownSeries {
  readonly name: SeriesName;
  lastAtMs: number;
  /** Nothing came before it. */
  oldestAtMs: number;
}

interface Entry {
  readonly scope: string;
  readonly key: string;
  readonly metric: Metric;
  readonly units: Map<string, KnownSeries>;
}

/** Which metrics there are, also those of which only history has something. */
export class KnownSeriesList {
  /** By lookupKey(). */
  private readonly entries = new Map<string, Entry>();
  private size = 0;

  /** What history has, when it was asked; what came here meanwhile stays. */
  load(seen: readonly SeenSeries[]): void {
    for (const { series, lastAtMs } of seen) {
      const known = this.ensure(series.scope, series.metric, series.unit, lastAtMs);
      if (known) known.oldestAtMs = -Infinity;
    }
  }

  /** Undefined: there is no room for another. */
  ensure(scope: Scope, metric: Metric, unit: string, atMs: number, key = lookupKey(scope, metric)): KnownSeries | undefined {
    let entry = this.entries.get(key);
    let known = entry?.units.get(unit);
    if (!known) {
      if (this.size >= MOST_SERIES) return undefined;
      const name = seriesName(scope, metric, unit);
      if (!entry)
        this.entries.set(
          key,
          (entry = { scope: scopeKey(scope), key: metricKey(scope, metric), metric: name.metric, units: new Map() }),
        );
      entry.units.set(unit, (known = { name, lastAtMs: atMs, oldestAtMs: atMs }));
      this.size++;
    }
    if (atMs > known.lastAtMs) known.lastAtMs = atMs;
    if (atMs < known.oldestAtMs) known.oldestAtMs = atMs;
    return known;
  }

  of(scope: Scope, metric: Metric, unit: string | undefined): readonly KnownSeries[] {
    const units = this.entries.get(lookupKey(scope, metric))?.units;
    if (!units) return [];
    return unit === undefined ? [...units.values()] : [units.get(unit)].filter((one) => one !== undefined);
  }

  /** In the order of their keys. */
  *metrics(scope: Scope, nowMs: number): Iterable<{ readonly key: string; readonly metric: KnownMetric }> {
    const of = scopeKey(scope);
    const entries = [...this.entries.values()].filter((entry) => entry.scope === of);
    for (const { key, metric, units } of entries.sort((a, b) => (a.key < b.key ? -1 : 1))) {
      const lastAtMs = Math.max(...[...units.values()].map((one) => one.lastAtMs));
      if (lastAtMs >= nowMs - LISTED_MS) yield { key, metric: { ...metric, lastAtMs } };
    }
  }
}
