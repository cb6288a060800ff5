import type { TaskUse } from '#lib/ecs/model';
import { labels } from '../domain/container-spec.js';
import type { ContainerSnapshot } from '../ports.js';
import { TaskMeter } from './task-meter.js';

describe('the meter of a host', () => {
  let nowMs: number;
  let cpuMicros: Record<string, number | undefined>;
  /** By process: its namespace, and what it received and sent. */
  let networks: Record<number, readonly [namespace: string, rxBytes: number, txBytes: number]>;
  /** Of each container, when it is counted. */
  let storage: { readBytes: number; writeBytes: number } | undefined;
  let told: TaskUse[][];
  let warnings: number;
  let meter: TaskMeter;
  beforeEach(() => {
    nowMs = 0;
    cpuMicros = {};
    networks = {};
    storage = undefined;
    told = [];
    warnings = 0;
    meter = new TaskMeter({
      reader: {
        read: (runtimeId) => {
          const micros = cpuMicros[runtimeId];
          if (micros === -1) return Promise.reject(new Error('EACCES'));
          return Promise.resolve(
            micros === undefined ? undefined : { cpuMicros: micros, memoryBytes: 1_000, ...(storage ? { storage } : {}) },
          );
        },
      },
      network: {
        read: (pid) => {
          const [namespace, rxBytes, txBytes] = networks[pid] ?? [];
          return Promise.resolve(
            namespace === undefined ? undefined : { namespace, rxBytes: rxBytes!, txBytes: txBytes!, interfaces: {} },
          );
        },
      },
      publish: (tasks) => void told.push([...tasks]),
      clock: { monotonicMs: () => nowMs } as never,
      logger: { warn: () => warnings++ } as never,
    });
  });
  const container = (runtimeId: string, taskArn: string, more: object = {}) =>
    meter.saw({
      runtimeId,
      labels: { [labels.taskArn]: taskArn },
      state: 'running',
      pid: 7,
      ...more,
    } as unknown as ContainerSnapshot);
  const round = async (use: Record<string, number | undefined>) => {
    nowMs += 10_000;
    Object.assign(cpuMicros, use);
    await meter.round();
    return told.splice(0).flat();
  };

  it('says what a task’s containers used in the interval, together', async () => {
    container('a', 't1');
    container('b', 't1');
    expect(await round({ a: 0, b: 9_000_000 })).toEqual([]);
    expect(await round({ a: 5_000_000, b: 9_000_000 })).toEqual([{ taskArn: 't1', cpuUnits: 512, memoryBytes: 2_000 }]);
  });

  it('says nothing of a task of which it does not know all, and of what has ended or is not a task’s', async () => {
    container('a', 't1');
    container('c', 't2');
    meter.saw({ runtimeId: 'x', labels: {}, state: 'running', pid: 3 } as unknown as ContainerSnapshot);
    await round({ a: 0, c: 0 });
    container('b', 't1');
    expect(await round({ a: 1, b: 1, c: 1 })).toMatchObject([{ taskArn: 't2' }]);
    container('c', 't2', { state: 'exited', pid: undefined });
    expect(await round({ a: 2, b: 2 })).toMatchObject([{ taskArn: 't1' }]);
    meter.letGo('b');
    expect(await round({ a: undefined })).toEqual([]);
  });

  it('says what went through a task’s networks, each once; nothing of a host’s, and nothing below 0', async () => {
    container('a', 't1', { pid: 1 });
    container('b', 't1', { pid: 2 });
    container('c', 't1', { pid: 3 });
    container('d', 't2', { pid: 4 });
    const all = { a: 1, b: 1, c: 1, d: 1 };
    networks = { 1: ['shared', 0, 900], 2: ['shared', 0, 900], 3: ['own', 1_000, 0] };
    await round(all);
    networks = { 1: ['shared', 500, 0], 2: ['shared', 500, 0], 3: ['own', 1_500, 10_000] };
    const [first, second] = await round(all);
    expect(first).toMatchObject({ taskArn: 't1', networkRxBytesPerSecond: 100, networkTxBytesPerSecond: 1_000 });
    expect(second).toEqual({ taskArn: 't2', cpuUnits: 0, memoryBytes: 1_000 });
  });

  it('says what a task read from disks and wrote to them, where the kernel counts it', async () => {
    container('a', 't1');
    container('b', 't1');
    await round({ a: 1, b: 1 });
    storage = { readBytes: 1_000, writeBytes: 0 };
    expect(await round({})).toEqual([{ taskArn: 't1', cpuUnits: 0, memoryBytes: 2_000 }]);
    storage = { readBytes: 6_000, writeBytes: 100 };
    expect(await round({})).toMatchObject([{ storageReadBytesPerSecond: 1_000, storageWriteBytesPerSecond: 20 }]);
  });

  it('begins anew with a container’s next run', async () => {
    container('a', 't1');
    await round({ a: 8_000_000 });
    container('a', 't1', { pid: 8 });
    expect(await round({ a: 0 })).toEqual([]);
    expect(await round({ a: 10_000_000 })).toMatchObject([{ cpuUnits: 1_024 }]);
  });

  it('complains once where it may not read', async () => {
    container('a', 't1');
    await round({ a: -1 });
    await round({ a: -1 });
    expect(warnings).toBe(1);
  });
});
