import type Docker from 'dockerode';
import type { Clock, Logger } from '#lib/platform';
import { bridgeGatewayOf, bridgeRangeOf } from '../domain/bridge-gateway.js';
import { labels as labelNames, type ContainerSpec } from '../domain/container-spec.js';
import { ENGINE_LIMITS_MS } from '../bounded-runtime.js';
import type { ContainerRuntime, ContainerSnapshot, CreateOutcome, EngineInfo, RuntimeEvent, StartOutcome } from '../ports.js';
import { dockerContainerOptions } from './docker-container-options.js';
import { answered, engineWords, rethrowUnlessAnswered, statusOf, toldFor, unlessStatus } from './docker-errors.js';
import { followEvents, type EngineEvent } from './docker-events.js';
import { createdSnapshot, snapshotOf } from './docker-snapshot.js';
import { Turnstile } from './turnstile.js';

/** A creation or a start that takes longer waits for something else than the processor. */
const SLOW_MS = 10_000;
const INSPECT_RETRY_MS = 500;
const PORT_IN_USE = /port is already allocated|address already in use/;

const isSameTask = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>) =>
  [labelNames.taskArn, labelNames.journalId, labelNames.instanceId].every((name) => a[name] === b[name]);

/** Its types leave the options out. */
interface Told {
  info(options: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
  inspect(options: { readonly abortSignal?: AbortSignal }): Promise<Docker.NetworkInspectInfo>;
}

/** Docker Engine (API ≥ 1.41) over its socket. Exits and health come from its events; nothing polls. */
export class DockerRuntime implements ContainerRuntime {
  private readonly creations: Turnstile;
  private readonly starts: Turnstile;
  /** Of which the engine has yet to tell: nothing new to whoever asked for them. */
  private readonly ownStarts = new Set<string>();

  /** `atOnce`: more creations or starts at a time only make each of them slower. */
  constructor(
    private readonly docker: Docker,
    private readonly clock: Clock,
    private readonly logger: Logger,
    atOnce: { readonly creations: number; readonly starts: number } = { creations: Infinity, starts: Infinity },
  ) {
    this.creations = new Turnstile(atOnce.creations, SLOW_MS, clock);
    this.starts = new Turnstile(atOnce.starts, SLOW_MS, clock);
  }

  async info(abortSignal?: AbortSignal): Promise<EngineInfo> {
    const info = (await answered((this.docker as Pick<Told, 'info'>).info({ abortSignal }))) as {
      NCPU: number;
      MemTotal: number;
      ServerVersion: string;
      Architecture: string;
      DockerRootDir?: string;
      Plugins?: { Log?: string[] | null };
      CgroupDriver?: string;
      CgroupVersion?: string;
    };
    const network = this.docker.getNetwork('bridge') as Pick<Told, 'inspect'>;
    const bridge = await unlessStatus([404], network.inspect({ abortSignal }));
    return {
      version: info.ServerVersion,
      cpuUnits: info.NCPU * 1024,
      memoryMiB: Math.floor(info.MemTotal / 1024 / 1024),
      cpuArchitecture: info.Architecture === 'aarch64' ? 'arm64' : info.Architecture,
      bridge: bridge?.Options?.['com.docker.network.bridge.name'],
      bridgeGateway: bridgeGatewayOf(bridge?.IPAM?.Config),
      bridgeRange: bridgeRangeOf(bridge?.IPAM?.Config),
      logDrivers: info.Plugins?.Log ?? [],
      directory: info.DockerRootDir,
      cgroupDriver: info.CgroupDriver,
      cgroupVersion: info.CgroupVersion === undefined ? undefined : Number(info.CgroupVersion),
    };
  }

  async create(spec: ContainerSpec, abortSignal?: AbortSignal): Promise<CreateOutcome> {
    try {
      const missing = await this.provideVolumes(spec, abortSignal);
      if (missing) return { outcome: 'failed', reason: missing };
      const options = dockerContainerOptions(spec);
      const { id } = await this.creations.pass(() => this.docker.createContainer({ ...options, abortSignal }));
      return { outcome: 'created', snapshot: createdSnapshot(id, options) };
    } catch (error) {
      rethrowUnlessAnswered(error);
      const known = statusOf(error) === 409 ? await this.inspect(spec.name, abortSignal) : undefined;
      // The name depends on nothing but journal and task: this is the work of an earlier attempt whose answer was lost.
      if (known && isSameTask(known.labels, spec.labels)) return { outcome: 'created', snapshot: known };
      return { outcome: 'failed', reason: engineWords(error) };
    }
  }

