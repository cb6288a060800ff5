import type { CommandSender } from '#lib/messaging';
import { formatPosition } from '#lib/kernel';
import { type AdvanceServiceReply, type PlannedStep, planStep } from '#lib/ecs/services/reconcile';
import type { EcsState, Service } from '#lib/ecs/model';
import { type Commit, type Fold, LeaseKeeper, type LeaseStore, type LeaseTimes, type Revision } from '#lib/journal';
import { type Clock, type Logger, pauseAfter, Periodic, type Random } from '#lib/platform';

import type { PlacementMetrics } from '../placement-metrics.js';
import { KeyedQueue } from './keyed-queue.js';
import { touchedBy } from './services-touched.js';

export interface ServiceLoopDeps {
  readonly fold: Pick<Fold<EcsState>, 'state' | 'revision' | 'nowMs' | 'waitFor' | 'subscribe'>;
  readonly commands: Pick<CommandSender, 'send'>;
  readonly leases: LeaseStore;
  readonly leaseTimes?: LeaseTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Unique per process start. */
  readonly replicaId: string;
  readonly metrics?: Pick<PlacementMetrics, 'staleServicePlacements'>;
}

/** `NATS` lets a scheduler write the keys that begin with its name only. */
const LEASE_KEY = 'scheduler.services';
const COMMAND_TIMEOUT_MS = 8_000;
const CATCH_UP_TIMEOUT_MS = 2_000;
/** Finds what an event missed; nothing that users wait for hangs on it. */
const SLOW_PASS_MS = 60_000;
/** After a step that the writer did not take: its state or its clock was elsewhere, or it did not answer. */
const RETRY_MS = 200;
/** What the writer refuses it mostly refuses again: each refusal of a service's steps doubles the pause, up to this. */
const REFUSED_PAUSES = { firstMs: RETRY_MS, longestMs: 60_000 };
/**
 * After a pass that found nothing to do, tasks that come up (and become healthy with time) are looked at together, a while later: each
 * pass walks all tasks of the service, and a thousand that start would have hundreds of passes with nothing to do.
 */
const REST_MS = 250;
/**
 * An instance that comes or goes is news for each service of its cluster whose tasks could be spread more evenly then: thousands that
 * register after a restart would have each of hundreds of services walked thousands of times. They are looked at once for all of them.
 */
const SPREAD_AFTER_MS = 2_000;
/** The writer decides one after another anyway; more passes at once only make each other's plans stale. */
const PASSES_AT_ONCE = 8;

/**
 * Keeps services as they are wanted. Driven by commits: the one that stops a task triggers the pass that replaces it. Deadlines
 * (healthy after, throttle) are fields of the state; a timer only says when to look again. One scheduler does this at a time,
 * to save work; that no replica starts twice is the writer's doing, so a lost lease can harm nothing.
 */
export class ServiceLoop {
  private readonly queue: KeyedQueue;
  private readonly lease: LeaseKeeper;
  /** Services with a task that found no place, as of their last pass. */
  private readonly waitingForCapacity = new Set<string>();
  /** What the next pass of a service answers: the first event since the last one that concerns it. None when time woke it. */
  private readonly causes = new Map<string, string>();
  /** Steps and passes in a row that came to nothing, by service. */
  private readonly failures = new Map<string, number>();
  private readonly timers = new Map<string, { readonly atMs: number; readonly cancel: () => void }>();
  /** Until when (monotonic) a service is left alone. */
  private readonly restsUntilMs = new Map<string, number>();
  private unsubscribe: (() => void) | undefined;
  private readonly slowPass: Periodic;

  constructor(private readonly deps: ServiceLoopDeps) {
    const { leases, leaseTimes, clock, random, logger, replicaId } = deps;
    this.queue = new KeyedQueue(
      (key) => this.pass(key),
      (key, error) => this.failed(key, error),
      PASSES_AT_ONCE,
    );
    this.slowPass = new Periodic(clock, SLOW_PASS_MS, () => this.addAll(), { first: 'at-once' });
    this.lease = new LeaseKeeper({
      store: leases,
      key: LEASE_KEY,
      holder: replicaId,
      clock,
      random,
      logger,
      ...(leaseTimes ? { times: leaseTimes } : {}),
      onAcquired: () => this.begin(),
      onLost: () => this.end(),
    });
  }

  start(): void {
    this.lease.start();
  }

  async stop(): Promise<void> {
    await this.lease.stop();
    this.end();
  }

  /** Whether this scheduler moves services on. */
  get isActive(): boolean {
    return this.unsubscribe !== undefined && this.lease.holdsCertainly();
  }

  private begin(): void {
    this.unsubscribe = this.deps.fold.subscribe((commit, revision) => this.onCommit(commit, revision));
    this.slowPass.start();
  }

  private end(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    this.slowPass.stop();
    this.queue.clear();
    for (const { cancel } of this.timers.values()) cancel();
    this.timers.clear();
    this.restsUntilMs.clear();
    this.waitingForCapacity.clear();
    this.causes.clear();
    this.failures.clear();
  }

  private addAll(): void {
    for (const service of this.deps.fold.state.services.values())
      if (service.status !== 'INACTIVE') this.queue.add(service.serviceArn);
  }

