import type { CommitListener, Revision } from '#lib/journal';
import { seededRandom, silentLogger } from '#lib/platform';
import { CPU_ALARM, ScalingWorld } from '../../../../test/support/scaling-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { ofSample } from '../metrics/domain/summary.js';
import { HistoryWriter } from '../metrics/history/history-writer.js';
import { MemoryHistory } from '../metrics/history/memory-history.js';
import type { HistoryRange } from '../metrics/history/metric-history.js';
import { Recall } from '../metrics/history/recall.js';
import { RecordedMetricStore } from '../metrics/history/recorded-metric-store.js';
import { MemoryMetricStore } from '../metrics/memory-metric-store.js';
import { AlarmLoop } from './alarm-loop.js';
import { datapointsOf } from './find-changes.js';
import { RecalledWindows } from './recalled-windows.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' } as never;
const TEN_MS = 10_000;
const LOW = { Period: 60, EvaluationPeriods: 15, Threshold: 45, ComparisonOperator: 'LessThanThreshold' };

class AskedHistory extends MemoryHistory {
  readonly asked: number[] = [];

  override sums(ids: readonly string[], range: HistoryRange) {
    this.asked.push(ids.length * Math.ceil((range.endMs - range.startMs) / range.periodMs));
    return super.sums(ids, range);
  }
}

/** Autoscalers, one after another, on one journal and one history. */
class Planes {
  readonly clock = new VirtualClock(Date.UTC(2026, 10, 30, 7, 0, 3));
  readonly world = new ScalingWorld();
  readonly history = new AskedHistory();
  isWriter = true;
  private listeners: CommitListener[] = [];
  private recorded: RecordedMetricStore | undefined;
  private memory = new MemoryMetricStore();
  private stopAll: () => void = () => undefined;

  constructor() {
    this.begin();
  }

  /** As by kill -9: what it has not written is lost. `afterMs`: so much later another begins. */
  async restart(afterMs = 4_000): Promise<void> {
    this.stopAll();
    this.recorded = undefined;
    await this.clock.advance(afterMs);
    this.begin();
  }

  private begin(): void {
    const { clock, history, world } = this;
    this.listeners = [];
    const fold = {
      state: world.state,
      subscribe: (listener: CommitListener) => {
        this.listeners.push(listener);
        return () => undefined;
      },
    };
    const memory = new MemoryMetricStore();
    const isWriter = () => this.isWriter;
    const writer = new HistoryWriter({ history, clock, logger: silentLogger, isWriter });
    const store = new RecordedMetricStore(memory, writer);
    const recall = new Recall({ memory, history, writer, isWriter, clock });
    const windows: RecalledWindows = new RecalledWindows({
      fold,
      store,
      recall,
      heardSinceMs: clock.now(),
      clock,
      onRecalled: (alarms) => loop.evaluateSome(alarms),
    });
    const loop: AlarmLoop = new AlarmLoop({
      fold,
      store,
      unheardOf: (alarm) => windows.unheardOf(alarm),
      send: async ({ name, input }) => {
        world.now = clock.now();
        const { output } = world.command(name, input) as { output: unknown };
        return { output, revision: world.commits.length } as never;
      },
      clock,
      random: seededRandom(1),
      logger: silentLogger,
    });
    writer.start();
    windows.start();
    loop.start();
    [this.recorded, this.memory] = [store, memory];
    this.stopAll = () => [loop, windows].forEach((one) => one.stop());
  }

  metricName = CPU_ALARM.MetricName;

  put(value: number | undefined): void {
    if (value === undefined) return;
    const nowMs = this.clock.now();
    const atMs = Math.floor(nowMs / TEN_MS) * TEN_MS - TEN_MS;
    const { Namespace: namespace, Dimensions: dimensions } = CPU_ALARM;
    this.recorded?.put(
      SCOPE,
      { namespace, name: this.metricName, dimensions, unit: 'Percent', atMs, summary: ofSample(value) },
      nowMs,
    );
  }

  /** An agent speaks two seconds after each bucket. */
  async pass(minutes: number, value?: number): Promise<void> {
    for (let at = 0; at < minutes * 6; at++) {
      await this.clock.advance(TEN_MS - ((this.clock.now() - 2_000) % TEN_MS));
      this.put(value);
    }
  }

  /** An alarm is put, and the journal's readers hear of it. */
  async alarm(name: string, more: object): Promise<void> {
    this.world.now = this.clock.now();
    this.world.alarm(name, more);
    for (const listener of this.listeners) listener(this.world.commits.at(-1)!, this.world.commits.length as Revision);
    await this.clock.advance(1);
  }

  shown() {
    return this.world.ask('DescribeAlarms').MetricAlarms[0];
  }