  async start(runtimeId: string, abortSignal?: AbortSignal): Promise<StartOutcome> {
    const container = this.docker.getContainer(runtimeId);
    this.ownStarts.add(runtimeId);
    try {
      // 304: it runs already.
      await this.starts.pass(() => unlessStatus([304], container.start({ abortSignal })));
    } catch (error) {
      this.ownStarts.delete(runtimeId);
      rethrowUnlessAnswered(error);
      const reason = engineWords(error);
      return { outcome: PORT_IN_USE.test(reason) ? 'port-in-use' : 'failed', reason };
    }
    const snapshot = await this.inspect(runtimeId, abortSignal);
    if (snapshot) return { outcome: 'started', snapshot };
    return { outcome: 'failed', reason: `Error response from daemon: No such container: ${runtimeId}` };
  }

  async stop(runtimeId: string, graceMs: number, abortSignal?: AbortSignal): Promise<void> {
    // 304: not running; 404: gone. The request lasts until the container has exited.
    await unlessStatus([304, 404], this.docker.getContainer(runtimeId).stop({ t: Math.ceil(graceMs / 1000), abortSignal }));
  }

  async remove(runtimeId: string, abortSignal?: AbortSignal): Promise<void> {
    // 409: its removal is under way.
    await unlessStatus([404, 409], this.docker.getContainer(runtimeId).remove({ force: true, v: true, abortSignal }));
  }

  async removeVolumes(labels: Readonly<Record<string, string>>, abortSignal?: AbortSignal): Promise<void> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const { Volumes } = await answered(this.docker.listVolumes({ filters: { label }, abortSignal }));
    for (const { Name } of Volumes ?? []) await unlessStatus([404], this.docker.getVolume(Name).remove({ abortSignal }));
  }

  async inspect(runtimeId: string, abortSignal?: AbortSignal): Promise<ContainerSnapshot | undefined> {
    const inspected = await toldFor(unlessStatus([404], this.docker.getContainer(runtimeId).inspect({ abortSignal })));
    return inspected && snapshotOf(inspected);
  }

  async list(labels: Readonly<Record<string, string>>, abortSignal?: AbortSignal): Promise<readonly ContainerSnapshot[]> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const listed = await toldFor(answered(this.docker.listContainers({ all: true, filters: { label }, abortSignal })));
    const snapshots = await Promise.all(listed.map(({ Id }) => this.inspect(Id, abortSignal)));
    return snapshots.filter((snapshot) => snapshot !== undefined);
  }

  watch(labels: Readonly<Record<string, string>>, listener: (event: RuntimeEvent) => void): () => void {
    const life = new AbortController();
    const onConnected = () => listener({ kind: 'resync' });
    const onEvent = (event: EngineEvent) => {
      if (event.Action === 'start' && this.ownStarts.delete(event.Actor.ID)) return;
      if (event.Action === 'destroy') this.ownStarts.delete(event.Actor.ID);
      void this.tell(event, listener, life.signal);
    };
    void followEvents(
      this.docker,
      labels,
      { onConnected, onEvent, onAway: (reason) => listener({ kind: 'away', reason }) },
      { clock: this.clock, logger: this.logger, signal: life.signal },
    );
    return () => life.abort(new Error('nobody watches any more'));
  }

  /** An event says that something happened; what is true now is asked. */
  private async tell(event: EngineEvent, listener: (event: RuntimeEvent) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const snapshot = await this.inspect(
          event.Actor.ID,
          AbortSignal.any([signal, AbortSignal.timeout(ENGINE_LIMITS_MS.inspect)]),
        );
        if (!signal.aborted) listener(snapshot ? { kind: 'container', snapshot } : { kind: 'resync' });
        return;
      } catch (error) {
        // Not left to the resync that follows when the engine was away: one call may fail without that.
        this.logger.debug(
          { err: error, action: event.Action },
          'a container could not be inspected after an event; trying again',
        );
        await this.clock.sleep(INSPECT_RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  /** Makes the volumes the container mounts; a sentence when one that must exist does not. */
  private async provideVolumes(spec: ContainerSpec, abortSignal?: AbortSignal): Promise<string | undefined> {
    for (const { name, driver, driverOptions, labels, autoprovision } of spec.volumes) {
      if (!autoprovision) {
        if (await unlessStatus([404], this.docker.getVolume(name).inspect({ abortSignal }))) continue;
        return `Error response from daemon: get ${name}: no such volume; create it, or set autoprovision to true`;
      }
      await this.docker.createVolume({
        Name: name,
        Driver: driver,
        DriverOpts: { ...driverOptions },
        Labels: { ...labels },
        abortSignal,
      });
    }
    return undefined;
  }
}
