import { readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Backoff, type Clock, type Logger, Wakeup } from '#lib/platform';
import { applied } from '../proxy/commands.js';
import { diff, type ReloadReason } from '../proxy/diff.js';
import { type LoadBalancerReport, loadBalancerReports } from '../proxy/load-balancer-reports.js';
import { countersOf, Histogram, type LoadBalancingMetrics, metricsOf, type ProcessCounters, Totals } from '../proxy/metrics.js';
import type { SectionWindows } from '../proxy/metric-windows.js';
import type { ProxyModel } from '../proxy/model.js';
import type { Row } from '../proxy/reports.js';
import type { Runtime } from '../proxy/runtime.js';
import { type TargetView, targetViews } from '../proxy/target-view.js';
import { bindProblem, CURRENT_SOCKET } from './endpoints.js';
import { FirstChecks, type Passed } from './first-checks.js';
import { HaproxyProcess } from './haproxy-process.js';
import { Launch, type LaunchSettings, type Running } from './launch.js';
import { RetiringProcesses } from './retiring-processes.js';
import { take } from './steps.js';
import { Telemetry } from './telemetry.js';

/** Why HAProxy was started: a reload's reason, or that there was none that was this app's. */
export type StartReason = ReloadReason | 'began' | 'ended-unexpectedly';

export interface DataPlaneListener {
  /** Something of `views`, `idle` or `loadBalancers` may be different. */
  onChange?(): void;
  onStart?(reasons: readonly StartReason[]): void;
  /** With access logs on: a request's line in HAProxy's HTTP log format. */
  onAccess?(line: string): void;
}

/** What comes within it is one reload. */
const GATHER_MS = 50;
/** Each leaves a process behind until its clients have gone. */
const BETWEEN_RELOADS_MS = 500;
/** HAProxy tells when a target's health changes; this finds what was not heard. */
const LOOK_EVERY_MS = 5_000;
/** While somebody waits for a target to be idle. */
const LOOK_OFTEN_MS = 100;
/** While a process that was replaced still has clients. */
const LOOK_AT_REPLACED_MS = 500;
const TRY_TO_BIND_EVERY_MS = 1_000;

/**
 * One replica's HAProxy, kept as the model says: started, driven over its socket, started anew where it has to be, and back when it
 * dies. Everything is done in one loop, so no two things are ever done to it at once.
 */
export class DataPlane {
  private model: ProxyModel | undefined;
  private running: Running | undefined;
  private lastSlots: Runtime['slots'] = new Map();
  private rows: readonly Row[] = [];
  private counters: ProcessCounters = new Map();
  private readonly totals = new Totals();
  private readonly retiring = new RetiringProcesses(this.totals);
  private readonly responseTimes = new Map<string, Histogram>();
  private readonly toLookAt = new Set<string>();
  private readonly passed: Passed[] = [];
  private readonly firstChecks = new FirstChecks((passed) => {
    this.passed.push(passed);
    this.wakeup.wake();
  });
  private firstCheckDueMs = Infinity;
  private lookedAtMs = -Infinity;
  private startedAtMs = -Infinity;
  private triedToBindAtMs = -Infinity;
  private wantedSinceMs: number | undefined;
  /** The model that the running HAProxy was last found, or made, to be like. */
  private carried: ProxyModel | undefined;
  /** Why the last round failed. */
  private fault: string | undefined;
  private isClosed = false;
  private hasBegun = false;
  private loop: Promise<void> = Promise.resolve();
  private readonly wakeup: Wakeup;
  private readonly launch: Launch;
  private readonly backoff: Backoff;

  constructor(
    private readonly settings: LaunchSettings,
    private readonly clock: Clock,
    private readonly log: Logger,
    private readonly listener: DataPlaneListener = {},
  ) {
    this.wakeup = new Wakeup(clock);
    this.launch = new Launch(settings, clock);
    this.backoff = new Backoff(clock, { firstMs: 50, longestMs: 1_000 });
  }

  /** From now on HAProxy is to be so. The first one starts it. */
  set(model: ProxyModel): void {
    this.model = model;
    if (!this.hasBegun) {
      this.hasBegun = true;
      this.loop = this.run();
    }
    this.wakeup.wake();
  }

