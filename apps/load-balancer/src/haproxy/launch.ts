import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Clock } from '#lib/platform';
import { frontendKey, sectionKey } from '../proxy/diff.js';
import type { Backend, Frontend, ProxyModel } from '../proxy/model.js';
import { render, type Rendered, type Settings } from '../proxy/render.js';
import type { Runtime } from '../proxy/runtime.js';
import { ConfigFiles, CONFIG_FILE } from './config-files.js';
import { makeOwnDirectory } from './directories.js';
import { bindProblem, endpointsIn, endpointsOfReplicas } from './endpoints.js';
import { HaproxyProcess, StartError } from './haproxy-process.js';
import { bindFailures, sectionFailures } from './start-failures.js';
import type { Telemetry } from './telemetry.js';

export interface LaunchSettings extends Omit<Settings, 'socketPath'> {
  readonly program: string;
  /** Of the installation: what HAProxy's environment says, so that `down` finds it. */
  readonly home?: string;
  /** Short: a socket's path has at most 107 bytes. */
  readonly socketDirectory: string;
}

export interface Running {
  readonly process: HaproxyProcess;
  readonly runtime: Runtime;
  /** Followed to its end: a process that was replaced still answers requests. */
  telemetry?: Telemetry;
}

type Part = Frontend | Backend;

/**
 * Starts HAProxy with a model. What it refuses of it does not keep the rest from being served: an endpoint that cannot be bound is left
 * out, a section that it cannot read is as it was when it could, or left out.
 */
export class Launch {
  /** Endpoints that could not be bound, and the system's reason. */
  readonly unbound = new Map<string, string>();
  /** Of those, the ones that the next start may have. */
  private readonly free = new Set<string>();
  /** By the part that HAProxy does not read: why, and the one that it read last. */
  private readonly unreadable = new WeakMap<Part, { readonly reason: string; readonly instead: Part | undefined }>();
  private readonly lastRead = new Map<string, Part>();
  /** What the process that was started last listens on. */
  private bound: ReadonlySet<string> = new Set();
  private generation = 0;
  private checked: string | undefined;
  private readonly files: ConfigFiles;

  constructor(
    private readonly settings: LaunchSettings,
    private readonly clock: Clock,
  ) {
    this.files = new ConfigFiles(settings.directory);
  }

  /** What can be served of a model, as far as is known. */
  readable(model: ProxyModel): ProxyModel {
    return { ...model, frontends: this.parts(model.frontends), backends: this.parts(model.backends) };
  }

  private parts<P extends Part>(parts: ReadonlyMap<string, P>): ReadonlyMap<string, P> {
    if (![...parts.values()].some((part) => this.unreadable.has(part))) return parts;
    return new Map(
      [...parts].flatMap(([name, part]) => {
        const known = this.unreadable.get(part);
        if (!known) return [[name, part] as const];
        return known.instead ? [[name, known.instead as P] as const] : [];
      }),
    );
  }

  reasonAgainst(part: Part): string | undefined {
    return this.unreadable.get(part)?.reason;
  }

  get withoutEndpoints(): ReadonlySet<string> {
    return new Set([...this.unbound.keys()].filter((endpoint) => !this.free.has(endpoint)));
  }

  isFree(endpoint: string): void {
    this.free.add(endpoint);
  }

  /** `isUp`: targets that need not pass a check first. */
  async start(
    model: ProxyModel,
    isUp: (backend: string, address: string) => boolean,
    predecessor?: HaproxyProcess,
  ): Promise<Running> {
    await makeOwnDirectory(this.settings.socketDirectory);
    await this.leaveOutTaken(model, predecessor !== undefined);
    // Each failure takes one part, or the endpoints of one try, out: there are no more tries than those.
    for (let tries = model.frontends.size + model.backends.size + 2; tries > 0; tries--) {
      const readable = this.readable(model);
      const socketPath = this.nextSocketPath();
      const rendered = render(readable, { ...this.settings, socketPath }, isUp, this.withoutEndpoints);
      await this.files.write(rendered);
      if (!(await this.check(readable, rendered, socketPath))) continue;
      try {
        const process = await HaproxyProcess.start({
          program: this.settings.program,
          configPath: this.files.path(CONFIG_FILE),
          socketPath,
          outputPath: this.files.path('haproxy.log'),
          home: this.settings.home,
          ...(predecessor ? { predecessor } : {}),
          clock: this.clock,
        });
        for (const endpoint of this.free) this.unbound.delete(endpoint);
        this.bound = endpointsOf(readable, this.withoutEndpoints);
        this.free.clear();
        for (const part of [...readable.frontends.values(), ...readable.backends.values()]) this.lastRead.set(part.name, part);
        await this.files.removeOthers(rendered, (name) => !/\.(map|txt|http|list)$/.test(name));
        return { process, runtime: await this.runtimeOf(process, readable) };
      } catch (error) {
        if (!(error instanceof StartError)) throw error;
        const without = this.withoutEndpoints;
        const failures = bindFailures(error.output).filter(({ endpoint }) => !without.has(endpoint));
        if (failures.length === 0) throw error;
        for (const { endpoint, reason } of failures) {
          this.unbound.set(endpoint, reason);
          this.free.delete(endpoint);
        }
      }
    }
    throw new Error('HAProxy refuses everything');
  }

