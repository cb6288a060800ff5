import type { HealthStatus } from '#lib/ecs/model';
import type { Clock, Random } from '#lib/platform';
import type { ContainerSpec } from '../domain/container-spec.js';
import {
  EngineUnavailableError,
  type ContainerRuntime,
  type ContainerSnapshot,
  type CreateOutcome,
  type EngineInfo,
  type ImagePuller,
  type PullOutcome,
  type RuntimeEvent,
  type StartOutcome,
} from '../ports.js';
import { isMissingImage, simulatedBehaviour, type SimulatedBehaviour } from './simulated-behaviour.js';

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Bounds of a uniform latency; 0 for both answers in the same turn of the loop. */
  readonly latencyMs?: { readonly least: number; readonly most: number };
  /** Probability that a call finds the engine away: half of the times before, half after the deed. */
  readonly unavailability?: number;
  /** Probability that a call is never answered: half of the times without, half after the deed. */
  readonly silence?: number;
  readonly info?: Partial<EngineInfo>;
}

interface SimulatedContainer {
  readonly spec: ContainerSpec;
  readonly behaviour: SimulatedBehaviour;
  readonly runtimeId: string;
  state: ContainerSnapshot['state'];
  exitCode?: number;
  oomKilled: boolean;
  startedAt?: string;
  finishedAt?: string;
  healthStatus: HealthStatus;
  cancels: (() => void)[];
}

interface Watcher {
  readonly labels: Readonly<Record<string, string>>;
  readonly listener: (event: RuntimeEvent) => void;
}

/**
 * A container engine that runs nothing. It outlives the agents that use it, as a real one does, and counts every start, so that
 * a test can say "nothing ran twice". How containers behave: `simulated-behaviour.ts`.
 */
export class SimulatedRuntime implements ContainerRuntime, ImagePuller {
  private readonly containers = new Map<string, SimulatedContainer>();
  private readonly volumes = new Map<string, Readonly<Record<string, string>>>();
  private readonly watchers = new Set<Watcher>();
  private readonly openPorts = new Map<string, string>();
  private nextId = 1;
  private away = false;
  private hung = false;
  /** Every start that happened: container names, in order. */
  readonly starts: string[] = [];
  /** Every SIGTERM that was sent: container names, in order. */
  readonly stops: string[] = [];

  constructor(private readonly options: SimulatedRuntimeOptions) {}

  info(): Promise<EngineInfo> {
    const info = {
      version: 'simulated',
      cpuUnits: 4096,
      memoryMiB: 16_384,
      cpuArchitecture: 'x86_64',
      logDrivers: ['json-file', 'awslogs'],
      ...this.options.info,
    };
    return this.call(() => info);
  }

  async pull(image: string, signal: AbortSignal): Promise<PullOutcome> {
    signal.throwIfAborted();
    return this.call(() =>
      isMissingImage(image)
        ? { outcome: 'failed', reason: `Error response from daemon: pull access denied for ${image}, repository does not exist` }
        : { outcome: 'ready', imageDigest: undefined },
    );
  }

  create(spec: ContainerSpec): Promise<CreateOutcome> {
    return this.call(() => {
      const missing = spec.volumes.find(({ name, autoprovision }) => !autoprovision && !this.volumes.has(name));
      if (missing) return { outcome: 'failed', reason: `Error response from daemon: get ${missing.name}: no such volume` };
      for (const { name, labels } of spec.volumes) if (!this.volumes.has(name)) this.volumes.set(name, labels);
      const known = [...this.containers.values()].find((container) => container.spec.name === spec.name);
      return { outcome: 'created', snapshot: snapshotOf(known ?? this.make(spec)) };
    });
  }

