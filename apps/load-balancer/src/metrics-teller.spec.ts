import type { MetricWindow } from '#lib/metrics';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fromJson } from '#lib/messaging';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { MetricsTeller } from './metrics-teller.js';

describe('what is told of load balancing', () => {
  const clock = new VirtualClock();
  let requests: number | Error | undefined;
  let told: { subject: string; window: MetricWindow }[] = [];
  let teller: MetricsTeller;

  const begin = () => {
    teller = new MetricsTeller({
      read: (windows) => {
        if (requests instanceof Error) return Promise.reject(requests);
        const figures = requests === undefined ? undefined : { RequestCount: requests };
        const window = figures && windows.next({ totals: new Map([['li', figures]]), responseTimes: new Map() });
        return Promise.resolve(
          window && {
            loadBalancers: new Map([['app/a/1', { arn: 'arn:a', counters: window.totals.get('li')!, gauges: {} }]]),
            targetGroups: new Map(),
          },
        );
      },
      bus: { publish: (subject, payload) => void told.push({ subject, window: fromJson(payload) as MetricWindow }) },
      replicaId: 'r1',
      clock,
      logger: silentLogger,
    });
    teller.start();
  };
  afterEach(async () => {
    await teller.stop();
    told = [];
  });

  it('is a window every ten seconds, by replica', async () => {
    requests = 100;
    begin();
    await clock.advance(10_000);
    expect(told).toEqual([]);
    requests = 130;
    await clock.advance(10_000);
    expect(told).toEqual([
      {
        subject: 'metrics.load-balancing',
        window: {
          replicaId: 'r1',
          at: new Date(clock.now()).toISOString(),
          periodMs: 10_000,
          loadBalancers: [{ arn: 'arn:a', sums: { RequestCount: 30 }, gauges: {} }],
          targetGroups: [],
        },
      },
    ]);
  });

  it('leaves out while HAProxy is gone, and tells nothing twice', async () => {
    requests = 100;
    begin();
    await clock.advance(10_000);
    requests = 130;
    await clock.advance(10_000);
    requests = undefined;
    await clock.advance(10_000);
    requests = 135;
    await clock.advance(10_000);
    expect(told.map(({ window }) => [window.periodMs, window.loadBalancers[0]!.sums.RequestCount])).toEqual([
      [10_000, 30],
      [20_000, 5],
    ]);
  });

  it('is in the next window when it could not be read', async () => {
    requests = 10;
    begin();
    await clock.advance(10_000);
    requests = new Error('no answer');
    await clock.advance(10_000);
    requests = 17;
    await clock.advance(10_000);
    expect(told.map(({ window }) => [window.periodMs, window.loadBalancers[0]!.sums])).toEqual([[20_000, { RequestCount: 7 }]]);
  });
});
