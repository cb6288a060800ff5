import { MOST_TASKS_A_MESSAGE, TASK_METRICS_INTERVAL_MS, type TaskUse } from '#lib/ecs/model';
import type { Clock, Logger } from '#lib/platform';
import { labels } from '../domain/container-spec.js';
import type { ContainerSnapshot } from '../ports.js';
import type { CgroupReader, StorageUse } from './cgroup-reader.js';
import { type NetworkRates, networkRates, type NetworkUse, perSecond } from './domain/network-use.js';
import type { NetworkReader } from './network-reader.js';

export interface TaskMeterDeps {
  readonly reader: Pick<CgroupReader, 'read'>;
  readonly network: Pick<NetworkReader, 'read'>;
  readonly publish: (tasks: readonly TaskUse[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Metered {
  readonly taskArn: string;
  readonly pid: number;
  before?: {
    readonly cpuMicros: number;
    readonly network: NetworkUse | undefined;
    readonly storage: StorageUse | undefined;
    readonly atMs: number;
  };
}

/** Of one container; `network` of its namespace, which others may share. */
interface ContainerUse {
  readonly cpuUnits: number;
  readonly memoryBytes: number;
  readonly network?: NetworkRates;
  readonly storage?: { readonly readBytesPerSecond: number; readonly writeBytesPerSecond: number };
}

/** After a bucket's end by the clock, so that clocks may differ a little and each bucket still has one sample of each task. */
const OFFSET_MS = 2_000;
const UNITS_A_CPU = 1_024;

/** Measures the tasks of this host every 10 s and says it, once; nobody waits for it. */
export class TaskMeter {
  private readonly running = new Map<string, Metered>();
  private life: AbortController | undefined;
  private complained = false;

  constructor(private readonly deps: TaskMeterDeps) {}

  /** What the engine says of a container. */
  saw({ runtimeId, state, pid, labels: of }: ContainerSnapshot): void {
    const taskArn = of[labels.taskArn];
    if (state !== 'running' || pid === undefined || taskArn === undefined) this.running.delete(runtimeId);
    else if (this.running.get(runtimeId)?.pid !== pid) this.running.set(runtimeId, { taskArn, pid });
  }

  letGo(runtimeId: string): void {
    this.running.delete(runtimeId);
  }

  start(): void {
    this.life = new AbortController();
    void this.run(this.life.signal);
  }

  stop(): void {
    this.life?.abort(new Error('stopped'));
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.deps;
    while (!signal.aborted) {
      const sinceBucket = (clock.now() - OFFSET_MS) % TASK_METRICS_INTERVAL_MS;
      // Only the signal ends the sleep early.
      await clock.sleep(TASK_METRICS_INTERVAL_MS - sinceBucket, signal).catch(() => undefined);
      if (!signal.aborted) await this.round();
    }
  }

  /** A task is told of when all its containers were measured, and were before. */
  async round(): Promise<void> {
    const uses = new Map<string, ContainerUse[] | undefined>();
    for (const [runtimeId, metered] of this.running) {
      const use = await this.measure(runtimeId, metered);
      const { taskArn } = metered;
      const known = uses.get(taskArn);
      if (!use || (uses.has(taskArn) && !known)) uses.set(taskArn, undefined);
      else if (known) known.push(use);
      else uses.set(taskArn, [use]);
    }
    const tasks = [...uses].flatMap(([taskArn, containers]) => (containers ? useOf(taskArn, containers) : []));
    for (let at = 0; at < tasks.length; at += MOST_TASKS_A_MESSAGE) this.deps.publish(tasks.slice(at, at + MOST_TASKS_A_MESSAGE));
  }

  private async measure(runtimeId: string, metered: Metered): Promise<ContainerUse | undefined> {
    const { reader, network: networkReader, clock, logger } = this.deps;
    try {
      const use = await reader.read(runtimeId, metered.pid);
      const network = use && (await networkReader.read(metered.pid));
      if (!use) return undefined;
      const { before } = metered;
      const atMs = clock.monotonicMs();
      metered.before = { cpuMicros: use.cpuMicros, network, storage: use.storage, atMs };
      if (!before || atMs <= before.atMs) return undefined;
      const spanMs = atMs - before.atMs;
      const cpuUnits = Math.max(0, ((use.cpuMicros - before.cpuMicros) / 1_000 / spanMs) * UNITS_A_CPU);
      const rates = network && networkRates(network, before.network, spanMs);
      const storage = use.storage && before.storage && storageRatesOf(use.storage, before.storage, spanMs);
      return {
        cpuUnits,
        memoryBytes: use.memoryBytes,
        ...(rates ? { network: rates } : {}),
        ...(storage ? { storage } : {}),
      };
    } catch (error) {
      if (!this.complained)
        logger.warn({ error: (error as Error).message }, 'control groups cannot be read: tasks have no metrics');
      this.complained = true;
      return undefined;
    }
  }
}

const useOf = (taskArn: string, containers: readonly ContainerUse[]): TaskUse => {
  // Containers in one namespace have its counters in common: they count once.
  const networks = [...new Map(containers.flatMap(({ network }) => (network ? [[network.namespace, network]] : []))).values()];
  const storages = containers.flatMap(({ storage }) => storage ?? []);
  return {
    taskArn,
    cpuUnits: sumOf(containers, ({ cpuUnits }) => cpuUnits),
    memoryBytes: sumOf(containers, ({ memoryBytes }) => memoryBytes),
    ...(networks.length === 0
      ? {}
      : {
          networkRxBytesPerSecond: sumOf(networks, ({ rxBytesPerSecond }) => rxBytesPerSecond),
          networkTxBytesPerSecond: sumOf(networks, ({ txBytesPerSecond }) => txBytesPerSecond),
        }),
    ...(storages.length < containers.length
      ? {}
      : {
          storageReadBytesPerSecond: sumOf(storages, ({ readBytesPerSecond }) => readBytesPerSecond),
          storageWriteBytesPerSecond: sumOf(storages, ({ writeBytesPerSecond }) => writeBytesPerSecond),
        }),
  };
};

const sumOf = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((sum, item) => sum + of(item), 0);

const storageRatesOf = (now: StorageUse, before: StorageUse, spanMs: number): ContainerUse['storage'] => ({
  readBytesPerSecond: perSecond(now.readBytes - before.readBytes, spanMs),
  writeBytesPerSecond: perSecond(now.writeBytes - before.writeBytes, spanMs),
});