  start(runtimeId: string): Promise<StartOutcome> {
    return this.call(() => {
      const container = this.containers.get(runtimeId);
      if (!container) return { outcome: 'failed', reason: `Error response from daemon: No such container: ${runtimeId}` };
      if (container.state === 'running') return { outcome: 'started', snapshot: snapshotOf(container) };
      if (container.behaviour.startFails) return { outcome: 'failed', reason: 'Error response from daemon: exec: not found' };
      const taken = this.portKeys(container).find((port) => this.openPorts.has(port));
      if (taken)
        return {
          outcome: 'port-in-use',
          reason: `Error response from daemon: Bind for ${taken} failed: port is already allocated`,
        };
      this.run(container);
      return { outcome: 'started', snapshot: snapshotOf(container) };
    });
  }

  async stop(runtimeId: string, graceMs: number): Promise<void> {
    const container = await this.call(() => this.containers.get(runtimeId));
    if (!container || container.state !== 'running') return;
    this.stops.push(container.spec.name);
    const { stopsAfterMs, stopExitCode } = container.behaviour;
    await this.options.clock.sleep(Math.min(stopsAfterMs, graceMs));
    this.exit(container, stopsAfterMs > graceMs ? 137 : stopExitCode);
  }

  remove(runtimeId: string): Promise<void> {
    return this.call(() => {
      const container = this.containers.get(runtimeId);
      if (container) this.exit(container, 137);
      this.containers.delete(runtimeId);
    });
  }

  removeVolumes(labels: Readonly<Record<string, string>>): Promise<void> {
    return this.call(() => {
      for (const [name, own] of this.volumes) if (carries({ labels: own }, labels)) this.volumes.delete(name);
    });
  }

  inspect(runtimeId: string): Promise<ContainerSnapshot | undefined> {
    return this.call(() => {
      const container = this.containers.get(runtimeId);
      return container && snapshotOf(container);
    });
  }

  list(labels: Readonly<Record<string, string>>): Promise<readonly ContainerSnapshot[]> {
    return this.call(() => [...this.containers.values()].map(snapshotOf).filter((snapshot) => carries(snapshot, labels)));
  }

