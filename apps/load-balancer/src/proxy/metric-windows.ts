import type { MetricWindow } from '#lib/metrics';
import { type Counters, Histogram, type LoadBalancingMetrics } from './metrics.js';

/** What HAProxy's sections had: since the app began, or within a window. */
export interface SectionFigures {
  readonly totals: ReadonlyMap<string, Counters>;
  readonly responseTimes: ReadonlyMap<string, Histogram>;
}

/**
 * From figures since the app began to those within a window. By section, so that a target group that comes into use again brings none of
 * its past with it. The first reading only begins: what it has may be of an earlier app's time.
 */
export class SectionWindows {
  private readonly totals = new Map<string, Counters>();
  private readonly counts = new Map<string, readonly number[]>();
  private hasBegun = false;

  next({ totals, responseTimes }: SectionFigures): SectionFigures | undefined {
    const window = {
      totals: new Map([...totals].map(([section, now]) => [section, since(this.totals.get(section) ?? {}, now)])),
      responseTimes: new Map(
        [...responseTimes].map(([section, { counts }]) => {
          const before = this.counts.get(section);
          return [section, new Histogram(counts.map((count, bucket) => count - (before?.[bucket] ?? 0)))];
        }),
      ),
    };
    for (const [section, now] of totals) this.totals.set(section, { ...now });
    for (const [section, { counts }] of responseTimes) this.counts.set(section, [...counts]);
    const isFirst = !this.hasBegun;
    this.hasBegun = true;
    return isFirst ? undefined : window;
  }
}

const since = (before: Counters, now: Counters): Counters =>
  Object.fromEntries(
    Object.entries(now).flatMap(([name, value]) => {
      const more = value - (before[name] ?? 0);
      return more > 0 ? [[name, more]] : [];
    }),
  );

export const windowOf = ({
  loadBalancers,
  targetGroups,
}: LoadBalancingMetrics): Pick<MetricWindow, 'loadBalancers' | 'targetGroups'> => ({
  loadBalancers: [...loadBalancers.values()].map(({ arn, counters, gauges }) => ({ arn, sums: counters, gauges })),
  targetGroups: [...targetGroups.values()].map(({ arn, loadBalancerArn, counters, gauges, responseTime }) => ({
    arn,
    loadBalancerArn,
    sums: counters,
    gauges,
    responseTimesMs: responseTime.byBound(),
  })),
});
