import type { Counters } from '#lib/metrics';
import { metricName } from './config-text.js';
import type { ProxyModel } from './model.js';
import type { Row } from './reports.js';
import type { Runtime } from './runtime.js';

export type { Counters };

export interface LoadBalancingMetrics {
  /** By `app/name/id`, `net/name/id`. */
  readonly loadBalancers: ReadonlyMap<string, { readonly arn: string; readonly counters: Counters; readonly gauges: Counters }>;
  /** By `targetgroup/name/id`. */
  readonly targetGroups: ReadonlyMap<string, TargetGroupMetrics>;
}

export interface TargetGroupMetrics {
  readonly arn: string;
  readonly loadBalancerArn: string;
  readonly loadBalancer: string;
  readonly counters: Counters;
  readonly gauges: Counters;
  readonly responseTime: Histogram;
}

const CLASSES = ['2XX', '3XX', '4XX', '5XX'] as const;
const ofClass = (row: Row, status: string): number => Number(row[`hrsp_${status.toLowerCase()}`] ?? 0) || 0;
const numberOf = (row: Row, column: string): number => Number(row[column] ?? 0) || 0;
const CLASS_COLUMNS = ['hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx', 'hrsp_other'];
/** `type` of a row of `show stat`. */
const FRONTEND = '0';
const SERVER = '2';

/** The counters of one process, which begin with it. */
export type ProcessCounters = ReadonlyMap<string, Counters>;

/** By section: what its targets, or its clients, have had. */
export function countersOf(rows: readonly Row[]): ProcessCounters {
  const sections = new Map<string, Record<string, number>>();
  for (const row of rows) {
    if (row.type !== FRONTEND && row.type !== SERVER) continue;
    const counters = sections.get(row.pxname!) ?? {};
    sections.set(row.pxname!, counters);
    const add = (name: string, value: number) => {
      if (value > 0) counters[name] = (counters[name] ?? 0) + value;
    };
    if (row.type === FRONTEND) {
      add('RequestCount', numberOf(row, 'req_tot'));
      add('NewConnectionCount', numberOf(row, 'conn_tot'));
      add('ProcessedBytes', numberOf(row, 'bin') + numberOf(row, 'bout'));
      for (const status of CLASSES) add(`HTTPCode_${status}_Count`, ofClass(row, status));
    } else {
      add('RequestCount', row.mode === 'http' ? sumOf(row, CLASS_COLUMNS) : 0);
      add('NewConnectionCount', row.mode === 'http' ? 0 : numberOf(row, 'stot'));
      add('ProcessedBytes', numberOf(row, 'bin') + numberOf(row, 'bout'));
      add('TargetConnectionErrorCount', numberOf(row, 'econ'));
      for (const status of CLASSES) add(`HTTPCode_Target_${status}_Count`, ofClass(row, status));
    }
  }
  return sections;
}

const sumOf = (row: Row, columns: readonly string[]): number => columns.reduce((sum, column) => sum + numberOf(row, column), 0);

/** Counters over all processes: each counts from nothing, and its last words are added once. */
export class Totals {
  private readonly ended = new Map<string, Record<string, number>>();
  private current: readonly ProcessCounters[] = [];

  /** Of the processes that live. */
  observe(current: readonly ProcessCounters[]): void {
    this.current = current;
  }

  /** A process is over; what it had is part of the past from now on. */
  end(last: ProcessCounters): void {
    this.current = this.current.filter((counters) => counters !== last);
    addAll(this.ended, last);
  }

  of(): ReadonlyMap<string, Counters> {
    const sums = new Map<string, Record<string, number>>();
    addAll(sums, this.ended);
    for (const counters of this.current) addAll(sums, counters);
    return sums;
  }
}

function addAll(to: Map<string, Record<string, number>>, from: ReadonlyMap<string, Counters>): void {
  for (const [section, counters] of from) {
    const sums = to.get(section) ?? {};
    to.set(section, sums);
    for (const [name, value] of Object.entries(counters)) sums[name] = (sums[name] ?? 0) + value;
  }
}

/** Milliseconds: each bound is √2 times the one before, up to a minute. The last bucket has no end. */
export const BOUNDS_MS: readonly number[] = Array.from({ length: 33 }, (_, index) => 2 ** (index / 2));

