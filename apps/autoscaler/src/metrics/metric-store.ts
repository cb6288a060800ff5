import type { Scope } from '#lib/kernel';
import type { Metric } from './domain/metric.js';
import type { Summary } from './domain/summary.js';

export interface Sample extends Metric {
  readonly unit: string;
  readonly atMs: number;
  readonly summary: Summary;
  /** When the broker had it, by this host's clock; undefined: it was found here, now. */
  readonly heardAtMs?: number;
  /** Periods of less than 10 s are asked of it. */
  readonly isHighResolution?: true;
  /** Of its bucket there is no other: told twice it counts once. */
  readonly isWhole?: true;
  /** It was put, and is kept until history has it for good. */
  readonly isPut?: true;
}

export interface Point {
  /** Where its period begins. */
  readonly atMs: number;
  readonly unit: string;
  readonly summary: Summary;
  /** When the broker had it, by this host's clock; undefined: it was found here, now. */
  readonly heardAtMs?: number;
  /** Periods of less than 10 s are asked of it. */
  readonly isHighResolution?: true;
  /** Of its bucket there is no other: told twice it counts once. */
  readonly isWhole?: true;
  /** It was put, and is kept until history has it for good. */
  readonly isPut?: true;
}

export interface PointsQuery {
  /** Undefined: of each unit that it has, apart. */
  readonly unit?: string;
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly periodMs: number;
}

export interface KnownMetric extends Metric {
  readonly lastAtMs: number;
}

/** Where samples are kept. What was put is read back at once. */
export interface MetricStore {
  /** When the clock was set back and everything of before was forgotten; -Infinity: it never was. */
  readonly knownSinceMs: number;
  /** Whether there is room for all of them, also where they are of other metrics. */
  hasRoom(scope: Scope, samples: readonly Sample[]): boolean;
  /** False: there is no room for another metric. `key` is the metric's lookupKey(), where that is known. */
  put(scope: Scope, sample: Sample, nowMs: number, key?: string): boolean;
  /** Periods in which something came, from old to new; they begin at multiples of the period. */
  points(scope: Scope, metric: Metric, query: PointsQuery): readonly Point[];
  /** Metrics of one (account, region) that are still remembered, in the order of their keys. */
  metrics(scope: Scope): Iterable<{ readonly key: string; readonly metric: KnownMetric }>;
}