  /**
   * Replicas of one host share their endpoints (SO_REUSEPORT), so the system would not say that another installation of the same user
   * has one: what somebody listens on who is none of ours is left out.
   */
  private async leaveOutTaken({ frontends }: ProxyModel, hasPredecessor: boolean): Promise<void> {
    const { home, directory } = this.settings;
    let ours: ReadonlySet<string> | undefined;
    for (const { endpoints } of frontends.values()) {
      for (const endpoint of endpoints) {
        if (this.bound.has(endpoint) || this.withoutEndpoints.has(endpoint)) continue;
        if ((await bindProblem(endpoint)) !== 'EADDRINUSE') continue;
        ours ??= new Set([
          ...(hasPredecessor ? await endpointsIn(directory) : []),
          ...(home === undefined ? [] : await endpointsOfReplicas(home)),
        ]);
        if (ours.has(endpoint)) continue;
        this.unbound.set(endpoint, 'Address already in use');
        this.free.delete(endpoint);
      }
    }
  }

  /** A map that was changed while it ran, so that a start has it too. */
  async saveMap(name: string, lines: readonly string[]): Promise<void> {
    await this.files.put(name, lines.map((line) => `${line}\n`).join(''));
  }

  private nextSocketPath(): string {
    // Two names in turn would do but for an old process that lives through two reloads.
    this.generation++;
    return join(this.settings.socketDirectory, `haproxy-${process.pid}-${this.generation}.sock`);
  }

  /** False when something was found and taken out. The same text is checked once. */
  private async check({ frontends, backends }: ProxyModel, { config, files }: Rendered, socketPath: string): Promise<boolean> {
    const text = [config.replaceAll(socketPath, ''), ...files.values()].join('\0');
    if (text === this.checked) return true;
    const output = await new Promise<string | undefined>((resolve) =>
      execFile(this.settings.program, ['-c', '-f', this.files.path(CONFIG_FILE)], (error, stdout, stderr) =>
        resolve(error ? `${stdout}${stderr}` || error.message : undefined),
      ),
    );
    if (output === undefined) {
      this.checked = text;
      return true;
    }
    const failures = sectionFailures(output, config).flatMap(({ section, reason }) => {
      const part = frontends.get(section) ?? backends.get(section);
      return part ? [{ part, reason }] : [];
    });
    if (failures.length === 0) throw new StartError(output);
    for (const { part, reason } of failures) {
      const last = this.lastRead.get(part.name);
      this.unreadable.set(part, { reason, instead: last === part ? undefined : last });
    }
    return false;
  }

  private async runtimeOf(process: HaproxyProcess, { frontends, backends }: ProxyModel): Promise<Runtime> {
    const { slots } = await process.slots(new Map(), this.clock.monotonicMs());
    const keys = [...frontends].flatMap(([name, frontend]) => {
      const key = frontendKey(frontend, this.withoutEndpoints);
      return key === undefined ? [] : [[name, key] as const];
    });
    return {
      frontends: new Map(keys),
      sections: new Map([...backends].map(([name, backend]) => [name, sectionKey(backend)])),
      maps: new Map([...frontends.values()].flatMap(({ maps }) => [...maps])),
      slots,
    };
  }
}

const endpointsOf = ({ frontends }: ProxyModel, without: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...frontends.values()].flatMap(({ endpoints }) => endpoints.filter((endpoint) => !without.has(endpoint))));