/** Counts by bucket. Of busy listeners a sample: its shape is what it tells. */
export class Histogram {
  constructor(readonly counts: number[] = [...BOUNDS_MS, Infinity].map(() => 0)) {}

  add(ms: number): void {
    const bucket = BOUNDS_MS.findIndex((bound) => ms <= bound);
    this.counts[bucket < 0 ? BOUNDS_MS.length : bucket]!++;
  }

  /** Of the buckets that have any: the count by the upper bound, rounded to thousandths. */
  byBound(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      this.counts.flatMap((count, index) => {
        const bound = BOUNDS_MS[index];
        return count > 0 ? [[bound === undefined ? '+Inf' : String(Math.round(bound * 1_000) / 1_000), count]] : [];
      }),
    );
  }
}

/** Within its bucket a value is taken to be evenly spread. Undefined of nothing. `share`: 0.5, 0.99. */
export function percentileMs(counts: readonly number[], share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let rank = share * total;
  for (const [index, count] of counts.entries()) {
    if (rank <= count && count > 0) {
      const from = BOUNDS_MS[index - 1] ?? 0;
      const to = BOUNDS_MS[index] ?? from;
      return from + (to - from) * (rank / count);
    }
    rank -= count;
  }
  return BOUNDS_MS.at(-1);
}

/** Connections and hosts as they are now. */
export function metricsOf(
  model: ProxyModel,
  runtime: Runtime,
  rows: readonly Row[],
  totals: ReadonlyMap<string, Counters>,
  responseTimes: ReadonlyMap<string, Histogram>,
): LoadBalancingMetrics {
  const loadBalancers = new Map<string, { arn: string; counters: Record<string, number>; gauges: Record<string, number> }>();
  const targetGroups: Map<string, TargetGroupMetrics> = new Map();
  const ofBalancer = (arn: string) => {
    const name = metricName(arn);
    const known = loadBalancers.get(name) ?? { arn, counters: {}, gauges: { ActiveConnectionCount: 0 } };
    loadBalancers.set(name, known);
    return known;
  };
  const scur = new Map(rows.filter(({ type }) => type === FRONTEND).map((row) => [row.pxname!, numberOf(row, 'scur')]));
  for (const { name, loadBalancerArn } of model.frontends.values()) {
    const { counters, gauges } = ofBalancer(loadBalancerArn);
    gauges.ActiveConnectionCount! += scur.get(name) ?? 0;
    const all = totals.get(name) ?? {};
    for (const [metric, value] of Object.entries(all)) add(counters, metric.replace(/^HTTPCode_/, 'HTTPCode_ELB_'), value);
  }
  for (const { name, loadBalancerArn, targetGroupArn } of model.backends.values()) {
    const counters = totals.get(name) ?? {};
    const balancer = ofBalancer(loadBalancerArn).counters;
    for (const status of CLASSES) {
      const answered = counters[`HTTPCode_Target_${status}_Count`] ?? 0;
      add(balancer, `HTTPCode_Target_${status}_Count`, answered);
      // What clients got and no target gave is the load balancer's own.
      add(balancer, `HTTPCode_ELB_${status}_Count`, -answered);
    }
    add(balancer, 'TargetConnectionErrorCount', counters.TargetConnectionErrorCount ?? 0);
    const slots = (runtime.slots.get(name) ?? []).filter(({ state }) => state === 'in');
    const healthy = slots.filter(({ isUp }) => isUp).length;
    targetGroups.set(metricName(targetGroupArn), {
      arn: targetGroupArn,
      loadBalancerArn,
      loadBalancer: metricName(loadBalancerArn),
      counters,
      gauges: { HealthyHostCount: healthy, UnHealthyHostCount: slots.length - healthy },
      responseTime: responseTimes.get(name) ?? new Histogram(),
    });
  }
  for (const { counters } of loadBalancers.values()) {
    // A target's answer may be counted an instant before the client has it.
    for (const status of CLASSES) {
      const metric = `HTTPCode_ELB_${status}_Count`;
      if (counters[metric] !== undefined) counters[metric] = Math.max(0, counters[metric]);
    }
  }
  return { loadBalancers, targetGroups };
}

const add = (counters: Record<string, number>, metric: string, value: number): void => {
  if (value !== 0) counters[metric] = (counters[metric] ?? 0) + value;
};
