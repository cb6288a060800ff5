import { createHash } from 'node:crypto';
import type { Scope } from '#lib/kernel';
import { type Metric, metricKey, sortedDimensions } from './metric.js';

/** What is kept of each bucket, as suffixes of the series' names. */
export const PARTS = ['sum', 'count', 'min', 'max'] as const;

/** One metric in one unit, as Prometheus has it. */
export interface SeriesName {
  readonly scope: Scope;
  readonly metric: Metric;
  readonly unit: string;
  /** Names exactly this series: a matcher of labels would also find metrics with more dimensions. */
  readonly id: string;
  /** `aws_ecs_cpuutilization` */
  readonly base: string;
  /** `account="…",region="…",…` */
  readonly labels: string;
}

export function seriesName(scope: Scope, metric: Metric, unit: string): SeriesName {
  const dimensions = sortedDimensions(metric.dimensions);
  const id = createHash('sha256')
    .update(JSON.stringify([metricKey(scope, metric), unit]))
    .digest('hex')
    .slice(0, 24);
  const labels = new Map<string, string>([
    ['id', id],
    ['account', scope.accountId],
    ['region', scope.region],
    ['unit', unit],
    ...dimensions.map(({ Name, Value }) => [`dimension_${sanitized(Name)}`, Value] as const),
  ]);
  return {
    scope: { accountId: scope.accountId, region: scope.region } as Scope,
    metric: { namespace: metric.namespace, name: metric.name, dimensions },
    unit,
    id,
    base: baseOf(metric),
    labels: labelsText(labels),
  };
}

export const labelsText = (labels: Iterable<readonly [name: string, value: string]>): string =>
  [...labels].map(([name, value]) => `${name}="${escaped(value)}"`).join(',');

/** As the CloudWatch exporters name it. */
const baseOf = ({ namespace, name }: Metric): string =>
  sanitized(`${namespace}_${name}`.toLowerCase()).replace(/^(?=[0-9])/, '_');

const sanitized = (text: string): string => text.replace(/[^A-Za-z0-9_]/g, '_');
const escaped = (value: string): string => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
