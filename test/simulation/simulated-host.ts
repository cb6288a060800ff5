import type { InstanceId, RegisterRequest } from '#lib/ecs/model';
import { capabilities } from '#lib/ecs/placement';
import type { Clock } from '#lib/platform';
import { labels } from '../../apps/agent/src/domain/container-spec.js';
import { type AgentDisk, type ContainerRuntime, EngineUnavailableError, type ImagePuller } from '../../apps/agent/src/ports.js';
import { SimulatedRuntime } from '../../apps/agent/src/simulated/simulated-runtime.js';
import type { Chaos } from './faults.js';
import { SimulatedDisk } from './simulated-disk.js';
import type { VirtualTime } from './virtual-time.js';

const DISK_MS = 3;
const MAX_LOST_MS = 5_000;
const WRONG_CLOCK_MS = 3 * 3_600_000;
const PULL_MS = { least: 20, most: 400 };
const SLOW_PULL_MS = { least: 5_000, most: 40_000 };

const { dockerApi17, dockerApi18, dockerApi19, dockerApi21, dockerApi22, dockerApi24, dockerApi25, dockerApi29 } = capabilities;
const ADVERTISED = [
  dockerApi17,
  dockerApi18,
  dockerApi19,
  dockerApi21,
  dockerApi22,
  dockerApi24,
  dockerApi25,
  dockerApi29,
  capabilities.ordering,
  capabilities.healthCheck,
].map(({ name }) => ({ name }));

const NEVER = new Promise<never>(() => undefined);

/** A machine with a disk and a container engine: what stays when its agent dies. */
export class SimulatedHost {
  readonly instanceId: InstanceId;
  readonly disk: SimulatedDisk;
  readonly runtime: SimulatedRuntime;
  registration: RegisterRequest;
  wallClockOffsetMs: number;
  /** Is told of each task of which a running container gets a SIGTERM. */
  onStop: (taskArn: string) => void = () => undefined;
  private offUntilMs = 0;
  private cutOffUntilMs = 0;

  constructor(
    readonly name: string,
    number: number,
    private readonly time: VirtualTime,
    clock: Clock,
    private readonly chaos: Chaos,
    resources = { cpu: 2048, memoryMiB: 4096 },
  ) {
    this.instanceId = number.toString(16).padStart(2, '0').repeat(16) as InstanceId;
    this.wallClockOffsetMs = chaos.between(-2_000, 2_000);
    this.disk = new SimulatedDisk(() => time.nowMs);
    // The engine stamps its containers by the host's clock.
    const hostClock: Clock = { ...clock, now: () => clock.now() + this.wallClockOffsetMs };
    this.runtime = new SimulatedRuntime({ clock: hostClock, random: chaos.random, latencyMs: { least: 2, most: 60 } });
    this.registration = {
      cluster: 'default',
      resources: { ...resources, gpu: 0, portsTcp: [22], portsUdp: [] },
      attributes: [
        ...ADVERTISED,
        { name: 'ecs.os-type', value: 'linux' },
        { name: 'ecs.cpu-architecture', value: 'x86_64' },
        { name: 'ecs.availability-zone', value: number % 2 === 0 ? 'a' : 'b' },
      ],
      versionInfo: { agentVersion: '1.0.0', agentHash: 'simulated', dockerVersion: 'simulated' },
      hostId: name,
    };
  }

  /** Where its agent joins from its next start on. */
  get cluster(): string {
    return this.registration.cluster;
  }

  moveTo(cluster: string): void {
    this.registration = { ...this.registration, cluster };
  }

  /** Its wall clock jumps. */
  setClock(): void {
    const { chaos } = this;
    this.wallClockOffsetMs = chaos.random.next() < 0.3 ? 0 : chaos.between(-WRONG_CLOCK_MS, WRONG_CLOCK_MS);
  }

  /** How long it takes until its power is back. */
  get offForMs(): number {
    return Math.max(0, this.offUntilMs - this.time.nowMs);
  }

  /** How long it takes until its link is there again. */
  get cutOffForMs(): number {
    return Math.max(0, this.cutOffUntilMs - this.time.nowMs);
  }

  /** The power fails. Whoever calls ends the agent's process. */
  losePower(ms: number): void {
    this.offUntilMs = Math.max(this.offUntilMs, this.time.nowMs + ms);
    this.withoutEngine(this.offForMs);
    if (this.chaos.strikes('lastSecondsLost')) this.disk.loseLast(this.chaos.between(0, MAX_LOST_MS));
  }

  /** The engine restarts, and kills what it ran. */
  withoutEngine(ms: number): void {
    this.runtime.goAway();
    this.time.after(ms, () => {
      if (this.offForMs === 0) this.runtime.comeBack();
    });
  }

  cutOff(ms: number): void {
    this.cutOffUntilMs = this.time.nowMs + ms;
  }

  heal(): void {
    this.cutOffUntilMs = 0;
  }

  /** What is saved when a process dies was saved; what was on its way was not. */
  store(isAlive: () => boolean): AgentDisk {
    const { disk } = this;
    const write = async (save: () => Promise<void>) => {
      await this.time.sleep(this.chaos.between(0, DISK_MS));
      if (isAlive()) await save();
    };
    return {
      loadIdentity: () => disk.loadIdentity(),
      saveIdentity: (identity) => write(() => disk.saveIdentity(identity)),
      loadTasks: () => disk.loadTasks(),
      saveTask: (task) => write(() => disk.saveTask(task)),
      removeTask: (taskArn) => write(() => disk.removeTask(taskArn)),
      keepDefinitions: (needed) => write(() => disk.keepDefinitions(needed)),
      loadDefinition: (arn, digest) => disk.loadDefinition(arn, digest),
      saveDefinition: (definition) => write(() => disk.saveDefinition(definition)),
    };
  }

  /** The engine with calls that fail or are never answered, before or after the deed, and starts that fail. */
  engine(): ContainerRuntime {
    const { runtime, chaos } = this;
    return new Proxy<ContainerRuntime>(runtime, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== 'function') return member;
        if (key === 'watch') return member.bind(target) as unknown;
        return async (...args: unknown[]) => {
          const fails = chaos.strikes('engineCallFailed');
          const silent = chaos.strikes('engineCallUnanswered');
          if (silent && chaos.random.next() < 0.5) return NEVER;
          if (fails && chaos.random.next() < 0.5) throw new EngineUnavailableError('the engine did not take the call');
          if (key === 'start' && chaos.strikes('containerStartFailed'))
            return { outcome: 'failed', reason: 'Error response from daemon: OCI runtime create failed' };
          if (key === 'stop') this.tellOfStop(args[0] as string);
          const result: unknown = await (member as (...a: unknown[]) => unknown).apply(target, args);
          if (silent) return NEVER;
          if (fails) throw new EngineUnavailableError('the engine did not answer');
          return result;
        };
      },
    });
  }

  private tellOfStop(runtimeId: string): void {
    const running = this.runtime.running().find((container) => container.runtimeId === runtimeId);
    if (running) this.onStop(running.labels[labels.taskArn]!);
  }

  puller(): ImagePuller {
    const { chaos, runtime, time } = this;
    return {
      pull: async (image, signal) => {
        const { least, most } = chaos.strikes('pullSlow') ? SLOW_PULL_MS : PULL_MS;
        await time.sleep(chaos.between(least, most));
        if (chaos.strikes('pullFailed')) return { outcome: 'failed', reason: 'the registry answers: 500 Internal Server Error' };
        return runtime.pull(image, signal);
      },
    };
  }
}
