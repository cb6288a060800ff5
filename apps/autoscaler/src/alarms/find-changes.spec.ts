import { MATH_ALARM, ScalingWorld } from '../../../../test/support/scaling-world.js';
import type { Alarm } from '../domain/model.js';
import { ofSample } from '../metrics/domain/summary.js';
import { MemoryMetricStore } from '../metrics/memory-metric-store.js';
import { findingOf } from './find-changes.js';

const NOW = Date.UTC(2026, 10, 28, 12, 0, 4);

describe('an alarm and its metric', () => {
  let world: ScalingWorld;
  let store: MemoryMetricStore;
  beforeEach(() => {
    world = new ScalingWorld();
    store = new MemoryMetricStore();
  });
  const changeOf = (of: MemoryMetricStore, it: Alarm, nowMs: number, untilMs: number) =>
    findingOf(of, it, nowMs, { fromMs: -Infinity, untilMs }) as { reasonData: string } | undefined;
  const alarm = () => [...world.state.alarms.values()][0]!;
  const cpu = (value: number, atMs: number) => {
    const { namespace, metricName: name, dimensions } = alarm().settings;
    store.put(alarm(), { namespace: namespace!, name: name!, dimensions, unit: 'Percent', atMs, summary: ofSample(value) }, atMs);
  };

  it('is decided by whole periods, and is recorded once', () => {
    world.alarm('high');
    cpu(90, NOW - 14_000);
    // Of the period that has not ended.
    cpu(1, NOW - 1_000);
    const change = changeOf(store, alarm(), NOW, 0)!;
    expect(change).toMatchObject({ name: 'high', value: 'ALARM' });
    expect(JSON.parse(change.reasonData)).toMatchObject({ recentDatapoints: [90], threshold: 70, period: 10 });
    expect(world.eventsOf('RecordAlarmStates', { states: [change] })).toEqual(['AlarmStateChanged']);
    expect(world.eventsOf('RecordAlarmStates', { states: [change] })).toEqual([]);
    expect(changeOf(store, alarm(), NOW, 0)).toBeUndefined();
  });

  it('waits for the samples of a period that has just ended', () => {
    world.alarm('high');
    cpu(90, NOW - 14_000);
    cpu(10, NOW - 3_500);
    expect(changeOf(store, alarm(), NOW, 0)).toMatchObject({ value: 'ALARM' });
    expect(changeOf(store, alarm(), NOW - 2_000, 0)).toBeUndefined();
  });

  it('takes nothing from what was found with other settings', () => {
    world.alarm('high');
    cpu(90, NOW - 14_000);
    const change = changeOf(store, alarm(), NOW, 0)!;
    world.alarm('high', { Threshold: 95 });
    expect(world.eventsOf('RecordAlarmStates', { states: [change] })).toEqual([]);
    expect(changeOf(store, alarm(), NOW, 0)).toMatchObject({ value: 'OK' });
  });

  it('keeps its state after a restart until as many periods are known as it evaluates', () => {
    world.alarm('high', { EvaluationPeriods: 2, TreatMissingData: 'breaching' });
    expect(changeOf(store, alarm(), NOW, NOW - 23_000)).toBeUndefined();
    expect(changeOf(store, alarm(), NOW, NOW - 24_000)).toMatchObject({ value: 'ALARM' });
    // What is there decides at once.
    cpu(1, NOW - 14_000);
    cpu(1, NOW - 24_000);
    expect(changeOf(store, alarm(), NOW, NOW - 10_000)).toMatchObject({ value: 'OK' });
  });

  it('is of a percentile, and waits for enough samples where it was told to', () => {
    const percentile = { Statistic: undefined, ExtendedStatistic: 'p90' };
    world.alarm('high', percentile);
    expect(world.ask('DescribeAlarms').MetricAlarms[0]).toMatchObject({ ExtendedStatistic: 'p90' });
    for (let index = 0; index < 50; index++) cpu(index < 40 ? 10 : 90, NOW - 14_000);
    const change = changeOf(store, alarm(), NOW, 0)!;
    expect(change).toMatchObject({ value: 'ALARM' });
    expect(JSON.parse(change.reasonData)).toMatchObject({ extendedStatistic: 'p90' });
    world.alarm('high', { ...percentile, EvaluateLowSampleCountPercentile: 'ignore' });
    expect(changeOf(store, alarm(), NOW, 0)).toBeUndefined();
    for (let index = 0; index < 50; index++) cpu(90, NOW - 14_000);
    expect(changeOf(store, alarm(), NOW, 0)).toMatchObject({ value: 'ALARM' });
  });

  it('on metric math is decided by what the expression is of each period', () => {
    const queries = (Expression: string) => [
      { Id: 'rate', Expression, Label: 'Errors' },
      ...['Errors', 'Requests'].map((MetricName) => ({
        Id: MetricName.toLowerCase(),
        ReturnData: false,
        MetricStat: { Metric: { Namespace: 'app', MetricName }, Period: 60, Stat: 'Sum' },
      })),
    ];
    const of = (Expression: string) => ({ ...MATH_ALARM, Metrics: queries(Expression) });
    world.ok('PutMetricAlarm', { AlarmName: 'rate', ...of('100 * FILL(errors, 0) / requests'), EvaluationPeriods: 2 });
    const sum = (name: string, value: number, minutesAgo: number) => {
      const atMs = NOW - 4_000 - minutesAgo * 60_000;
      store.put(alarm(), { namespace: 'app', name, dimensions: [], unit: 'Count', atMs, summary: ofSample(value) }, atMs);
    };
    sum('Requests', 100, 2);
    sum('Requests', 100, 1);
    sum('Errors', 7, 1);
    expect(changeOf(store, alarm(), NOW, 0)).toMatchObject({ value: 'OK' });
    sum('Errors', 6, 2);
    const change = changeOf(store, alarm(), NOW, 0)!;
    expect(change).toMatchObject({ value: 'ALARM' });
    expect(JSON.parse(change.reasonData)).toEqual({
      version: '1.0',
      queryDate: new Date(NOW).toISOString(),
      period: 60,
      recentDatapoints: [6, 7],
      threshold: 5,
    });
  });
});
