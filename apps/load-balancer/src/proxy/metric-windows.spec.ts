import { describe, expect, it } from '@jest/globals';
import { SectionWindows, windowOf } from './metric-windows.js';
import { type Counters, Histogram } from './metrics.js';

const reading = (sections: Readonly<Record<string, Counters>>, times: Readonly<Record<string, Histogram>> = {}) => ({
  totals: new Map(Object.entries(sections)),
  responseTimes: new Map(Object.entries(times)),
});

describe('windows of metrics', () => {
  it('begin with a reading, which may have what was before', () => {
    expect(new SectionWindows().next(reading({ li: { RequestCount: 1_000 } }))).toBeUndefined();
  });

  it('have what came since the last one', () => {
    const windows = new SectionWindows();
    windows.next(reading({ li: { RequestCount: 1_000, HTTPCode_5XX_Count: 1 } }));
    const { totals } = windows.next(reading({ li: { RequestCount: 1_007, HTTPCode_5XX_Count: 1 } }))!;
    expect(totals.get('li')).toEqual({ RequestCount: 7 });
  });

  it('have all of a section that came in between, and none of the past of one that comes back', () => {
    const windows = new SectionWindows();
    windows.next(reading({ a: { RequestCount: 5 } }));
    expect(windows.next(reading({ b: { RequestCount: 3 } }))!.totals.get('b')).toEqual({ RequestCount: 3 });
    expect(windows.next(reading({ a: { RequestCount: 6 }, b: { RequestCount: 3 } }))!.totals).toEqual(
      new Map([
        ['a', { RequestCount: 1 }],
        ['b', {}],
      ]),
    );
  });

  it('have the response times of their own requests', () => {
    const [windows, times] = [new SectionWindows(), new Histogram()];
    times.add(2);
    windows.next(reading({}, { tg: times }));
    for (const ms of [2, 10 ** 9]) times.add(ms);
    expect(
      windows
        .next(reading({}, { tg: times }))!
        .responseTimes.get('tg')!
        .byBound(),
    ).toEqual({ 2: 1, '+Inf': 1 });
    expect(
      windows
        .next(reading({}, { tg: times }))!
        .responseTimes.get('tg')!
        .byBound(),
    ).toEqual({});
  });

  it('name load balancers and target groups by their ARNs', () => {
    const gauges = { HealthyHostCount: 2 };
    expect(
      windowOf({
        loadBalancers: new Map([['app/a/1', { arn: 'arn:lb', counters: { RequestCount: 7 }, gauges: {} }]]),
        targetGroups: new Map([
          [
            'targetgroup/a/1',
            {
              arn: 'arn:group',
              loadBalancerArn: 'arn:lb',
              loadBalancer: 'app/a/1',
              counters: {},
              gauges,
              responseTime: new Histogram(),
            },
          ],
        ]),
      }),
    ).toEqual({
      loadBalancers: [{ arn: 'arn:lb', sums: { RequestCount: 7 }, gauges: {} }],
      targetGroups: [{ arn: 'arn:group', loadBalancerArn: 'arn:lb', sums: {}, gauges, responseTimesMs: {} }],
    });
  });
});
