/**
 * What metrics cost, in processor time, so that other work on the machine matters little: alarms compared, containers measured by an agent, samples
 * taken and kept. In this process and a VictoriaMetrics of its own; needs root for control groups and network namespaces.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskUse } from '#lib/ecs/model';
import { toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { seededRandom, silentLogger } from '#lib/platform';
import { labels } from '../../apps/agent/src/domain/container-spec.js';
import { CgroupReader } from '../../apps/agent/src/metrics/cgroup-reader.js';
import { NetworkReader } from '../../apps/agent/src/metrics/network-reader.js';
import { TaskMeter } from '../../apps/agent/src/metrics/task-meter.js';
import { AlarmLoop } from '../../apps/autoscaler/src/alarms/alarm-loop.js';
import { ofSample } from '../../apps/autoscaler/src/metrics/domain/summary.js';
import { HistoryWriter } from '../../apps/autoscaler/src/metrics/history/history-writer.js';
import { RecordedMetricStore } from '../../apps/autoscaler/src/metrics/history/recorded-metric-store.js';
import { VictoriaMetricsHistory } from '../../apps/autoscaler/src/metrics/history/victoria-metrics-history.js';
import { MemoryMetricStore } from '../../apps/autoscaler/src/metrics/memory-metric-store.js';
import type { MetricMessage } from '../../apps/autoscaler/src/metrics/messages/metric-messages.js';
import { TaskMetricsIntake } from '../../apps/autoscaler/src/metrics/task-metrics-intake.js';
import { TaskMeans } from '../../apps/autoscaler/src/usage/task-means.js';
import { TaskUses } from '../../apps/autoscaler/src/usage/task-uses.js';
import { ScalingWorld } from '../support/scaling-world.js';
import { VictoriaMetrics } from '../support/victoria-metrics.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { report } from './figures.js';
import { processorSeconds } from './process-figures.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' } as never;
const TICK_MS = 10_000;

const ownMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
/** Of a core, when so much is used every ten seconds. */
const percentOfCore = (ms: number): number => (100 * ms) / TICK_MS;

/** 1,000 alarms as target tracking makes them, on 500 services' metrics that say something every ten seconds; nothing changes. */
async function alarms(): Promise<number[]> {
  const [clock, world, store] = [new VirtualClock(), new ScalingWorld(), new MemoryMetricStore()];
  const serviceOf = (n: number) => [
    { Name: 'ClusterName', Value: 'default' },
    { Name: 'ServiceName', Value: `web${n}` },
  ];
  for (let n = 0; n < 500; n++)
    for (const [name, more] of [
      ['high', { Period: 60, EvaluationPeriods: 3 }],
      ['low', { Period: 60, EvaluationPeriods: 15, ComparisonOperator: 'LessThanThreshold', Threshold: 10 }],
    ] as const)
      world.alarm(`${name}-${n}`, { Dimensions: serviceOf(n), ...more });
  const tick = async () => {
    await clock.advance(TICK_MS);
    for (let n = 0; n < 500; n++) {
      const [atMs, summary] = [clock.now() - TICK_MS, ofSample(20 + (n % 40))];
      store.put(
        SCOPE,
        { namespace: 'AWS/ECS', name: 'CPUUtilization', dimensions: serviceOf(n), unit: 'Percent', atMs, summary },
        clock.now(),
      );
    }
  };
  const loop = new AlarmLoop({
    fold: { state: world.state, subscribe: () => () => undefined },
    store,
    unheardOf: () => ({ fromMs: -Infinity, untilMs: 0 }),
    send: async ({ name, input }) => {
      world.now = clock.now();
      return { output: (world.command(name, input) as { output: unknown }).output, revision: 1 };
    },
    clock,
    random: seededRandom(1),
    logger: silentLogger,
  });
  for (let warm = 0; warm < 100; warm++) {
    await tick();
    await loop.round();
  }
  const rounds: number[] = [];
  for (let round = 0; round < 30; round++) {
    await tick();
    const before = ownMs();
    await loop.round();
    rounds.push(percentOfCore(ownMs() - before));
  }
  return rounds;
}

/** Processes in control groups and network namespaces of their own, as the engine makes containers. */
async function containers(count: number): Promise<number[]> {
  const unified = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const roots = (unified ? [''] : ['cpuacct', 'memory']).map((controller) =>
    join('/sys/fs/cgroup', controller, `longshore-bench-${process.pid}`),
  );
  const ids = Array.from({ length: count }, (_, n) => String(n).padStart(64, 'c'));
  const children: ChildProcess[] = [];
  const meter = new TaskMeter({
    reader: new CgroupReader(),
    network: new NetworkReader(),
    publish: (tasks) => void (measured = tasks.length),
    clock: { monotonicMs: () => performance.now() } as never,
    logger: { ...silentLogger, warn: (_fields: object, message: string) => console.error(message) } as never,
  });
  let measured = 0;
  try {
    for (const root of roots) mkdirSync(root);
    for (const id of ids) {
      const child = spawn('unshare', ['--net', 'sleep', '600'], { stdio: 'ignore' });
      children.push(child);
      for (const root of roots) {
        mkdirSync(join(root, id));
        writeFileSync(join(root, id, 'cgroup.procs'), String(child.pid));
      }
      meter.saw({ runtimeId: id, state: 'running', pid: child.pid, labels: { [labels.taskArn]: `task/${id}` } } as never);
    }
    await sleep(1_000);
    const rounds: number[] = [];
    for (let round = 0; round < 31; round++) {
      const before = ownMs();
      await meter.round();
      if (round > 0) rounds.push(percentOfCore(ownMs() - before));
      if (round > 0 && measured !== count) throw new Error(`${measured} of ${count} containers were measured`);
      await sleep(50);
    }
    return rounds;
  } finally {
    await Promise.all(children.map((child) => new Promise((resolve) => (child.once('exit', resolve), child.kill('SIGKILL')))));
    await sleep(200);
    for (const root of roots) {
      for (const id of ids) if (existsSync(join(root, id))) rmdirSync(join(root, id));
      if (existsSync(root)) rmdirSync(root);
    }
  }
}

