import { applied, commandsOf, payloadsOf } from '../../apps/load-balancer/src/proxy/commands.js';
import { diff, frontendKey, sectionKey, type Step } from '../../apps/load-balancer/src/proxy/diff.js';
import { loadBalancerReports } from '../../apps/load-balancer/src/proxy/load-balancer-reports.js';
import type { ProxyModel } from '../../apps/load-balancer/src/proxy/model.js';
import { render, type Settings } from '../../apps/load-balancer/src/proxy/render.js';
import { parseServersState, parseStat, slotsOf } from '../../apps/load-balancer/src/proxy/reports.js';
import type { Runtime } from '../../apps/load-balancer/src/proxy/runtime.js';
import { type TargetView, targetViews } from '../../apps/load-balancer/src/proxy/target-view.js';
import type { DataPlaneListener } from '../../apps/load-balancer/src/haproxy/data-plane.js';
import type { CarryingPlane } from '../../apps/load-balancer/src/traffic.js';
import { HaproxyModel } from '../support/haproxy-model.js';
import type { SimulatedProcess } from './simulated-process.js';

const SETTINGS: Settings = {
  directory: '/d',
  socketPath: '/d/s',
  maxConnections: 100,
  longestReloadSeconds: 60,
  accessLog: false,
};
const STEP_MS = 2;
const LOOK_EVERY_MS = 500;
/** While somebody waits for a target to be idle. */
const LOOK_OFTEN_MS = 100;

const hasRequests = ({ servers }: HaproxyModel): boolean => [...servers.values()].some(({ sessions }) => sessions > 0);

const hasRequestsAt = ({ servers }: HaproxyModel, wanted: string): boolean =>
  [...servers.values()].some(({ address, sessions }) => address === wanted && sessions > 0);

/** Of all that a host has had. */
const pids = new WeakMap<HaproxyModel, number>();
let lastPid = 0;

const pidOf = (haproxy: HaproxyModel): number => {
  const pid = pids.get(haproxy) ?? ++lastPid;
  pids.set(haproxy, pid);
  return pid;
};

/** The HAProxys of one replica, which live on when its app dies, and may die themselves at any time. */
export class SimulatedHaproxies {
  current: HaproxyModel | undefined;
  private replaced: readonly HaproxyModel[] = [];

  /** One that was replaced ends with its last request. */
  get all(): readonly HaproxyModel[] {
    this.replaced = this.replaced.filter(hasRequests);
    return [...(this.current ? [this.current] : []), ...this.replaced];
  }

  get pids(): readonly number[] {
    return this.all.map(pidOf);
  }

  replace(next: HaproxyModel): void {
    this.replaced = this.all;
    this.current = next;
  }

  kill(): void {
    this.current = undefined;
  }

  hasRequestsAt(address: string): boolean {
    return this.all.some((haproxy) => hasRequestsAt(haproxy, address));
  }
}

/** The data plane in virtual time: the rules are the app's own, and its process may die before and after each step. */
export class SimulatedPlane implements CarryingPlane {
  private model: ProxyModel | undefined;
  private carried: ProxyModel | undefined;
  private runtime: Runtime | undefined;
  /** The one that `runtime` is of. */
  private driven: HaproxyModel | undefined;
  /** Those that this app has replaced: an earlier app's are nobody's. */
  private replaced: readonly HaproxyModel[] = [];
  private isOver = false;

  constructor(
    private readonly haproxies: SimulatedHaproxies,
    private readonly process: SimulatedProcess,
    private readonly listener: DataPlaneListener,
  ) {}

  set(model: ProxyModel): void {
    const isFirst = this.model === undefined;
    this.model = model;
    if (isFirst) void this.run();
  }

  get isCarried(): boolean {
    return this.runtime !== undefined && this.carried === this.model;
  }

