import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { Histogram, type LoadBalancingMetrics } from '../proxy/metrics.js';
import { DataPlaneMetrics } from './data-plane-metrics.js';

describe('what /metrics shows of load balancing', () => {
  it('is what HAProxy has now, under the names of CloudWatch', async () => {
    const responseTime = new Histogram();
    responseTime.add(100);
    let metrics: LoadBalancingMetrics | undefined = {
      loadBalancers: new Map([
        ['app/web/1', { arn: 'arn:web', counters: { RequestCount: 7 }, gauges: { ActiveConnectionCount: 2 } }],
      ]),
      targetGroups: new Map([
        [
          'targetgroup/a/1',
          {
            arn: 'arn:a',
            loadBalancerArn: 'arn:web',
            loadBalancer: 'app/web/1',
            counters: {},
            gauges: { HealthyHostCount: 3 },
            responseTime,
          },
        ],
      ]),
    };
    const registry = new Registry();
    const shown = new DataPlaneMetrics(async () => metrics, registry);
    shown.started(['listener-added', 'slots-grown']);
    const text = await registry.metrics();
    expect(text).toContain('longshore_haproxy_starts_total{reason="slots-grown"} 1');
    expect(text).toContain('longshore_load_balancing_total{load_balancer="app/web/1",target_group="",metric="RequestCount"} 7');
    expect(text).toContain(
      'longshore_load_balancing{load_balancer="app/web/1",target_group="targetgroup/a/1",metric="HealthyHostCount"} 3',
    );
    expect(text).toMatch(/target_response_seconds\{.*quantile="p99"\} 0\.\d+/);
    metrics = undefined;
    expect(await registry.metrics()).not.toContain('RequestCount');
  });
});
