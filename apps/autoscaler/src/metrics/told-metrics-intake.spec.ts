import { toJson } from '#lib/messaging';
import type { LogMetric, MetricWindow } from '#lib/metrics';
import { subjects } from '#lib/names';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { MemoryMetricBroker } from './messages/memory-metric-messages.js';
import { MemoryMetricStore } from './memory-metric-store.js';
import { ToldMetricsIntake } from './told-metrics-intake.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' } as never;
const ARN = 'arn:aws:elasticloadbalancing:us-east-1:000000000000';
const LOAD_BALANCER = `${ARN}:loadbalancer/app/front/0123456789abcdef`;
const OF_BALANCER = { Name: 'LoadBalancer', Value: 'app/front/0123456789abcdef' };
const OF_GROUP = { Name: 'TargetGroup', Value: 'targetgroup/web/fedcba9876543210' };

describe('metrics that others tell', () => {
  const clock = new VirtualClock();
  let broker: MemoryMetricBroker;
  let store: MemoryMetricStore;

  beforeEach(() => {
    store = new MemoryMetricStore();
    broker = new MemoryMetricBroker(clock);
    const messages = broker.connect();
    new ToldMetricsIntake({ messages, store, clock, logger: silentLogger }).start();
    return messages.start();
  });
  const read = (namespace: string, name: string, dimensions: readonly object[]) =>
    store
      .points(
        SCOPE,
        { namespace, name, dimensions: dimensions as never },
        { startMs: clock.now() - 60_000, endMs: clock.now() + 60_000, periodMs: 60_000 },
      )
      .map(({ summary, unit }) => ({ ...summary, unit }));
  const tell = (more: object = {}, group: object = {}) => {
    const window: MetricWindow = {
      replicaId: 'a',
      at: new Date(clock.now()).toISOString(),
      periodMs: 10_000,
      loadBalancers: [{ arn: LOAD_BALANCER, sums: { RequestCount: 12 }, gauges: { ActiveConnectionCount: 3 } }],
      targetGroups: [
        {
          arn: `${ARN}:targetgroup/web/fedcba9876543210`,
          loadBalancerArn: LOAD_BALANCER,
          sums: { RequestCount: 12, HTTPCode_Target_2XX_Count: 12 },
          gauges: { HealthyHostCount: 3, UnHealthyHostCount: 1 },
          responseTimesMs: { '16': 12 },
          ...group,
        },
      ],
      ...more,
    };
    broker.publish(subjects.loadBalancingMetrics, toJson(window));
  };

  it('are a load balancer’s: requests, hosts, response times, and each target’s share; replicas’ sums are added', async () => {
    await clock.advance(20_000);
    tell();
    tell();
    const both = [OF_BALANCER, OF_GROUP];
    expect(read('AWS/ApplicationELB', 'RequestCount', [OF_BALANCER])).toEqual([
      { sum: 24, count: 2, min: 12, max: 12, unit: 'Count' },
    ]);
    expect(read('AWS/ApplicationELB', 'RequestCountPerTarget', both)).toMatchObject([{ sum: 8 }]);
    expect(read('AWS/ApplicationELB', 'RequestCountPerTarget', [OF_GROUP])).toMatchObject([{ sum: 8 }]);
    expect(read('AWS/ApplicationELB', 'HealthyHostCount', both)).toMatchObject([{ max: 3, min: 3 }]);
    expect(read('AWS/ApplicationELB', 'HTTPCode_Target_2XX_Count', both)).toMatchObject([{ sum: 24 }]);
    const [times] = read('AWS/ApplicationELB', 'TargetResponseTime', both);
    expect(times).toMatchObject({ count: 24, unit: 'Seconds' });
    expect(times!.sum / times!.count).toBeCloseTo(0.0135, 3);
  });

  it('say nothing of a share where no target is healthy, and 0 where nobody asks', async () => {
    await clock.advance(60_000);
    tell({}, { gauges: { HealthyHostCount: 0 } });
    expect(read('AWS/ApplicationELB', 'RequestCountPerTarget', [OF_GROUP])).toEqual([]);
    tell({}, { sums: {} });
    expect(read('AWS/ApplicationELB', 'RequestCountPerTarget', [OF_GROUP])).toMatchObject([{ sum: 0, count: 1 }]);
  });

  it('are what metric filters find, a minute in parts', () => {
    const minute = Math.floor(clock.now() / 60_000) * 60_000;
    const part = (sum: number): LogMetric => ({
      v: 1,
      namespace: 'Shop',
      metricName: 'Latency',
      dimensions: { Path: '/a' },
      unit: 'Milliseconds',
      timestamp: minute,
      sampleCount: 2,
      sum,
      minimum: 1,
      maximum: sum,
    });
    for (const sum of [5, 7]) broker.publish(subjects.logMetrics(SCOPE), toJson(part(sum)));
    broker.publish(subjects.logMetrics(SCOPE), new TextEncoder().encode('{'));
    expect(read('Shop', 'Latency', [{ Name: 'Path', Value: '/a' }])).toEqual([
      { sum: 12, count: 4, min: 1, max: 7, unit: 'Milliseconds' },
    ]);
  });
});