  /** HAProxy is as it was last told to be. */
  get isCarried(): boolean {
    return this.running !== undefined && this.carried === this.model;
  }

  /** What this replica's HAProxy knows of each target. */
  views(): readonly TargetView[] {
    if (!this.model || !this.running) return [];
    const { runtime } = this.running;
    return [...targetViews(this.model, runtime, this.clock.monotonicMs(), this.retiring)];
  }

  /** What has become of each load balancer's listeners here. Undefined before HAProxy runs, unless it does not start. */
  loadBalancers(arns: Iterable<string>): readonly LoadBalancerReport[] | undefined {
    const { fault } = this;
    if (!this.running && fault !== undefined) return [...arns].map((arn) => ({ arn, code: 'failed', reason: fault }));
    if (!this.model || !this.running) return undefined;
    return loadBalancerReports(arns, this.model, this.launch.unbound, (part) => this.launch.reasonAgainst(part));
  }

  /** Since this app began, or since what `windows` were given last (undefined the first time). Read from HAProxy now. */
  async metrics(windows?: SectionWindows): Promise<LoadBalancingMetrics | undefined> {
    const { running, model } = this;
    if (!running || !model) return undefined;
    const rows = await running.process.stats().catch(() => undefined);
    if (rows && this.running === running) this.keepRows(rows);
    this.totals.observe([this.counters, ...this.retiring.counters]);
    const all = { totals: this.totals.of(), responseTimes: this.responseTimes };
    const figures = windows ? windows.next(all) : all;
    return figures && metricsOf(model, running.runtime, this.rows, figures.totals, figures.responseTimes);
  }

  /** HAProxy's process, for those who watch it. */
  get pid(): number | undefined {
    return this.running?.process.pid;
  }

  /** Of it and of those that it has replaced and that still have clients. */
  get pids(): readonly number[] {
    return [...(this.running ? [this.running.process.pid] : []), ...this.retiring.pids];
  }

  /** Leaves HAProxy running: whoever comes next takes it over without a gap. */
  async release(): Promise<void> {
    const process = await this.end();
    process?.release();
  }

  /** Ends HAProxy: with what it is doing, or `softly`: it takes no more, and ends with its last connection. */
  async stop(how: 'at-once' | 'softly' = 'at-once'): Promise<void> {
    const process = await this.end();
    process?.signal(how === 'softly' ? 'SIGUSR1' : 'SIGTERM');
    process?.release();
    await rm(this.currentPath, { force: true });
  }

  /** A start that is under way goes to its end first: its process would be nobody's. */
  private async end(): Promise<HaproxyProcess | undefined> {
    this.isClosed = true;
    this.wakeup.wake();
    await this.loop;
    this.running?.telemetry?.close();
    this.retiring.release();
    const process = this.running?.process;
    this.running = undefined;
    return process;
  }

  private async run(): Promise<void> {
    while (!this.isClosed) {
      try {
        await this.round();
        this.backoff.reset();
        this.fault = undefined;
      } catch (error) {
        const fault = error instanceof Error ? error.message : String(error);
        // Once, however often it is tried again.
        if (fault !== this.fault) this.log.error({ err: error }, 'HAProxy is not as it should be; looking again');
        this.fault = fault;
        if (!this.running) this.listener.onChange?.();
        // What it has now is read before anything else is done to it.
        this.lookedAtMs = -Infinity;
        await this.backoff.pause();
      }
      if (!this.isClosed && this.fault === undefined) await this.wakeup.wait(this.pauseMs());
    }
  }

  private pauseMs(): number {
    const now = this.clock.monotonicMs();
    const due = [
      this.firstCheckDueMs,
      this.lookedAtMs + LOOK_EVERY_MS,
      ...(this.draining().length > 0 ? [now + LOOK_OFTEN_MS] : this.retiring.isEmpty ? [] : [now + LOOK_AT_REPLACED_MS]),
      ...(this.launch.unbound.size > 0 ? [this.triedToBindAtMs + TRY_TO_BIND_EVERY_MS] : []),
      ...(this.wantedSinceMs === undefined ? [] : [this.reloadDueMs(this.wantedSinceMs)]),
    ];
    return Math.max(1, Math.min(...due) - now);
  }

