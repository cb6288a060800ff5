import { Refusal } from '#lib/kernel';
import type { DataQuery } from '../../metrics/domain/data-query.js';
import type { Dimension } from '../../metrics/domain/metric.js';
import type { Statistic } from '../../metrics/domain/summary.js';
import { mathPeriod } from '../metric-math.js';
import type { CustomizedMetric, TargetId, TargetTracking, TrackingQuery } from './model.js';
import { clusterOf, serviceOf } from './names.js';
import { targetRefusals as refusals } from './refusals.js';

/** The metric that a target is compared with, or metric math. */
export type TrackedMetric = OneMetric | TrackedMath;

export interface TrackedMath {
  readonly metrics: readonly DataQuery[];
  readonly dimensions: readonly [];
}

export interface OneMetric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly Dimension[];
  readonly statistic: Statistic;
  readonly unit?: string;
}

const OF_SERVICES: Readonly<Record<string, string>> = {
  ECSServiceAverageCPUUtilization: 'CPUUtilization',
  ECSServiceAverageMemoryUtilization: 'MemoryUtilization',
  ECSServiceAverageCPUUtilizationHighResolution: 'CPUUtilization',
  ECSServiceAverageMemoryUtilizationHighResolution: 'MemoryUtilization',
};

/** [AWS: "Faster auto scaling with high-resolution metrics"] What tasks use is measured every 10 s in any case. */
const HIGH_RESOLUTION_SECONDS = 20;

/** In seconds, where the kind of metric names one; undefined: as fast as its metric comes. */
export const resolutionOf = ({ PredefinedMetricSpecification: predefined }: TargetTracking): number | undefined =>
  predefined?.PredefinedMetricType.endsWith('HighResolution') ? HIGH_RESOLUTION_SECONDS : undefined;

export function trackedMetric(target: Pick<TargetId, 'resourceId'>, settings: TargetTracking): TrackedMetric {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized } = settings;
  if ((predefined === undefined) === (customized === undefined))
    throw refusals.validation(
      'Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified for a TargetTrackingScaling policy.',
    );
  return customized ? customizedMetric(customized) : predefinedMetric(target, predefined!);
}

function predefinedMetric(
  target: Pick<TargetId, 'resourceId'>,
  { PredefinedMetricType: type, ResourceLabel: label }: NonNullable<TargetTracking['PredefinedMetricSpecification']>,
): TrackedMetric {
  if (type === 'ALBRequestCountPerTarget') {
    // app/<load balancer>/<id>/targetgroup/<target group>/<id>, which is the ends of both ARNs.
    const [, loadBalancer, targetGroup] = /^(app\/[^/]+\/[^/]+)\/(targetgroup\/[^/]+\/[^/]+)$/.exec(label ?? '') ?? [];
    if (loadBalancer === undefined || targetGroup === undefined)
      throw refusals.validation(
        'The ResourceLabel of ALBRequestCountPerTarget has to be app/<load-balancer-name>/<load-balancer-id>/targetgroup/<target-group-name>/<target-group-id>',
      );
    const dimensions = [
      { Name: 'LoadBalancer', Value: loadBalancer },
      { Name: 'TargetGroup', Value: targetGroup },
    ];
    return { namespace: 'AWS/ApplicationELB', metricName: 'RequestCountPerTarget', dimensions, statistic: 'Sum' };
  }
  const metricName = Object.hasOwn(OF_SERVICES, type) ? OF_SERVICES[type] : undefined;
  if (metricName === undefined)
    throw refusals.validation(`The predefined metric type ${type} is not valid for ecs:service:DesiredCount.`);
  if (label !== undefined) throw refusals.validation(`A ResourceLabel is not valid for the predefined metric type ${type}.`);
  const dimensions = [
    { Name: 'ClusterName', Value: clusterOf(target) },
    { Name: 'ServiceName', Value: serviceOf(target) },
  ];
  return { namespace: 'AWS/ECS', metricName, dimensions, statistic: 'Average', unit: 'Percent' };
}

function customizedMetric({ MetricName, Namespace, Dimensions = [], Statistic, Unit, Metrics }: CustomizedMetric): TrackedMetric {
  if (Metrics) return trackedMath(Metrics, [MetricName, Namespace, Statistic, Unit]);
  if (MetricName === undefined || Namespace === undefined || Statistic === undefined)
    throw refusals.validation('A CustomizedMetricSpecification needs MetricName, Namespace and Statistic.');
  if (new Set(Dimensions.map(({ Name }) => Name)).size < Dimensions.length)
    throw refusals.validation('The Dimensions of a CustomizedMetricSpecification have a name twice.');
  return {
    namespace: Namespace,
    metricName: MetricName,
    dimensions: Dimensions,
    statistic: Statistic,
    ...(Unit === undefined ? {} : { unit: Unit }),
  };
}

/** A TargetTrackingMetricStat names no period: customized metrics are tracked by the minute. */
const MINUTE_SECONDS = 60;

function trackedMath(metrics: readonly TrackingQuery[], ofOneMetric: readonly unknown[]): TrackedMath {
  if (ofOneMetric.some((given) => given !== undefined))
    throw refusals.validation('A CustomizedMetricSpecification has either Metrics or a metric with its Statistic.');
  const queries = metrics.map(({ MetricStat, ...query }): DataQuery => ({
    ...query,
    ...(MetricStat ? { MetricStat: { ...MetricStat, Period: MINUTE_SECONDS } } : {}),
  }));
  try {
    mathPeriod(queries, 1);
  } catch (error) {
    throw error instanceof Refusal ? refusals.validation(error.message) : error;
  }
  return { metrics: queries, dimensions: [] };
}
