import { toJson } from '#lib/messaging';
import type { TaskUse } from '#lib/ecs/model';
import { subjects } from '#lib/names';
import { silentLogger } from '#lib/platform';
import { BalancedWorld, GROUP } from '../../../../test/support/balanced-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { ofSample } from '../metrics/domain/summary.js';
import { MemoryMetricBroker } from '../metrics/messages/memory-metric-messages.js';
import { MemoryMetricStore } from '../metrics/memory-metric-store.js';
import { TaskMetricsIntake } from '../metrics/task-metrics-intake.js';
import { TaskMeans } from './task-means.js';
import { TaskUses } from './task-uses.js';
import { UsageApi } from './usage-api.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' };
const [HOST, OTHER_HOST] = ['1'.repeat(32), '2'.repeat(32)];

describe('what services and tasks use', () => {
  let clock: VirtualClock;
  let ecs: BalancedWorld;
  let store: MemoryMetricStore;
  let usage: UsageApi;
  let hear: (message: { readonly subject: string; readonly payload: Uint8Array }) => void;
  beforeEach(() => {
    clock = new VirtualClock();
    ecs = new BalancedWorld();
    ecs.create({ desiredCount: 2 }, 1);
    ecs.settle();
    store = new MemoryMetricStore();
    const uses = new TaskUses();
    const broker = new MemoryMetricBroker(clock);
    const messages = broker.connect();
    hear = ({ subject, payload }) => broker.publish(subject, payload);
    new TaskMetricsIntake({ messages, ecs, store, uses, means: new TaskMeans(), clock, logger: silentLogger }).start();
    usage = new UsageApi({ ecs, uses, store, clock });
    return messages.start();
  });
  const tell = (tasks: readonly TaskUse[], instanceId: string = HOST) =>
    hear({ subject: subjects.taskMetrics({ ...SCOPE, instanceId } as never), payload: toJson({ tasks }) });
  const read = (input: object = {}) => {
    const answer = usage.read({ input, context: SCOPE } as never) as { output?: any; rejection?: { code: string } };
    return answer.output ?? answer.rejection;
  };
  const use = (n: number, more: object = {}): TaskUse => ({
    taskArn: ecs.tasks[n]!.taskArn,
    cpuUnits: n + 1,
    memoryBytes: 64 * 1024 * 1024,
    ...more,
  });

  it('is what hosts told of their own tasks, the busiest first, and of services all of theirs together', () => {
    tell([use(0, { networkRxBytesPerSecond: 10, networkTxBytesPerSecond: 1 }), use(1, { networkRxBytesPerSecond: 5 })]);
    tell([use(0, { cpuUnits: 999 })], OTHER_HOST);
    const { services, tasks } = read();
    expect(services).toMatchObject([
      {
        clusterName: 'default',
        serviceName: 'web',
        desiredCount: 2,
        runningCount: 0,
        pendingCount: 2,
        // The container reserves nothing: of the kernel's least share, two units.
        cpuPercent: 75,
        memoryPercent: 50,
        networkRxBytesPerSecond: 15,
        networkTxBytesPerSecond: 1,
      },
    ]);
    expect(tasks).toMatchObject([
      { taskArn: ecs.tasks[1]!.taskArn, group: 'service:web', cpuUnits: 2, cpuPercent: 100, memoryPercent: 50 },
      { taskArn: ecs.tasks[0]!.taskArn, cpuUnits: 1, cpuPercent: 50, networkRxBytesPerSecond: 10 },
    ]);
  });

  it('is not known any more of what no host tells, and counts stay', async () => {
    tell([use(0)]);
    await clock.advance(31_000);
    const { services, tasks } = read();
    expect(tasks.map(({ cpuUnits }: { cpuUnits?: number }) => cpuUnits)).toEqual([undefined, undefined]);
    expect(services).toMatchObject([{ pendingCount: 2, cpuPercent: undefined }]);
  });

  it('has what load balancers saw in the last 20 s that are whole', async () => {
    await clock.advance(100_000);
    const put = (name: string, atMs: number, summary: ReturnType<typeof ofSample>) =>
      store.put(
        SCOPE as never,
        {
          namespace: 'AWS/ApplicationELB',
          name,
          unit: 'None',
          dimensions: [
            { Name: 'LoadBalancer', Value: 'app/front/1' },
            { Name: 'TargetGroup', Value: GROUP.replace(/^.*:/, '') },
          ],
          atMs: clock.now() + atMs,
          summary,
        },
        clock.now(),
      );
    put('RequestCount', -40_000, ofSample(9_999));
    put('RequestCount', -25_000, ofSample(100));
    put('RequestCount', -15_000, ofSample(20));
    put('TargetResponseTime', -15_000, ofSample(0.025, 20));
    expect(read().services).toMatchObject([{ requestsPerSecond: 6, responseTimeMs: 25 }]);
  });

  it('is of one cluster or service where these are named, and of other tasks too where not', () => {
    ecs.place(ecs.service.taskDefinitionArn!, [[...ecs.state.containerInstances.values()][0]!.containerInstanceArn]);
    expect(read().tasks).toHaveLength(3);
    expect(read({ services: ['web'] }).tasks).toHaveLength(2);
    expect(read({ cluster: 'none' })).toMatchObject({ code: 'ClusterNotFoundException' });
    expect(read({ services: ['none'] })).toMatchObject({ code: 'ServiceNotFoundException' });
  });
});
