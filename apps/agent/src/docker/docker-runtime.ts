import type Docker from 'dockerode';
import type { Clock, Logger } from '#lib/platform';
import { labels as labelNames, type ContainerSpec } from '../domain/container-spec.js';
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

/** Docker Engine (API ≥ 1.41) over its socket. Exits and health come from its events; nothing polls. */
export class DockerRuntime implements ContainerRuntime {
  private readonly creations: Turnstile;
  private readonly starts: Turnstile;

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

  async info(): Promise<EngineInfo> {
    const info = (await answered(this.docker.info())) as {
      NCPU: number;
      MemTotal: number;
      ServerVersion: string;
      Architecture: string;
    };
    const bridge = (await unlessStatus([404], this.docker.getNetwork('bridge').inspect())) as
      Docker.NetworkInspectInfo | undefined;
    return {
      version: info.ServerVersion,
      cpuUnits: info.NCPU * 1024,
      memoryMiB: Math.floor(info.MemTotal / 1024 / 1024),
      cpuArchitecture: info.Architecture === 'aarch64' ? 'arm64' : info.Architecture,
      bridgeGateway: bridge?.IPAM?.Config?.find(({ Gateway }) => Gateway)?.Gateway,
    };
  }

  async create(spec: ContainerSpec): Promise<CreateOutcome> {
    try {
      const missing = await this.provideVolumes(spec);
      if (missing) return { outcome: 'failed', reason: missing };
      const options = dockerContainerOptions(spec);
      const { id } = await this.creations.pass(() => this.docker.createContainer(options));
      return { outcome: 'created', snapshot: createdSnapshot(id, options) };
    } catch (error) {
      rethrowUnlessAnswered(error);
      const known = statusOf(error) === 409 ? await this.inspect(spec.name) : undefined;
      // The name depends on nothing but journal and task: this is the work of an earlier attempt whose answer was lost.
      if (known && isSameTask(known.labels, spec.labels)) return { outcome: 'created', snapshot: known };
      return { outcome: 'failed', reason: engineWords(error) };
    }
  }

  async start(runtimeId: string): Promise<StartOutcome> {
    const container = this.docker.getContainer(runtimeId);
    try {
      // 304: it runs already.
      await this.starts.pass(() => unlessStatus([304], container.start()));
    } catch (error) {
      rethrowUnlessAnswered(error);
      const reason = engineWords(error);
      return { outcome: PORT_IN_USE.test(reason) ? 'port-in-use' : 'failed', reason };
    }
    const snapshot = await this.inspect(runtimeId);
    if (snapshot) return { outcome: 'started', snapshot };
    return { outcome: 'failed', reason: `Error response from daemon: No such container: ${runtimeId}` };
  }

  async stop(runtimeId: string, graceMs: number): Promise<void> {
    // 304: not running; 404: gone. The request lasts until the container has exited.
    await unlessStatus([304, 404], this.docker.getContainer(runtimeId).stop({ t: Math.ceil(graceMs / 1000) }));
  }

  async remove(runtimeId: string): Promise<void> {
    // 409: its removal is under way.
    await unlessStatus([404, 409], this.docker.getContainer(runtimeId).remove({ force: true, v: true }));
  }

  async removeVolume(name: string): Promise<void> {
    await unlessStatus([404], this.docker.getVolume(name).remove());
  }

  async inspect(runtimeId: string): Promise<ContainerSnapshot | undefined> {
    const inspected = await toldFor(unlessStatus([404], this.docker.getContainer(runtimeId).inspect()));
    return inspected && snapshotOf(inspected);
  }

  async list(labels: Readonly<Record<string, string>>): Promise<readonly ContainerSnapshot[]> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const listed = await toldFor(answered(this.docker.listContainers({ all: true, filters: { label } })));
    const snapshots = await Promise.all(listed.map(({ Id }) => this.inspect(Id)));
    return snapshots.filter((snapshot) => snapshot !== undefined);
  }

  watch(labels: Readonly<Record<string, string>>, listener: (event: RuntimeEvent) => void): () => void {
    const life = new AbortController();
    const onConnected = () => listener({ kind: 'resync' });
    const onEvent = (event: EngineEvent) => void this.tell(event, listener, life.signal);
    void followEvents(
      this.docker,
      labels,
      { onConnected, onEvent },
      { clock: this.clock, logger: this.logger, signal: life.signal },
    );
    return () => life.abort(new Error('nobody watches any more'));
  }

  /** An event says that something happened; what is true now is asked. */
  private async tell(event: EngineEvent, listener: (event: RuntimeEvent) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const snapshot = await this.inspect(event.Actor.ID);
        if (!signal.aborted) listener(snapshot ? { kind: 'container', snapshot } : { kind: 'resync' });
        return;
      } catch (error) {
        // Not left to the resync that follows when the engine was away: one call may fail without that.
        this.logger.debug({ error, action: event.Action }, 'a container could not be inspected after an event; trying again');
        await this.clock.sleep(INSPECT_RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  /** Makes the volumes the container mounts; a sentence when one that must exist does not. */
  private async provideVolumes(spec: ContainerSpec): Promise<string | undefined> {
    for (const { name, driver, driverOptions, labels, autoprovision } of spec.volumes) {
      if (!autoprovision) {
        if (await unlessStatus([404], this.docker.getVolume(name).inspect())) continue;
        return `Error response from daemon: get ${name}: no such volume; create it, or set autoprovision to true`;
      }
      await this.docker.createVolume({ Name: name, Driver: driver, DriverOpts: { ...driverOptions }, Labels: { ...labels } });
    }
    return undefined;
  }
}