/** Every ten seconds as many samples, taken, merged, written and written once more; with what VictoriaMetrics uses for it. */
async function kept(fill: (store: RecordedMetricStore, clock: VirtualClock) => void): Promise<number[]> {
  const server = await VictoriaMetrics.start();
  const ticks = 30;
  const clock = new VirtualClock(Math.floor((Date.now() - ticks * TICK_MS) / TICK_MS) * TICK_MS);
  const history = new VictoriaMetricsHistory(server.url);
  const writer = new HistoryWriter({ history, clock, logger: silentLogger, isWriter: () => true });
  const store = new RecordedMetricStore(new MemoryMetricStore(), writer);
  try {
    const rounds: number[] = [];
    for (let tick = 0; tick < ticks; tick++) {
      const [own, others] = [ownMs(), processorSeconds(server.pid!)];
      fill(store, clock);
      await clock.advance(TICK_MS);
      await writer.round();
      if (writer.away !== undefined) throw new Error(writer.away);
      // What it does with them afterwards is its work for them, too.
      await sleep(200);
      if (tick >= 5) rounds.push(percentOfCore(ownMs() - own + (processorSeconds(server.pid!) - others) * 1_000));
    }
    return rounds;
  } finally {
    await server.stop();
  }
}

const named = (count: number) => (store: RecordedMetricStore, clock: VirtualClock) => {
  for (let n = 0; n < count; n++) {
    const sample = { namespace: 'app', name: `Load${n % 8}`, dimensions: [{ Name: 'host', Value: String(n) }], unit: 'None' };
    if (!store.put(SCOPE, { ...sample, atMs: clock.now(), summary: ofSample(Math.random() * 100) }, clock.now()))
      throw new Error('no room');
  }
};

/** 4,000 tasks of 200 services, CPU and memory of each: as agents of 40 hosts tell them. */
function ofTasks(): (store: RecordedMetricStore, clock: VirtualClock) => void {
  const instanceId = 'a'.repeat(32);
  const taskArns = Array.from({ length: 4_000 }, (_, n) => `arn:aws:ecs:us-east-1:000000000000:task/default/${n}`);
  const task = (taskArn: string, n: number) => ({
    ...(SCOPE as object),
    taskArn,
    clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default',
    group: `service:web${n % 200}`,
    desiredStatus: 'RUNNING',
    containerInstanceArn: 'i',
    taskDefinitionArn: 'd',
    overrides: {},
  });
  const state = {
    tasks: new Map(taskArns.map((arn, n) => [arn, task(arn, n)])),
    containerInstances: new Map([['i', { instanceId }]]),
    taskDefinitions: new Map([['d', { cpu: '256', memory: '512', containerDefinitions: [] }]]),
  };
  const uses = new TaskUses();
  const subject = subjects.taskMetrics({ ...(SCOPE as object), instanceId } as never);
  const messages = Array.from({ length: 40 }, (_, host) =>
    toJson({
      tasks: taskArns.slice(host * 100, (host + 1) * 100).map((taskArn): TaskUse => ({
        taskArn,
        cpuUnits: 12.5 + host,
        memoryBytes: 2 ** 27 + host,
        networkRxBytesPerSecond: 1_024.5,
        networkTxBytesPerSecond: 77.25,
      })),
    }),
  );
  return (store, clock) => {
    const heard = {
      hear: (_: string, handle: (message: MetricMessage) => void) => {
        for (const payload of messages) handle({ subject, payload, heardAtMs: clock.now() });
        return { drain: async () => undefined };
      },
    };
    new TaskMetricsIntake({
      messages: heard,
      ecs: { state } as never,
      store,
      uses,
      means: new TaskMeans(),
      clock,
      logger: silentLogger,
    }).start();
  };
}

const unit = '% of a core';
report('metrics, processor time every ten seconds', [
  { what: '1,000 alarms compared', unit, rounds: await alarms(), target: { atMost: 0.2 } },
  { what: '100 containers measured by an agent', unit, rounds: await containers(100), target: { atMost: 2 } },
  { what: '8,000 series of 4,000 tasks, with VictoriaMetrics', unit, rounds: await kept(ofTasks()), target: { atMost: 1 } },
  {
    what: '4,000 metrics (as many as are taken; 16,000 series), with VictoriaMetrics',
    unit,
    rounds: await kept(named(4_000)),
    target: { atMost: 1 },
  },
]);
