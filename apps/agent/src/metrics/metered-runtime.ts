import type { ContainerSpec } from '../domain/container-spec.js';
import type { ContainerRuntime, ContainerSnapshot, CreateOutcome, EngineInfo, RuntimeEvent, StartOutcome } from '../ports.js';
import type { TaskMeter } from './task-meter.js';

/** An engine whose containers are measured: whatever it says of one is passed on. */
export class MeteredRuntime implements ContainerRuntime {
  constructor(
    private readonly runtime: ContainerRuntime,
    private readonly meter: Pick<TaskMeter, 'saw' | 'letGo'>,
  ) {}

  info(signal?: AbortSignal): Promise<EngineInfo> {
    return this.runtime.info(signal);
  }

  async create(spec: ContainerSpec, signal?: AbortSignal): Promise<CreateOutcome> {
    const outcome = await this.runtime.create(spec, signal);
    if (outcome.outcome === 'created') this.saw(outcome.snapshot);
    return outcome;
  }

  async start(runtimeId: string, signal?: AbortSignal): Promise<StartOutcome> {
    const outcome = await this.runtime.start(runtimeId, signal);
    if (outcome.outcome === 'started') this.saw(outcome.snapshot);
    return outcome;
  }

  stop(runtimeId: string, graceMs: number, signal?: AbortSignal): Promise<void> {
    return this.runtime.stop(runtimeId, graceMs, signal);
  }

  async remove(runtimeId: string, signal?: AbortSignal): Promise<void> {
    this.meter.letGo(runtimeId);
    await this.runtime.remove(runtimeId, signal);
  }

  removeVolume(name: string, signal?: AbortSignal): Promise<void> {
    return this.runtime.removeVolume(name, signal);
  }

  async inspect(runtimeId: string, signal?: AbortSignal): Promise<ContainerSnapshot | undefined> {
    return this.saw(await this.runtime.inspect(runtimeId, signal));
  }

  async list(labels: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<readonly ContainerSnapshot[]> {
    const snapshots = await this.runtime.list(labels, signal);
    for (const snapshot of snapshots) this.saw(snapshot);
    return snapshots;
  }

  watch(labels: Readonly<Record<string, string>>, listener: (event: RuntimeEvent) => void): () => void {
    return this.runtime.watch(labels, (event) => {
      if (event.kind === 'container') this.saw(event.snapshot);
      listener(event);
    });
  }

  private saw<T extends ContainerSnapshot | undefined>(snapshot: T): T {
    if (snapshot) this.meter.saw(snapshot);
    return snapshot;
  }
}
