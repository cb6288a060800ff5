import { MOST_TASKS_A_MESSAGE, TASK_METRICS_INTERVAL_MS, type TaskUse } from '#lib/ecs/model';
import type { Clock, Logger } from '#lib/platform';
import { labels } from '../domain/container-spec.js';
import type { ContainerSnapshot } from '../ports.js';
import type { CgroupReader } from './cgroup-reader.js';

export interface TaskMeterDeps {
  readonly reader: Pick<CgroupReader, 'read'>;
  readonly publish: (tasks: readonly TaskUse[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Metered {
  readonly taskArn: string;
  readonly pid: number;
  before?: { readonly cpuMicros: number; readonly atMs: number };
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
    const uses = new Map<string, TaskUse | undefined>();
    for (const [runtimeId, metered] of this.running) {
      const use = await this.measure(runtimeId, metered);
      const { taskArn } = metered;
      const known = uses.get(taskArn);
      if (!use || (uses.has(taskArn) && !known)) uses.set(taskArn, undefined);
      else
        uses.set(taskArn, {
          taskArn,
          cpuUnits: (known?.cpuUnits ?? 0) + use.cpuUnits,
          memoryBytes: (known?.memoryBytes ?? 0) + use.memoryBytes,
        });
    }
    const tasks = [...uses.values()].filter((use) => use !== undefined);
    for (let at = 0; at < tasks.length; at += MOST_TASKS_A_MESSAGE) this.deps.publish(tasks.slice(at, at + MOST_TASKS_A_MESSAGE));
  }

  private async measure(runtimeId: string, metered: Metered): Promise<Omit<TaskUse, 'taskArn'> | undefined> {
    const { reader, clock, logger } = this.deps;
    try {
      const use = await reader.read(runtimeId, metered.pid);
      if (!use) return undefined;
      const { before } = metered;
      const atMs = clock.monotonicMs();
      metered.before = { cpuMicros: use.cpuMicros, atMs };
      if (!before || atMs <= before.atMs) return undefined;
      const cpuUnits = ((use.cpuMicros - before.cpuMicros) / 1_000 / (atMs - before.atMs)) * UNITS_A_CPU;
      return { cpuUnits: Math.max(0, cpuUnits), memoryBytes: use.memoryBytes };
    } catch (error) {
      if (!this.complained)
        logger.warn({ error: (error as Error).message }, 'control groups cannot be read: tasks have no metrics');
      this.complained = true;
      return undefined;
    }
  }
}
