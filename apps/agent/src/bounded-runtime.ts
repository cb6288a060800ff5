import type { Clock } from '#lib/platform';
import type { ContainerSpec } from './domain/container-spec.js';
import {
  EngineUnavailableError,
  type ContainerRuntime,
  type ContainerSnapshot,
  type CreateOutcome,
  type EngineInfo,
  type RuntimeEvent,
  type StartOutcome,
} from './ports.js';

/** The ECS agent's bounds, but for lists and removals (10 and 5 minutes there), which are repeated by themselves. */
export const ENGINE_LIMITS_MS = {
  info: 10_000,
  create: 240_000,
  start: 180_000,
  /** Beyond the time between SIGTERM and SIGKILL. */
  stop: 30_000,
  remove: 60_000,
  inspect: 30_000,
  list: 30_000,
} as const;

/**
 * An engine whose every call ends: one that is not answered within its bound counts as one whose outcome is unknown, so that
 * whoever called looks again before anything else. A container with a call under way can be neither stopped nor replaced.
 */
export class BoundedRuntime implements ContainerRuntime {
  constructor(
    private readonly runtime: ContainerRuntime,
    private readonly clock: Clock,
  ) {}

  info(): Promise<EngineInfo> {
    return this.within(ENGINE_LIMITS_MS.info, 'info', (signal) => this.runtime.info(signal));
  }

  create(spec: ContainerSpec): Promise<CreateOutcome> {
    return this.within(ENGINE_LIMITS_MS.create, 'create', (signal) => this.runtime.create(spec, signal));
  }

  start(runtimeId: string): Promise<StartOutcome> {
    return this.within(ENGINE_LIMITS_MS.start, 'start', (signal) => this.runtime.start(runtimeId, signal));
  }

  stop(runtimeId: string, graceMs: number): Promise<void> {
    return this.within(graceMs + ENGINE_LIMITS_MS.stop, 'stop', (signal) => this.runtime.stop(runtimeId, graceMs, signal));
  }

  remove(runtimeId: string): Promise<void> {
    return this.within(ENGINE_LIMITS_MS.remove, 'remove', (signal) => this.runtime.remove(runtimeId, signal));
  }

  removeVolumes(labels: Readonly<Record<string, string>>): Promise<void> {
    return this.within(ENGINE_LIMITS_MS.remove, 'removal of volumes', (signal) => this.runtime.removeVolumes(labels, signal));
  }

  inspect(runtimeId: string): Promise<ContainerSnapshot | undefined> {
    return this.within(ENGINE_LIMITS_MS.inspect, 'inspect', (signal) => this.runtime.inspect(runtimeId, signal));
  }

  list(labels: Readonly<Record<string, string>>): Promise<readonly ContainerSnapshot[]> {
    return this.within(ENGINE_LIMITS_MS.list, 'list', (signal) => this.runtime.list(labels, signal));
  }

  watch(labels: Readonly<Record<string, string>>, listener: (event: RuntimeEvent) => void): () => void {
    return this.runtime.watch(labels, listener);
  }

  /** The signal lets the adapter hang up; an adapter that does not is left behind. */
  private within<T>(limitMs: number, what: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    return new Promise<T>((resolve, reject) => {
      const cancel = this.clock.after(limitMs, () => {
        const error = new EngineUnavailableError(`The container engine did not answer within ${limitMs / 1000} s: ${what}`);
        reject(error);
        late.abort(error);
      });
      call(late.signal).then(resolve, reject).finally(cancel);
    });
  }
}
