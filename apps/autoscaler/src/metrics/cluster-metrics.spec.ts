import type { TaskUse } from '#lib/ecs/model';
import { silentLogger } from '#lib/platform';
import { ServiceWorld } from '../../../../test/support/service-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { findingOf } from '../alarms/find-changes.js';
import { TaskMeans } from '../usage/task-means.js';
import { TaskUses } from '../usage/task-uses.js';
import { ClusterMetrics, type ClusterMetricsDeps } from './cluster-metrics.js';
import { MemoryMetricStore } from './memory-metric-store.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' } as never;
const CLUSTER = [{ Name: 'ClusterName', Value: 'default' }];
const SERVICE = [...CLUSTER, { Name: 'ServiceName', Value: 'web' }];
const FAMILY = [...CLUSTER, { Name: 'TaskDefinitionFamily', Value: 'web' }];
const MINUTE_MS = 60_000;

describe('metrics of clusters', () => {
  let clock: VirtualClock;
  let ecs: ServiceWorld;
  let store: MemoryMetricStore;
  let uses: TaskUses;
  let means: TaskMeans;
  let metrics: ClusterMetrics;
  beforeEach(() => {
    clock = new VirtualClock();
    ecs = new ServiceWorld();
    store = new MemoryMetricStore();
    [uses, means] = [new TaskUses(), new TaskMeans()];
    metrics = replica();
  });
  afterEach(() => metrics.stop());

  const replica = (more: Partial<ClusterMetricsDeps> = {}) =>
    new ClusterMetrics({
      ecs: { state: ecs.state, caughtUpWithStart: Promise.resolve() },
      uses,
      means,
      store,
      tell: (found) => found.forEach(({ scope, sample }) => store.put(scope, sample, clock.now())),
      isWriter: () => true,
      heardSinceMs: clock.now(),
      clock,
      logger: silentLogger,
      ...more,
    });

  const running = (more: object = {}) => {
    ecs.create({ desiredCount: 2, ...more });
    ecs.settle();
    ecs.obey();
  };
  const insights = (value: string) =>
    ecs.given('UpdateClusterSettings', { cluster: 'default', settings: [{ name: 'containerInsights', value }] });
  /** What agents tell in each of so many intervals. */
  const intervals = async (count: number, ...told: Partial<TaskUse>[]) => {
    for (let n = 0; n < count; n++) {
      await clock.advance(2_000);
      ecs.tasks.forEach(({ taskArn }, at) => {
        const use = { taskArn, cpuUnits: 0, memoryBytes: 0, ...told[at] };
        uses.note(use, clock.monotonicMs());
        means.note(use);
      });
      await clock.advance(8_000);
    }
  };
  const points = (namespace: string, name: string, dimensions: typeof CLUSTER, periodMs = MINUTE_MS) =>
    store
      .points(SCOPE, { namespace, name, dimensions }, { startMs: clock.now() - 10 * MINUTE_MS, endMs: clock.now() + 1, periodMs })
      .map(({ unit, summary: { sum, count, min, max } }) => ({ unit, sum, count, min, max }));

  it('are what is reserved and used of its instances, every ten seconds', async () => {
    running();
    metrics.start();
    const mib = 1_024 * 1_024;
    await intervals(6, { cpuUnits: 100, memoryBytes: 100 * mib }, { cpuUnits: 300, memoryBytes: 28 * mib });
    const { registered } = [...ecs.state.containerInstances.values()][0]!;
    const percent = (name: string) => points('AWS/ECS', name, CLUSTER, 10_000).at(-1);
    const of = (value: number) => ({ unit: 'Percent', sum: value, count: 1, min: value, max: value });
    expect(percent('MemoryReservation')).toEqual(of((256 / (2 * registered.memoryMiB)) * 100));
    expect(percent('CPUReservation')?.unit).toBe('Percent');
    expect(percent('CPUUtilization')).toEqual(of((400 / (2 * registered.cpu)) * 100));
    expect(percent('MemoryUtilization')).toEqual(of((128 / (2 * registered.memoryMiB)) * 100));
    expect(points('AWS/ECS', 'GPUReservation', CLUSTER)).toEqual([]);
    // Nothing of what agents have not told yet.
    expect(points('AWS/ECS', 'MemoryReservation', CLUSTER, 10_000).length).toBeGreaterThan(
      points('AWS/ECS', 'MemoryUtilization', CLUSTER, 10_000).length,
    );
  });

  it('are told by the replica that writes; one that takes over tells again what was found last, and it counts once', async () => {
    running();
    let writes = false;
    const standby = replica({ isWriter: () => writes });
    metrics.start();
    standby.start();
    await intervals(6, { cpuUnits: 100 }, { cpuUnits: 300 });
    const read = () => points('AWS/ECS', 'MemoryReservation', CLUSTER, 10_000);
    const before = read();
    expect(before.every(({ count }) => count === 1)).toBe(true);
    standby.takeOver();
    expect(read()).toEqual(before);
    metrics.stop();
    await intervals(1);
    expect(read()).toEqual(before);
    writes = true;
    standby.takeOver();
    expect(read()).toHaveLength(before.length + 1);
    standby.stop();
  });

  it('are none of a cluster in which nothing runs', async () => {
    ecs.create({ desiredCount: 0 });
    metrics.start();
    await intervals(6);
    expect([...store.metrics(SCOPE)]).toEqual([]);
  });

  it('are Container Insights where the cluster wants them: one sample a minute of each task', async () => {
    running();
    metrics.start();
    await intervals(12, { cpuUnits: 10 });
    expect(points('ECS/ContainerInsights', 'TaskCount', CLUSTER)).toEqual([]);
    insights('enhanced');
    const rates = {
      networkRxBytesPerSecond: 6,
      networkTxBytesPerSecond: 1,
      storageReadBytesPerSecond: 0,
      storageWriteBytesPerSecond: 5,
    };
    await intervals(3, { cpuUnits: 40, ...rates }, { cpuUnits: 100 });
    await intervals(3, { cpuUnits: 20, ...rates }, { cpuUnits: 100 });
    await intervals(1);
    const newest = (name: string, dimensions: typeof CLUSTER) => points('ECS/ContainerInsights', name, dimensions).at(-1);
    for (const dimensions of [CLUSTER, SERVICE, FAMILY]) {
      expect(newest('CpuUtilized', dimensions)).toEqual({ unit: 'None', sum: 130, count: 2, min: 30, max: 100 });
      expect(newest('MemoryReserved', dimensions)).toEqual({ unit: 'Megabytes', sum: 256, count: 2, min: 128, max: 128 });
      expect(newest('MemoryUtilized', dimensions)).toMatchObject({ unit: 'Megabytes', count: 2 });
      // Of the other one it is not known.
      expect(newest('NetworkRxBytes', dimensions)).toEqual({ unit: 'Bytes/Second', sum: 6, count: 1, min: 6, max: 6 });
      expect(newest('NetworkTxBytes', dimensions)).toMatchObject({ sum: 1 });
      expect(newest('StorageReadBytes', dimensions)).toMatchObject({ unit: 'Bytes/Second', sum: 0, count: 1 });
      expect(newest('StorageWriteBytes', dimensions)).toMatchObject({ sum: 5 });
    }
    const counts = (names: readonly string[], dimensions: typeof CLUSTER) => names.map((name) => newest(name, dimensions)?.sum);
    expect(counts(['TaskCount', 'ContainerInstanceCount', 'ServiceCount'], CLUSTER)).toEqual([2, 2, 1]);
    const ofService = ['DesiredTaskCount', 'RunningTaskCount', 'PendingTaskCount', 'DeploymentCount', 'TaskSetCount'];
    expect(counts(ofService, SERVICE)).toEqual([2, 2, 0, 1, 0]);
    expect(newest('RunningTaskCount', SERVICE)).toEqual({ unit: 'Count', sum: 2, count: 1, min: 2, max: 2 });
  });

  it('have percentiles of tasks', async () => {
    running({ desiredCount: 8 });
    insights('enabled');
    metrics.start();
    await intervals(13, ...Array.from({ length: 8 }, (_, n) => ({ cpuUnits: (n + 1) * 10 })));
    const [point] = store.points(
      SCOPE,
      { namespace: 'ECS/ContainerInsights', name: 'CpuUtilized', dimensions: SERVICE },
      { startMs: clock.now() - 10 * MINUTE_MS, endMs: clock.now() + 1, periodMs: MINUTE_MS },
    );
    expect(point!.summary.bins).toHaveLength(16);
  });

  it('are there before an alarm looks: of a minute, and of ten seconds', async () => {
    running();
    insights('enabled');
    metrics.start();
    const alarm = (periodSeconds: number, namespace: string, metricName: string, dimensions: typeof CLUSTER) =>
      ({
        ...(SCOPE as object),
        name: 'a',
        state: { value: 'OK' },
        settings: {
          namespace,
          metricName,
          dimensions,
          statistic: 'Average',
          periodSeconds,
          evaluationPeriods: 1,
          threshold: 1,
          comparisonOperator: 'GreaterThanOrEqualToThreshold',
          treatMissingData: 'missing',
        },
      }) as never;
    await intervals(12);
    for (let second = 0; second < 120; second++) {
      await clock.advance(1_000);
      for (const one of [
        alarm(60, 'ECS/ContainerInsights', 'TaskCount', CLUSTER),
        alarm(10, 'AWS/ECS', 'MemoryReservation', CLUSTER),
      ])
        expect(findingOf(store, one, clock.now(), { fromMs: -Infinity, untilMs: 0 })).toMatchObject({ value: 'ALARM' });
    }
  });

  it('of Container Insights are at most half of what is kept', async () => {
    ecs.create({ desiredCount: 1 });
    for (let n = 0; n < 450; n++) ecs.given('CreateService', { serviceName: `s${n}`, taskDefinition: 'web', desiredCount: 1 });
    insights('enabled');
    const warnings: object[] = [];
    metrics = replica({ logger: { ...silentLogger, warn: (fields: object) => void warnings.push(fields) } as never });
    metrics.start();
    await clock.advance(150_000);
    expect(store.size).toBe(2_000);
    expect(warnings).toEqual([{ dropped: expect.any(Number) }]);
  });
});
