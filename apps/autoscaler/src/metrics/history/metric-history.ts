import type { Scope } from '#lib/kernel';
import type { Bins } from '../domain/bins.js';
import type { SeriesName } from '../domain/series-name.js';
import type { Extremes, Summary, Sums } from '../domain/summary.js';

/** What came in one bucket of one series. Rows of one series and one `atMs` are the same row: sent again, it counts once. */
export interface HistoryRow {
  readonly series: SeriesName;
  /** In the bucket; where several rows are of one bucket, each has its own, and they are added. */
  readonly atMs: number;
  readonly values?: Pick<Summary, 'sum' | 'count' | 'min' | 'max'>;
  /** Of a whole minute. */
  readonly bins?: Bins;
}

/** Periods [startMs + n × periodMs, … + periodMs) that begin before `endMs`. */
export interface HistoryRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly periodMs: number;
}

/** By series' id, then by the beginning of the period; of periods in which something came. */
export type ById<T> = ReadonlyMap<string, ReadonlyMap<number, T>>;

export interface SeenSeries {
  readonly series: SeriesName;
  readonly lastAtMs: number;
}

/** Prometheus' HTTP API, of which the reads are here. */
export interface SearchRequest {
  readonly api: 'query' | 'query_range' | 'series' | 'labels' | 'label/values' | 'metadata' | 'status/buildinfo';
  readonly label?: string;
  /** Its parameters, as a form. */
  readonly form?: string;
}

export interface SearchAnswer {
  readonly status: number;
  readonly body: string;
}

/** Where metrics are kept for long. It may be away: every call then throws `HistoryUnavailable`, and nobody who scales asks it. */
export interface MetricHistory {
  write(rows: readonly HistoryRow[], seen: readonly SeenSeries[]): Promise<void>;
  /** Names this run of its process, in which what it took is not lost; undefined: it cannot say. */
  life(): Promise<string | undefined>;
  /** What was written is found from now on; without it, it may take seconds. */
  settle(): Promise<void>;
  sums(ids: readonly string[], range: HistoryRange): Promise<ById<Sums>>;
  extremes(ids: readonly string[], range: HistoryRange): Promise<ById<Extremes>>;
  bins(ids: readonly string[], range: HistoryRange): Promise<ById<Bins>>;
  /** Everything of which something is still kept. */
  seen(): Promise<readonly SeenSeries[]>;
  /** PromQL over the metrics of one account and region, and of no other. */
  search(scope: Scope, request: SearchRequest): Promise<SearchAnswer>;
}

export class HistoryUnavailable extends Error {}
