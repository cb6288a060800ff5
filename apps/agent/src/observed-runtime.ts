import type { ContainerSpec } from './domain/container-spec.js';
import type { ContainerRuntime, ContainerSnapshot, CreateOutcome, EngineInfo, RuntimeEvent, StartOutcome } from './ports.js';

/** Is told of every container that is seen, and before one goes. */
export interface ContainerObserver {
  saw(snapshot: ContainerSnapshot): void;
  /** The container goes when this has resolved. */
  letGo(runtimeId: string): void | Promise<void>;
}

/** An engine whose containers are watched by others too: their lines are shipped, what they use is measured. */
export class ObservedRuntime implements ContainerRuntime {
  constructor(
    private readonly runtime: ContainerRuntime,
    private readonly observers: readonly ContainerObserver[],
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
    for (const observer of this.observers) await observer.letGo(runtimeId);
    await this.runtime.remove(runtimeId, signal);
  }

  removeVolumes(labels: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void> {
    return this.runtime.removeVolumes(labels, signal);
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
    if (snapshot) for (const observer of this.observers) observer.saw(snapshot);
    return snapshot;
  }
}