  /** Backends with targets that somebody waits for. */
  private draining(): readonly string[] {
    const backends: string[] = [];
    for (const { name, servers } of this.model?.backends.values() ?? []) {
      for (const { draining } of servers.values()) {
        if (!draining) continue;
        backends.push(name);
        break;
      }
    }
    return backends;
  }

  private async round(): Promise<void> {
    if (!this.running) await this.startAnew();
    await this.tryToBind();
    await this.look();
    await this.admitPassed();
    await this.follow();
    await this.reloadIfDue();
    this.firstCheckDueMs = this.firstChecks.round(this.model!, this.running!.runtime, this.clock.monotonicMs());
    await this.retiring.round(this.model!, this.running!.runtime, this.clock.monotonicMs());
    this.listener.onChange?.();
  }

  /** Reads what may have changed: all of it now and then, else the backends that HAProxy spoke of. */
  private async look(): Promise<void> {
    const { process, runtime } = this.running!;
    const now = this.clock.monotonicMs();
    if (now - this.lookedAtMs >= LOOK_EVERY_MS) {
      this.lookedAtMs = now;
      this.toLookAt.clear();
      const { slots, rows } = await process.slots(runtime.slots, now);
      this.keepRows(rows);
      for (const [backend, list] of slots) runtime.slots.set(backend, list);
      return;
    }
    const backends = new Set([...this.toLookAt, ...this.draining()]);
    this.toLookAt.clear();
    for (const backend of backends) {
      const slots = await process.slotsIn(backend, runtime.slots, this.clock.monotonicMs());
      if (slots) runtime.slots.set(backend, slots);
    }
  }

  private keepRows(rows: readonly Row[]): void {
    this.rows = rows;
    this.counters = countersOf(rows);
  }

  /** Targets whose first check was done here. */
  private async admitPassed(): Promise<void> {
    const { process, runtime } = this.running!;
    for (const { backend, slot: name, enteredAtMs } of this.passed.splice(0)) {
      const slot = runtime.slots.get(backend)?.find((other) => other.name === name);
      if (slot?.state !== 'in' || slot.isUp || slot.enteredAtMs !== enteredAtMs) continue;
      const step = { kind: 'promote', backend, slot: name } as const;
      await take(process.socket, step);
      applied(runtime, step, this.clock.monotonicMs());
    }
  }

  /** Takes steps until there is none: what one makes free the next one may use. */
  private async follow(): Promise<void> {
    for (;;) {
      const { process, runtime } = this.running!;
      const model = this.model!;
      const { steps, reload } = diff(this.launch.readable(model), runtime, this.launch.withoutEndpoints);
      if (reload.length > 0) this.wantedSinceMs ??= this.clock.monotonicMs();
      else this.wantedSinceMs = undefined;
      if (steps.length === 0) {
        if (reload.length === 0) this.carried = model;
        return;
      }
      for (const step of steps) {
        await take(process.socket, step);
        applied(runtime, step, this.clock.monotonicMs());
        if (step.kind === 'map') await this.launch.saveMap(step.map, step.lines);
      }
    }
  }

  private reloadDueMs(wantedSinceMs: number): number {
    return Math.max(wantedSinceMs + GATHER_MS, this.startedAtMs + BETWEEN_RELOADS_MS);
  }

  private async reloadIfDue(): Promise<void> {
    if (this.wantedSinceMs === undefined || this.clock.monotonicMs() < this.reloadDueMs(this.wantedSinceMs)) return;
    const { reload } = diff(this.launch.readable(this.model!), this.running!.runtime, this.launch.withoutEndpoints);
    if (reload.length > 0) await this.start(reload, this.running!);
  }

  /** There is none of this app's: an earlier app's is taken over, if it still runs. */
  private async startAnew(): Promise<void> {
    const isFirst = this.startedAtMs === -Infinity;
    const earlier = isFirst ? await this.earlierProcess() : undefined;
    const before = earlier && { process: earlier, runtime: emptyRuntime() };
    if (before) {
      const { slots, rows } = await before.process.slots(new Map(), this.clock.monotonicMs());
      for (const [backend, list] of slots) before.runtime.slots.set(backend, list);
      this.keepRows(rows);
    }
    await this.start([isFirst ? 'began' : 'ended-unexpectedly'], before);
  }

