import type { Scope } from '#lib/kernel';
import { type Summary, merged } from '../metrics/domain/summary.js';
import { targetGroupName } from '../metrics/domain/traffic-samples.js';
import type { MetricStore } from '../metrics/metric-store.js';
import type { Traffic } from './domain/usage.js';

const BUCKET_MS = 10_000;
/** A window of 10 s counts for the bucket that its middle is in, so a bucket is whole 5 s after its end; two have at least one window each. */
const WHOLE_AFTER_MS = 5_000;
const SPAN_MS = 2 * BUCKET_MS;
const MILLISECONDS = 1_000;

/** What target groups carried in the last 20 s that are whole: all of a service's together. Undefined: no load balancer told of any. */
export function targetGroupTraffic(
  store: MetricStore,
  scope: Scope,
  nowMs: number,
): (targetGroupArns: ReadonlySet<string>) => Traffic | undefined {
  const endMs = Math.floor((nowMs - WHOLE_AFTER_MS) / BUCKET_MS) * BUCKET_MS;
  const groups = new Map<string, { requests?: Summary; times?: Summary }>();
  for (const { metric } of store.metrics(scope)) {
    if (metric.namespace !== 'AWS/ApplicationELB' || metric.lastAtMs < endMs - SPAN_MS) continue;
    const member = metric.name === 'RequestCount' ? 'requests' : metric.name === 'TargetResponseTime' ? 'times' : undefined;
    const group = metric.dimensions.find(({ Name }) => Name === 'TargetGroup')?.Value;
    if (!member || group === undefined) continue;
    const points = store.points(scope, metric, { startMs: endMs - SPAN_MS, endMs, periodMs: BUCKET_MS });
    const sum = points
      .map(({ summary }) => summary)
      .reduce<Summary | undefined>((all, one) => (all ? merged(all, one) : one), undefined);
    if (sum) groups.set(group, { ...groups.get(group), [member]: sum });
  }
  return (targetGroupArns) => {
    const all = [...targetGroupArns].flatMap((arn) => groups.get(targetGroupName(arn)) ?? []);
    if (all.length === 0) return undefined;
    const total = (of: (group: (typeof all)[number]) => number | undefined) =>
      all.reduce((sum, group) => sum + (of(group) ?? 0), 0);
    const timed = total(({ times }) => times?.count);
    return {
      requestsPerSecond: total(({ requests }) => requests?.sum) / (SPAN_MS / MILLISECONDS),
      ...(timed === 0 ? {} : { responseTimeMs: (total(({ times }) => times?.sum) / timed) * MILLISECONDS }),
    };
  };
}