  views(): readonly TargetView[] {
    const { model, runtime, replaced } = this;
    if (!model || !runtime) return [];
    const elsewhere = {
      isIdle: (_backend: string, address: string) => !replaced.some((haproxy) => hasRequestsAt(haproxy, address)),
    };
    return [...targetViews(model, runtime, this.process.clock.monotonicMs(), elsewhere)];
  }

  get pids(): readonly number[] {
    return [...(this.driven ? [this.driven] : []), ...this.replaced].map(pidOf);
  }

  loadBalancers(arns: Iterable<string>) {
    if (!this.model || !this.runtime) return undefined;
    return loadBalancerReports(arns, this.model, new Map(), () => undefined);
  }

  metrics(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  stop(): Promise<void> {
    this.isOver = true;
    return Promise.resolve();
  }

  private async run(): Promise<void> {
    const { clock } = this.process;
    while (!this.isOver) {
      const { haproxies } = this;
      if (!this.runtime || haproxies.current !== this.driven) await this.start();
      this.look();
      await this.follow();
      this.listener.onChange?.();
      this.replaced = this.replaced.filter(hasRequests);
      await clock.sleep(this.isDraining ? LOOK_OFTEN_MS : LOOK_EVERY_MS);
    }
  }

  private get isDraining(): boolean {
    return [...this.model!.backends.values()].some(({ servers }) => [...servers.values()].some(({ draining }) => draining));
  }

  /** With the targets that are up in the one before, or, where that is not known, that were recorded as healthy. */
  private async start(): Promise<void> {
    const { haproxies, process } = this;
    const model = this.model!;
    const earlier = haproxies.current ?? this.driven;
    const slots = earlier ? slotsIn(earlier, this.runtime?.slots ?? new Map(), process.clock.monotonicMs()) : new Map();
    const isUp = (backend: string, address: string) =>
      slots.get(backend)?.find((slot: { readonly address?: string }) => slot.address === address)?.isUp ??
      model.backends.get(backend)?.servers.get(address)?.recorded === 'healthy';
    const { config, files } = render(model, SETTINGS, isUp);
    await process.clock.sleep(STEP_MS);
    const started = new HaproxyModel(config, files);
    if (haproxies.current) this.replaced = [...this.replaced, haproxies.current];
    haproxies.replace(started);
    this.driven = started;
    this.runtime = {
      frontends: new Map([...model.frontends].map(([name, frontend]) => [name, frontendKey(frontend, new Set())!])),
      sections: new Map([...model.backends].map(([name, backend]) => [name, sectionKey(backend)])),
      maps: new Map([...model.frontends.values()].flatMap(({ maps }) => [...maps])),
      slots: new Map(),
    };
    this.carried = model;
    await process.clock.sleep(STEP_MS);
  }

  private look(): void {
    const { runtime, driven } = this;
    for (const [backend, slots] of slotsIn(driven!, runtime!.slots, this.process.clock.monotonicMs()))
      runtime!.slots.set(backend, slots);
  }

  private async follow(): Promise<void> {
    for (;;) {
      const model = this.model!;
      const { steps, reload } = diff(model, this.runtime!);
      if (reload.length > 0) return this.start();
      if (steps.length === 0) {
        this.carried = model;
        return;
      }
      for (const step of steps) {
        await this.process.clock.sleep(STEP_MS);
        if (this.haproxies.current !== this.driven) return;
        this.take(step);
      }
    }
  }

  private take(step: Step): void {
    if (step.kind === 'map') this.driven!.replaceMap(step.map, payloadsOf(step.lines));
    else for (const command of commandsOf(step)) this.driven!.run(command);
    applied(this.runtime!, step, this.process.clock.monotonicMs());
  }
}

const slotsIn = (haproxy: HaproxyModel, known: Runtime['slots'], nowMs: number) =>
  slotsOf(
    parseServersState(haproxy.serversState()),
    parseStat(haproxy.stat()),
    known,
    (backend) => backend.startsWith('tg-'),
    nowMs,
  );
