import type { Registry } from 'prom-client';
import type { SendToWriter } from '#lib/app';
import type { Fold } from '#lib/journal';
import { type Bus, ownCommandOf } from '#lib/messaging';
import { type Clock, type Logger, type Random, Wakeup } from '#lib/platform';
import type { LoadBalancingState } from './domain/state.js';
import { CertificateFiles } from './certificates/certificate-files.js';
import type { DataPlane, DataPlaneListener } from './haproxy/data-plane.js';
import { DataPlaneMetrics } from './haproxy/data-plane-metrics.js';
import { MetricsTeller } from './metrics-teller.js';
import { ProxyModels } from './proxy/model-of.js';
import { Peers } from './peers.js';
import { type RunningHaproxies, TargetsLoop, type TrafficCommands } from './targets-loop/targets-loop.js';

const ownCommand = ownCommandOf('load-balancer');

/** One replica's HAProxy, or what stands for it where worlds are simulated. */
export type CarryingPlane = Pick<DataPlane, 'set' | 'isCarried' | 'views' | 'loadBalancers' | 'metrics' | 'pids' | 'stop'>;

export interface TrafficDeps {
  readonly fold: Pick<Fold<LoadBalancingState>, 'state' | 'subscribe'>;
  readonly send: SendToWriter;
  readonly isWriter: () => boolean;
  readonly bus: Bus;
  readonly planeOf: (listener: DataPlaneListener) => CarryingPlane;
  readonly running: RunningHaproxies;
  readonly certificateDirectory: string;
  readonly masterKey: Uint8Array;
  readonly replicaId: string;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Commits come in showers: what comes within it is one model. */
const GATHER_MS = 10;
/** Other replicas take one that says nothing for dead. */
const SAY_EVERY_MS = 1_000;
const WHILE_DRAINING_MS = 150;
const SEND_FOR_MS = 4_000;
const RETRY_MS = 250;

/** What this replica carries: its HAProxy follows the fold, and what HAProxy sees goes into the journal. */
export class Traffic {
  private readonly plane: CarryingPlane;
  private readonly models = new ProxyModels();
  private readonly certificates: CertificateFiles;
  private readonly targets: TargetsLoop;
  private readonly peers: Peers;
  private readonly metricsTeller: MetricsTeller;
  private readonly wakeup: Wakeup;
  private unsubscribe: (() => void) | undefined;
  private cancelUpdate: (() => void) | undefined;
  private isOver = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly deps: TrafficDeps) {
    const { fold, bus, planeOf, certificateDirectory, replicaId, registry, clock, logger, isWriter } = deps;
    this.wakeup = new Wakeup(clock);
    this.certificates = new CertificateFiles(certificateDirectory, deps.masterKey, logger);
    const metrics = new DataPlaneMetrics(() => this.plane.metrics(), registry);
    this.plane = planeOf({
      onChange: () => this.wakeup.wake(),
      onStart: (reasons) => metrics.started(reasons),
      onAccess: (line) => logger.info({ request: line }, 'access'),
    });
    this.metricsTeller = new MetricsTeller({ read: (windows) => this.plane.metrics(windows), bus, replicaId, clock, logger });
    this.peers = new Peers(bus, replicaId, clock);
    this.targets = new TargetsLoop(() => fold.state, this.plane, this.commands(), this.peers, deps.running, isWriter);
  }

  start(): void {
    const { fold } = this.deps;
    this.unsubscribe = fold.subscribe(() => this.updateSoon());
    this.update();
    this.loop = this.run();
    this.metricsTeller.start();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    this.unsubscribe?.();
    this.cancelUpdate?.();
    this.wakeup.wake();
    await this.loop;
    await this.metricsTeller.stop();
    await this.peers.stop();
    await this.plane.stop('softly');
  }

  /** This replica's HAProxy is as the fold says. */
  get isCarried(): boolean {
    return this.cancelUpdate === undefined && this.plane.isCarried;
  }

  private updateSoon(): void {
    this.cancelUpdate ??= this.deps.clock.after(GATHER_MS, () => this.update());
  }

  /** HAProxy is there from the first load balancer on. */
  private update(): void {
    this.cancelUpdate = undefined;
    const { state } = this.deps.fold;
    if (this.plane.pids.length === 0 && state.loadBalancers.size === 0) return;
    this.plane.set(this.models.modelOf({ state, certificateFile: this.certificates.of(state) }));
    this.wakeup.wake();
  }

  private async run(): Promise<void> {
    const { clock, logger, fold } = this.deps;
    while (!this.isOver) {
      try {
        await this.targets.round();
      } catch (error) {
        logger.warn({ err: error }, 'what HAProxy sees was not recorded; it is told again');
        await clock.sleep(RETRY_MS);
      }
      const drains = fold.state.targets.countBy('draining', 'yes') > 0;
      await this.wakeup.wait(drains ? WHILE_DRAINING_MS : SAY_EVERY_MS);
    }
  }

  private commands(): TrafficCommands {
    const record = async (operation: string, input: object) => {
      const { send, clock, random } = this.deps;
      const reply = await send({ name: operation, ...ownCommand(random, operation, input) }, clock.monotonicMs() + SEND_FOR_MS);
      if ('unavailable' in reply) throw new Error(reply.unavailable);
      if ('rejection' in reply) throw new Error(`${operation} was refused: ${reply.rejection.message}`);
    };
    return {
      recordTargetHealth: (transitions) => record('RecordTargetHealth', { transitions }),
      recordTargetsDrained: (targets) => record('RecordTargetsDrained', { targets }),
      recordLoadBalancerStates: (states) => record('RecordLoadBalancerStates', { states }),
    };
  }
}