  datapoints() {
    return datapointsOf(this.memory, [...this.world.state.alarms.values()][0]!, this.clock.now());
  }
}

describe('the windows of alarms, after a restart', () => {
  let planes: Planes;
  beforeEach(() => {
    planes = new Planes();
  });

  it('are known within one period, where less than the whole was lost: the alarm rings when it would have', async () => {
    await planes.pass(2, 80);
    await planes.alarm('low', LOW);
    await planes.pass(0.5, 80);
    expect(planes.shown()).toMatchObject({ StateValue: 'OK' });
    await planes.pass(15, 20);
    await planes.restart();
    await planes.pass(1, 20);
    expect(planes.shown()).toMatchObject({ StateValue: 'ALARM' });
    // Each minute counts once, also the one in which the process ended and the next began.
    expect(planes.datapoints().filter((value) => value === 20)).toHaveLength(15);
  });

  it('of one that is put now are compared at once, also with what only history has', async () => {
    await planes.pass(20, 20);
    await planes.restart();
    await planes.pass(0.5, 20);
    await planes.alarm('low', LOW);
    await planes.clock.advance(1_500);
    expect(planes.shown()).toMatchObject({ StateValue: 'ALARM' });
    await planes.pass(0.5, 80);
    await planes.alarm('high', {});
    expect(planes.shown()).toMatchObject({ AlarmName: 'high', StateValue: 'ALARM' });
  });

  it('that history does not give are waited for, and the reason says so', async () => {
    await planes.alarm('low', LOW);
    await planes.pass(20, 80);
    await planes.pass(15, 20);
    planes.history.away = true;
    await planes.restart();
    await planes.pass(5, 20);
    const { StateValue, StateReason } = planes.shown();
    expect(StateValue).toBe('OK');
    expect(StateReason).toMatch(
      /^Threshold Crossed: .* It waits for datapoints until 2026-11-30T07:51:00.000Z: 15 periods of 60 s are evaluated, and those before 2026-11-30T07:35:06.000Z are not known. The store of metrics is away.$/,
    );
    expect(planes.world.commits.filter(({ transactions }) => transactions[0]!.operation === 'RecordAlarmStates')).toHaveLength(2);
    planes.history.away = false;
    await planes.pass(0.5, 20);
    expect(planes.shown()).toMatchObject({ StateValue: 'ALARM', StateReason: expect.not.stringContaining('waits') });
  });

  it('are looked at again without it, when as many periods were heard', async () => {
    await planes.alarm('low', LOW);
    await planes.pass(20, 80);
    planes.history.away = true;
    await planes.restart();
    await planes.pass(14, 20);
    expect(planes.shown()).toMatchObject({ StateValue: 'OK' });
    await planes.pass(3, 20);
    expect(planes.shown()).toMatchObject({ StateValue: 'ALARM' });
  });

  it('have a time in which nobody heard anything: what is missing in it is not missing, and what is missing outside is', async () => {
    await planes.alarm('beat', { Period: 60, EvaluationPeriods: 1, TreatMissingData: 'breaching' });
    await planes.pass(10, 20);
    expect(planes.shown()).toMatchObject({ StateValue: 'OK' });
    await planes.restart(150_000);
    await planes.pass(3, 20);
    expect(planes.shown()).toMatchObject({ StateValue: 'OK' });
    await planes.pass(4.5);
    expect(planes.shown()).toMatchObject({ StateValue: 'ALARM' });
  });

  it('of an alarm that was never compared are what there is: on a metric that is younger than this process nothing is waited for', async () => {
    await planes.pass(10, 20);
    await planes.restart(150_000);
    planes.metricName = 'MemoryUtilization';
    await planes.alarm('low', { ...LOW, MetricName: planes.metricName });
    await planes.pass(1);
    expect(planes.shown()).toMatchObject({ StateReason: 'Unchecked: Initial alarm creation' });
    await planes.pass(1.5, 80);
    expect(planes.shown()).toMatchObject({ StateValue: 'OK' });
  });

  it('of the first process of all have nothing before it', async () => {
    await planes.alarm('low', LOW);
    await planes.pass(2, 20);
    expect(planes.shown()).toMatchObject({ StateValue: 'OK' });
  });

  it('are asked for a bounded part at a time, and each once', async () => {
    await planes.pass(1, 20);
    for (let at = 0; at < 30; at++)
      await planes.alarm(`day-${at}`, { ...LOW, Period: 3600, EvaluationPeriods: 20, Threshold: at });
    await planes.restart();
    await planes.pass(0.5, 20);
    const { asked } = planes.history;
    expect(asked.length).toBeGreaterThan(0);
    expect(Math.max(...asked)).toBeLessThanOrEqual(20_000);
    const before = asked.length;
    await planes.pass(2, 20);
    expect(asked).toHaveLength(before);
  });
});