  watch(labels: Readonly<Record<string, string>>, listener: (event: RuntimeEvent) => void): () => void {
    const watcher = { labels, listener };
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** What runs now, for a test's eyes. */
  running(): readonly ContainerSnapshot[] {
    return [...this.containers.values()].filter(({ state }) => state === 'running').map(snapshotOf);
  }

  /** What is there in any state, for a test's eyes. */
  known(): readonly ContainerSnapshot[] {
    return [...this.containers.values()].map(snapshotOf);
  }

  /** Names, for a test's eyes. */
  volumeNames(): readonly string[] {
    return [...this.volumes.keys()];
  }

  /** A process of the host that is none of the agent's business takes a port. */
  occupyPort(address: string, port: number): void {
    this.openPorts.set(`${address}:${port}/tcp`, 'somebody else');
  }

  /** The container ends by itself (a crash of its process). */
  crash(runtimeId: string, exitCode: number): void {
    this.exit(this.containers.get(runtimeId)!, exitCode);
  }

  /** The engine goes away and kills what it ran, like a restart of dockerd without live-restore. */
  goAway(): void {
    this.away = true;
    for (const { listener } of this.watchers) listener({ kind: 'away', reason: 'the simulated engine is away' });
    for (const container of this.containers.values()) this.exit(container, 137, 'untold');
  }

  /** Calls are taken and never answered, like those to a dockerd that is stopped (SIGSTOP) or waits for a dead disk. */
  hang(): void {
    this.hung = true;
  }

  /** Answers again; the calls that were under way stay without an answer. */
  recover(): void {
    this.hung = false;
  }

  /** Somebody's `docker start`. */
  startByHand(runtimeId: string): void {
    const container = this.containers.get(runtimeId)!;
    this.run(container);
    this.tell(container);
  }

  comeBack(): void {
    this.away = false;
    for (const { listener } of this.watchers) listener({ kind: 'resync' });
  }

  private make(spec: ContainerSpec): SimulatedContainer {
    const runtimeId = (this.nextId++).toString(16).padStart(64, '0');
    const container: SimulatedContainer = {
      spec,
      behaviour: simulatedBehaviour(spec),
      runtimeId,
      state: 'created',
      oomKilled: false,
      healthStatus: 'UNKNOWN',
      cancels: [],
    };
    this.containers.set(runtimeId, container);
    return container;
  }

  private run(container: SimulatedContainer): void {
    const { clock } = this.options;
    const { runsForMs, exitCode, healthKnownAfterMs, becomesHealthy, unhealthyAfterMs } = container.behaviour;
    this.starts.push(container.spec.name);
    container.state = 'running';
    container.startedAt = new Date(clock.now()).toISOString();
    container.exitCode = undefined;
    for (const port of this.portKeys(container)) this.openPorts.set(port, container.runtimeId);
    if (runsForMs !== undefined) container.cancels.push(clock.after(runsForMs, () => this.exit(container, exitCode)));
    if (container.spec.healthCheck) {
      const find = (healthStatus: HealthStatus) => {
        container.healthStatus = healthStatus;
        this.tell(container);
      };
      container.cancels.push(clock.after(healthKnownAfterMs, () => find(becomesHealthy ? 'HEALTHY' : 'UNHEALTHY')));
      if (unhealthyAfterMs !== undefined) container.cancels.push(clock.after(unhealthyAfterMs, () => find('UNHEALTHY')));
    }
  }

  private exit(container: SimulatedContainer, exitCode: number, untold?: 'untold'): void {
    if (container.state !== 'running') return;
    for (const cancel of container.cancels.splice(0)) cancel();
    for (const port of this.portKeys(container)) this.openPorts.delete(port);
    container.state = 'exited';
    container.oomKilled = container.behaviour.oomKilled;
    container.exitCode = exitCode;
    container.healthStatus = 'UNKNOWN';
    container.finishedAt = new Date(this.options.clock.now()).toISOString();
    if (!untold) this.tell(container);
  }

  private tell(container: SimulatedContainer): void {
    if (this.away) return;
    const snapshot = snapshotOf(container);
    for (const { labels, listener } of this.watchers) if (carries(snapshot, labels)) listener({ kind: 'container', snapshot });
  }

  private portKeys({ spec }: SimulatedContainer): string[] {
    return spec.ports.flatMap(({ addresses, hostPort, protocol }) =>
      addresses.map((address) => `${address}:${hostPort}/${protocol}`),
    );
  }

  private async pause(ms: number): Promise<void> {
    if (ms > 0) await this.options.clock.sleep(ms);
  }

  private async call<T>(deed: () => T): Promise<T> {
    const { latencyMs, unavailability = 0, silence = 0, random } = this.options;
    const waitMs = latencyMs ? latencyMs.least + random.next() * (latencyMs.most - latencyMs.least) : 0;
    const wayThereMs = waitMs * random.next();
    await this.pause(wayThereMs);
    const silent = silence > 0 && random.next() < silence;
    if (this.hung || (silent && random.next() < 0.5)) return NEVER;
    const lost = unavailability > 0 && random.next() < unavailability;
    if (this.away || (lost && random.next() < 0.5)) throw new EngineUnavailableError('the simulated engine is away');
    const result = deed();
    if (silent) return NEVER;
    // What it says may be out of date when it arrives: the world goes on during the way back.
    await this.pause(waitMs - wayThereMs);
    if (lost) throw new EngineUnavailableError('the simulated engine went away before it could answer');
    return result;
  }
}

const NEVER = new Promise<never>(() => undefined);

const carries = (snapshot: Pick<ContainerSnapshot, 'labels'>, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([name, value]) => snapshot.labels[name] === value);

const snapshotOf = (container: SimulatedContainer): ContainerSnapshot => ({
  runtimeId: container.runtimeId,
  labels: container.spec.labels,
  state: container.state,
  exitCode: container.exitCode,
  oomKilled: container.oomKilled,
  startedAt: container.startedAt,
  finishedAt: container.finishedAt,
  healthStatus: container.healthStatus,
  networkBindings: container.spec.ports.map(({ addresses, containerPort, hostPort, protocol }) => ({
    bindIP: addresses[0] ?? '0.0.0.0',
    containerPort,
    hostPort,
    protocol,
  })),
});