  private onCommit(commit: Commit, revision: Revision): void {
    const { state } = this.deps.fold;
    const { services, urgent, spread, clusters } = touchedBy(state, commit);
    for (const [key, index] of services) {
      if (spread.has(key)) this.wakeToSpread(key, revision, index);
      else this.wake(key, revision, index, urgent.has(key));
    }
    if (clusters.size === 0) return;
    for (const key of this.waitingForCapacity) {
      const service = state.services.get(key);
      // Tasks of Fargate run on the hosts of any cluster.
      const index = service?.launchType === 'FARGATE' ? Math.min(...clusters.values()) : clusters.get(service?.clusterArn ?? '');
      if (index !== undefined) this.wake(key, revision, index, true);
    }
  }

  private noteCause(key: string, revision: Revision, index: number): void {
    if (!this.causes.has(key)) this.causes.set(key, formatPosition('ecs', { revision, index }));
  }

  private wakeToSpread(key: string, revision: Revision, index: number): void {
    this.noteCause(key, revision, index);
    if (!this.looksWithin(key, SPREAD_AFTER_MS)) this.lookAgainAt(key, SPREAD_AFTER_MS);
  }

  private wake(key: string, revision: Revision, index: number, isUrgent: boolean): void {
    this.noteCause(key, revision, index);
    const restMs = (this.restsUntilMs.get(key) ?? 0) - this.deps.clock.monotonicMs();
    if (isUrgent || restMs <= 0) this.queue.add(key);
    else if (!this.looksWithin(key, restMs)) this.lookAgainAt(key, restMs);
  }

  private async pass(key: string): Promise<void> {
    // A renewal that is answered late makes the lease certain again, and nobody adds the key a second time.
    if (!this.lease.holdsCertainly()) return this.lookAgainAt(key, RETRY_MS);
    const { fold, random } = this.deps;
    this.lookAgainAt(key, undefined);
    const cause = this.causes.get(key);
    this.causes.delete(key);
    const service = fold.state.services.get(key);
    if (!service) {
      this.failures.delete(key);
      this.restsUntilMs.delete(key);
      return void this.waitingForCapacity.delete(key);
    }
    const step = planStep(fold.state, service, fold.nowMs(), () => random.next());
    if (step.waitsForCapacity) this.waitingForCapacity.add(key);
    else this.waitingForCapacity.delete(key);
    if (step.command) this.restsUntilMs.delete(key);
    else this.restsUntilMs.set(key, this.deps.clock.monotonicMs() + REST_MS);
    if (step.wakeAtMs !== undefined) this.lookAgainAt(key, Math.max(step.wakeAtMs - fold.nowMs(), step.command ? 0 : REST_MS));
    if (step.command) await this.advance(service, step.command, cause);
  }

  private async advance(service: Service, input: NonNullable<PlannedStep['command']>, cause: string | undefined): Promise<void> {
    const { fold, commands, clock, random, logger } = this.deps;
    const id = random.hex(16);
    const { serviceArn, accountId, region } = service;
    const reply = await commands.send(
      'AdvanceService',
      {
        id,
        principal: 'scheduler',
        accountId,
        region,
        requestId: id,
        operation: 'AdvanceService',
        basisRevision: fold.revision,
        ...(cause === undefined ? {} : { cause }),
        input,
      },
      clock.monotonicMs() + COMMAND_TIMEOUT_MS,
    );
    if (!('output' in reply)) {
      logger.warn({ serviceArn, reply }, 'the step of the service was not taken; it is planned again');
      if (cause) this.causes.set(serviceArn, cause);
      // Without an answer another writer may take over any moment.
      return 'unavailable' in reply ? this.lookAgainAt(serviceArn, RETRY_MS) : this.retryLater(serviceArn);
    }
    this.failures.delete(serviceArn);
    // The next pass has to see what this one did, or it would do it again (and be refused).
    await fold.waitFor(reply.revision as Revision, CATCH_UP_TIMEOUT_MS);
    const { changed, stale } = reply.output as AdvanceServiceReply;
    if (stale > 0) this.deps.metrics?.staleServicePlacements(stale);
    if (!changed) this.lookAgainAt(serviceArn, RETRY_MS);
    else if (stale > 0) this.queue.add(serviceArn);
  }

  private lookAgainAt(key: string, inMs: number | undefined): void {
    const { clock } = this.deps;
    this.timers.get(key)?.cancel();
    this.timers.delete(key);
    if (inMs === undefined || this.unsubscribe === undefined) return;
    const waitMs = Math.max(1, Math.ceil(inMs));
    const cancel = clock.after(waitMs, () => {
      this.timers.delete(key);
      this.queue.add(key);
    });
    this.timers.set(key, { atMs: clock.monotonicMs() + waitMs, cancel });
  }

  private looksWithin(key: string, ms: number): boolean {
    const timer = this.timers.get(key);
    return timer !== undefined && timer.atMs <= this.deps.clock.monotonicMs() + Math.ceil(ms);
  }

  private failed(key: string, error: unknown): void {
    this.deps.logger.error({ err: error, serviceArn: key }, 'a pass over the service failed; it is tried again later');
    this.retryLater(key);
  }

  private retryLater(key: string): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.lookAgainAt(key, pauseAfter(REFUSED_PAUSES, failures));
  }
}
