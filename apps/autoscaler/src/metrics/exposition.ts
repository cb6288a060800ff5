import type { Scope } from '#lib/kernel';
import { PARTS, seriesName } from './domain/series-name.js';
import type { MetricStore } from './metric-store.js';

const MINUTE_MS = 60_000;
/** Samples of a minute that has just ended may still come. */
const GRACE_MS = 5_000;
/** A scrape of more is cut, and says so. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * The newest whole minute of each metric of an account and region, as text that Prometheus scrapes: sum, count, minimum and maximum, from
 * which every statistic but percentiles follows. What nothing came for is left out, so it goes stale there as it does here.
 */
export function exposition(store: MetricStore, scope: Scope, nowMs: number): string {
  const startMs = Math.floor((nowMs - GRACE_MS) / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  /** Lines of one name stand together, as the format has it. */
  const families = new Map<string, string[]>();
  for (const { metric } of store.metrics(scope)) {
    if (metric.lastAtMs < startMs) continue;
    for (const { unit, summary } of store.points(scope, metric, { startMs, endMs: startMs + MINUTE_MS, periodMs: MINUTE_MS })) {
      const { base, labels } = seriesName(scope, metric, unit);
      for (const part of PARTS) {
        const name = `${base}_${part}`;
        const lines = families.get(name) ?? [`# TYPE ${name} gauge`];
        lines.push(`${name}{${labels}} ${summary[part]}`);
        families.set(name, lines);
      }
    }
  }
  const text: string[] = [];
  let bytes = 0;
  for (const family of families.values()) {
    const part = `${family.join('\n')}\n`;
    bytes += Buffer.byteLength(part);
    if (bytes > MOST_BYTES) return `${text.join('')}# More than ${MOST_BYTES} bytes: the rest is left out.\n`;
    text.push(part);
  }
  return text.join('');
}
