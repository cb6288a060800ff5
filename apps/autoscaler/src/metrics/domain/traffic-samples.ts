import { parseArn, type Scope } from '#lib/kernel';
import type { Counters, MetricWindow, TargetGroupWindow, WindowOf } from '#lib/metrics';
import type { Sample } from '../metric-store.js';
import type { Dimension } from './metric.js';
import type { Summary } from './summary.js';
import { merged, ofSample } from './summary.js';
import type { ScopedSample } from './task-samples.js';

const APPLICATION = 'AWS/ApplicationELB';
const NETWORK = 'AWS/NetworkELB';
/** What CloudWatch calls it of network load balancers. */
const OF_NETWORK: Readonly<Record<string, string>> = {
  ActiveConnectionCount: 'ActiveFlowCount',
  NewConnectionCount: 'NewFlowCount',
};

/** `app/web/0123…` and `targetgroup/web/0123…`, as metrics' dimensions have them. */
const nameOf = (arn: string): string =>
  parseArn(arn)?.resourceType === 'loadbalancer' ? parseArn(arn)!.resourceId : targetGroupName(arn);
export const targetGroupName = (arn: string): string => arn.replace(/^.*:/, '');

/** What a window of one replica adds to the metrics of its load balancers and target groups; replicas' sums are added. */
export const samplesOfTraffic = (window: MetricWindow, atMs: number): readonly ScopedSample[] => [
  ...window.loadBalancers.flatMap((one) => ofLoadBalancer(one, atMs)),
  ...window.targetGroups.flatMap((one) => ofTargetGroup(one, atMs)),
];

type Make = (name: string, unit: string, summary: Summary, dimensions: readonly Dimension[]) => ScopedSample;

function maker(loadBalancerArn: string, atMs: number): Make {
  const { accountId, region } = parseArn(loadBalancerArn)!;
  const scope: Scope = { accountId, region };
  const namespace = nameOf(loadBalancerArn).startsWith('net/') ? NETWORK : APPLICATION;
  return (metric, unit, summary, dimensions) => {
    const name = namespace === NETWORK ? (OF_NETWORK[metric] ?? metric) : metric;
    const sample: Sample = { namespace, name, dimensions, unit, atMs, summary };
    return { scope, sample };
  };
}

const figures = (make: Make, values: Counters, dimensions: readonly Dimension[]): readonly ScopedSample[] =>
  Object.entries(values)
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => make(name, name === 'ProcessedBytes' ? 'Bytes' : 'Count', ofSample(value), dimensions));

function ofLoadBalancer({ arn, sums, gauges }: WindowOf, atMs: number): readonly ScopedSample[] {
  const make = maker(arn, atMs);
  const dimensions = [{ Name: 'LoadBalancer', Value: nameOf(arn) }];
  return [...figures(make, sums, dimensions), ...figures(make, gauges, dimensions)];
}

function ofTargetGroup(window: TargetGroupWindow, atMs: number): readonly ScopedSample[] {
  const { arn, loadBalancerArn, sums, gauges, responseTimesMs } = window;
  const make = maker(loadBalancerArn, atMs);
  const ofGroup = { Name: 'TargetGroup', Value: nameOf(arn) };
  const dimensions = [{ Name: 'LoadBalancer', Value: nameOf(loadBalancerArn) }, ofGroup];
  const healthy = gauges.HealthyHostCount ?? 0;
  const perTarget = ofSample((sums.RequestCount ?? 0) / healthy);
  const times = responseTimes(responseTimesMs);
  return [
    ...figures(make, sums, dimensions),
    ...figures(make, gauges, dimensions),
    // Nobody to share requests with says nothing of a share; no request is a share of 0.
    ...(healthy > 0 ? [dimensions, [ofGroup]].map((of) => make('RequestCountPerTarget', 'Count', perTarget, of)) : []),
    ...(times ? [make('TargetResponseTime', 'Seconds', times, dimensions)] : []),
  ];
}

const BUCKET_RATIO = Math.SQRT2;

/** In seconds. Of a bucket, each bound √2 times the one before, its middle stands for all that is in it. */
function responseTimes(byBound: Counters): Summary | undefined {
  const bounds = Object.keys(byBound).map(Number);
  const largest = Math.max(0, ...bounds.filter(Number.isFinite));
  return Object.entries(byBound)
    .filter(([, count]) => count > 0)
    .map(([bound, count]) => {
      const upper = Number(bound.replace('+Inf', String(largest * BUCKET_RATIO)));
      return ofSample(upper / Math.sqrt(BUCKET_RATIO) / 1_000, count);
    })
    .reduce<Summary | undefined>((sum, one) => (sum ? merged(sum, one) : one), undefined);
}