  private async start(reasons: readonly StartReason[], predecessor: Running | undefined): Promise<void> {
    if (predecessor) this.lastSlots = predecessor.runtime.slots;
    const isUp = (backend: string, address: string) => this.isKnownUp(backend, address);
    const model = this.model!;
    const running = await this.launch.start(model, isUp, predecessor?.process);
    // Nobody lost a health check while it was started: a target that is up stays so until as many fail as make an unhealthy one.
    await running.process.socket.askAll(fullHealth(running.runtime, this.model!));
    if (predecessor) this.retiring.add(predecessor, this.counters);
    this.running = running;
    this.carried = model;
    this.counters = new Map();
    this.rows = [];
    this.startedAtMs = this.clock.monotonicMs();
    this.lookedAtMs = -Infinity;
    this.wantedSinceMs = undefined;
    void running.process.socket.closed.then(() => this.lost(running));
    await this.pointTo(running.process.socketPath);
    running.telemetry = await Telemetry.follow(running.process.socketPath, {
      onServer: (backend) => {
        this.toLookAt.add(backend);
        this.wakeup.wake();
      },
      onRequest: (backend, ms) => this.responseTimeOf(backend).add(ms),
      onLine: (line) => this.listener.onAccess?.(line),
    });
    this.log.info({ reasons, pid: running.process.pid }, 'HAProxy was started');
    this.listener.onStart?.(reasons);
    this.wakeup.wake();
  }

  /** It is up, or was when HAProxy was last asked, or, where that is not known, when its health was last recorded. */
  private isKnownUp(backend: string, address: string): boolean {
    const known = this.model!.backends.get(backend);
    if (!known?.check) return true;
    const slot = this.lastSlots.get(backend)?.find((other) => other.address === address);
    return slot ? slot.isUp : known.servers.get(address)?.recorded === 'healthy';
  }

  private lost(running: Running): void {
    if (this.running !== running || this.isClosed) return;
    this.log.error({ pid: running.process.pid }, 'HAProxy is gone; starting it anew');
    this.lastSlots = running.runtime.slots;
    this.totals.end(this.counters);
    this.counters = new Map();
    this.running = undefined;
    this.wakeup.wake();
  }

  private responseTimeOf(backend: string): Histogram {
    const histogram = this.responseTimes.get(backend) ?? new Histogram();
    this.responseTimes.set(backend, histogram);
    return histogram;
  }

  /** An endpoint that somebody else had may be free by now. */
  private async tryToBind(): Promise<void> {
    const now = this.clock.monotonicMs();
    const { withoutEndpoints } = this.launch;
    if (withoutEndpoints.size === 0 || now - this.triedToBindAtMs < TRY_TO_BIND_EVERY_MS) return;
    this.triedToBindAtMs = now;
    for (const endpoint of withoutEndpoints) if ((await bindProblem(endpoint)) === undefined) this.launch.isFree(endpoint);
  }

  /** Where the next app finds the HAProxy of this one. */
  private get currentPath(): string {
    return join(this.settings.socketDirectory, CURRENT_SOCKET);
  }

  private async pointTo(socketPath: string): Promise<void> {
    await rm(`${this.currentPath}.new`, { force: true });
    await symlink(socketPath, `${this.currentPath}.new`);
    await rename(`${this.currentPath}.new`, this.currentPath);
  }

  private async earlierProcess(): Promise<HaproxyProcess | undefined> {
    const socketPath = await readlink(this.currentPath).catch(() => undefined);
    return socketPath === undefined ? undefined : HaproxyProcess.at(socketPath);
  }
}

/** Of a process of which only its servers are known. */
const emptyRuntime = (): Runtime => ({ frontends: new Map(), sections: new Map(), maps: new Map(), slots: new Map() });

/** HAProxy starts with targets that the first failed check takes down. */
const fullHealth = ({ slots }: Runtime, { backends }: ProxyModel): readonly string[] =>
  [...slots].flatMap(([backend, list]) =>
    backends.get(backend)?.check
      ? list.filter(({ state, isUp }) => state === 'in' && isUp).map(({ name }) => `set server ${backend}/${name} health up`)
      : [],
  );
