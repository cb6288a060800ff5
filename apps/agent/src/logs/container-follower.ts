import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { pauseAfter, type Clock, type Logger, type Random } from '#lib/platform';
import type { LogBatch } from '#lib/logs';
import type { Turnstile } from '../docker/turnstile.js';
import type { BatchSender, SendOutcome } from './batch-sender.js';
import type { Cut } from './domain/cut-batches.js';
import type { LogRoute } from './domain/log-route.js';
import { lineMatcher } from './domain/multiline.js';
import type { LogCursors } from './log-cursors.js';
import { HeldOutput } from './held-output.js';
import type { OutputBrake } from './output-brake.js';
import { UnshippedLines, type LinesOf } from './unshipped-lines.js';

export interface FollowedContainer {
  readonly runtimeId: string;
  readonly taskArn: string;
  /** The engine's file. */
  readonly path: string;
  readonly route: LogRoute;
}

export interface ShippingCounts {
  shippedLines: number;
  droppedLines: number;
  /** Times that lines were lost nobody knows how many of. */
  gaps: number;
}

export interface FollowerDeps {
  readonly sender: Pick<BatchSender, 'send' | 'open'>;
  readonly cursors: Pick<LogCursors, 'load' | 'save'>;
  readonly brake: OutputBrake;
  /** A host has so many batches in memory, however many containers it has. */
  readonly slots: Turnstile;
  readonly counts: ShippingCounts;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What no event of the file system told of is found so late. */
const LOOK_AGAIN_MS = 5_000;
/** How often one that writes faster than it is read is looked after. */
const GUARD_INTERVAL_MS = 50;
/** The engine writes what was in its pipes when it already says that a container has exited. */
const LINGER_MS = 500;
const PAUSES = { firstMs: 100, longestMs: 3_000 };
const LONG_PAUSE_MS = 15_000;

/** Ships one container's lines, in order, one batch at a time. */
export class ContainerFollower {
  private readonly life = new AbortController();
  private readonly linesOf: LinesOf;
  private readonly held: HeldOutput;
  private lines!: UnshippedLines;
  private failures = 0;
  private notBeforeMs = 0;
  private endedSinceMs: number | undefined;
  private changed = false;
  private wake: () => void = () => undefined;
  private lastComplaint: string | undefined;
  /** Its stream was made, or is made with its lines. */
  private isOpened = false;
  private done = false;

  constructor(
    readonly container: FollowedContainer,
    private readonly deps: FollowerDeps,
  ) {
    const { runtimeId, path, route } = container;
    this.linesOf = {
      runtimeId,
      path,
      beginsEvent: route.multiline === undefined ? undefined : lineMatcher(route.multiline),
    };
    this.held = new HeldOutput(runtimeId, route.mode === 'blocking' ? deps.brake : undefined);
  }

  /** The container runs (again), or has exited: nothing more is written then. */
  note(state: 'running' | 'exited', pid: number | undefined): void {
    this.held.pid = pid;
    if (state === 'running') this.endedSinceMs = undefined;
    else this.endedSinceMs ??= this.deps.clock.monotonicMs();
    this.noteChange();
  }

  close(): void {
    this.life.abort(new Error('nobody follows any more'));
    this.noteChange();
  }

  /** It has exited, and all its lines are taken. */
  get isDone(): boolean {
    return this.done;
  }

  /** Returns early when it is closed. */
  pause(ms: number): Promise<void> {
    return this.deps.clock.sleep(ms, this.life.signal).catch(() => undefined);
  }

  /** Resolves when the container has exited and all its lines are taken, or after `close`. */
  async run(): Promise<void> {
    const lines = await this.firstLines();
    if (!lines) return;
    this.lines = lines;
    this.isOpened = !lines.isAtBeginning;
    const watcher = this.watch();
    try {
      if (lines.hasGap) this.noteGap('lines were rotated away before they were shipped');
      while (!this.life.signal.aborted && !this.done) await this.pass();
    } finally {
      watcher.close();
      this.held.release();
      await lines.close();
    }
  }

  /** Undefined: it ended without a file, or nobody follows. */
  private async firstLines(): Promise<UnshippedLines | undefined> {
    while (!this.life.signal.aborted) {
      this.changed = false;
      const lines = await UnshippedLines.open(this.linesOf, this.deps);
      if (lines) return lines;
      this.done = this.hasLingered();
      if (this.done) return undefined;
      await this.change(GUARD_INTERVAL_MS);
    }
    return undefined;
  }

  private async pass(): Promise<void> {
    this.changed = false;
    await this.guard();
    const leftMs = this.notBeforeMs - this.deps.clock.monotonicMs();
    if (leftMs > 0) {
      await this.change(this.held.isHeld ? GUARD_INTERVAL_MS : leftMs);
      return this.pause(Math.min(leftMs, GUARD_INTERVAL_MS));
    }
    if (await this.deps.slots.pass(() => this.ship())) return;
    this.done = this.hasLingered() && this.lines.isClean;
    if (!this.done) await this.change(Math.min(this.idleMs(), await this.lines.saveNowAndThen()));
  }

  /** Reads and sends some. False when there is nothing more at the moment. */
  private async ship(): Promise<boolean> {
    const cuts = this.lines.next(this.hasLingered());
    if (!cuts && !this.isOpened) return this.open();
    for (const cut of cuts ?? []) {
      const outcome = await this.whileGuarding(this.deps.sender.send(this.batchOf(cut)));
      if (outcome.outcome === 'later' || outcome.outcome === 'unknown') {
        await this.putOff(outcome);
        return true;
      }
      await this.took(cut, outcome);
    }
    return cuts !== undefined && !(this.lines.isRead && this.lines.isClean);
  }

  /** Of a container that has written nothing yet. One that never did is not waited for when it has exited. */
  private async open(): Promise<boolean> {
    const outcome = await this.whileGuarding(this.deps.sender.open({ ...this.streamOf(), opens: true }));
    const isSettled = outcome.outcome === 'taken' || outcome.outcome === 'refused';
    if (isSettled) this.failures = 0;
    else await this.putOff(outcome);
    this.isOpened = isSettled || this.hasLingered();
    return true;
  }

  private streamOf() {
    const { route, runtimeId } = this.container;
    return {
      v: 1,
      region: route.region,
      logGroup: route.group,
      logStream: route.stream ?? runtimeId,
      create: { group: route.createGroup, stream: true },
    } as const;
  }

  private batchOf({ from, to, events }: Cut): LogBatch {
    const { source, dropped } = this.lines;
    return {
      ...this.streamOf(),
      source: { container: source, from, to },
      events,
      ...(dropped > 0 ? { dropped: { count: dropped } } : {}),
    };
  }

  private async took(cut: Cut, outcome: SendOutcome): Promise<void> {
    this.failures = 0;
    this.isOpened = true;
    const lines = cut.events.length;
    if (outcome.outcome === 'refused') {
      this.deps.counts.droppedLines += lines;
      this.deps.logger.error(
        { ...this.about(), why: outcome.why, lines },
        'the log aggregator does not take lines as they are; they are dropped',
      );
      return this.lines.taken(cut, this.lines.dropped + lines);
    }
    this.deps.counts.shippedLines += lines;
    this.lastComplaint = undefined;
    await this.lines.taken(cut, 0);
  }

  private async putOff(outcome: Exclude<SendOutcome, { outcome: 'taken' | 'refused' }>): Promise<void> {
    const isLong = outcome.outcome === 'later' && outcome.isLong;
    if (outcome.why !== this.lastComplaint) {
      this.lastComplaint = outcome.why;
      this.deps.logger[isLong ? 'warn' : 'debug'](
        { ...this.about(), why: outcome.why },
        'lines are not taken; they are kept and sent again',
      );
    }
    if (outcome.outcome === 'unknown') await this.lines.beginAnew();
    else this.lines.putBack();
    const pauseMs = pauseAfter(PAUSES, this.failures++) * (0.5 + this.deps.random.next() / 2);
    this.notBeforeMs = this.deps.clock.monotonicMs() + (isLong ? LONG_PAUSE_MS : pauseMs);
  }

  /** A container that writes on must not be forgotten while an answer takes its time. */
  private async whileGuarding(sending: Promise<SendOutcome>): Promise<SendOutcome> {
    const { mode, bufferBytes } = this.container.route;
    for (;;) {
      const late = new AbortController();
      const looked = this.deps.clock.sleep(GUARD_INTERVAL_MS, late.signal).catch(() => undefined);
      const outcome = await Promise.race([sending, looked]);
      late.abort();
      if (outcome) return outcome;
      this.refresh();
      const lag = this.lines.lagBytes;
      await this.held.mind(lag);
      if (mode !== 'blocking' && lag > 2 * bufferBytes) {
        return { outcome: 'later', why: 'the answer takes longer than the buffer lasts', isLong: false };
      }
    }
  }

  /** Makes room, or makes the container wait. */
  private async guard(): Promise<void> {
    this.refresh();
    const { mode, bufferBytes } = this.container.route;
    const lag = this.lines.lagBytes;
    await this.held.mind(lag);
    if (mode === 'blocking' || lag <= bufferBytes) return;
    const dropped = await this.lines.dropOldest(bufferBytes / 2);
    this.deps.counts.droppedLines += dropped;
    this.deps.logger.warn({ ...this.about(), dropped }, 'the buffer is full: the oldest lines are dropped');
  }

  private refresh(): void {
    if (this.lines.refresh()) this.noteGap('the engine rotated faster than it was followed: lines are lost');
  }

  private noteGap(sentence: string): void {
    this.deps.counts.gaps++;
    this.deps.logger.warn(this.about(), sentence);
  }

  private hasLingered(): boolean {
    return this.endedSinceMs !== undefined && this.deps.clock.monotonicMs() - this.endedSinceMs >= LINGER_MS;
  }

  private idleMs(): number {
    if (this.endedSinceMs !== undefined || this.held.isHeld) return GUARD_INTERVAL_MS;
    return this.lines.isHolding ? 500 : LOOK_AGAIN_MS;
  }

  /** Waits until something is written, or so long. */
  private async change(atMostMs: number): Promise<void> {
    if (this.changed || this.life.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const cancel = this.deps.clock.after(Math.max(1, atMostMs), resolve);
      this.wake = () => (cancel(), resolve());
    });
    this.wake = () => undefined;
  }

  private noteChange(): void {
    this.changed = true;
    this.wake();
  }

  private watch(): FSWatcher {
    // Its directory: a file of the same name after each rotation.
    const watcher = watch(dirname(this.container.path), { persistent: false }, () => this.noteChange());
    watcher.on('error', (error) => {
      this.deps.logger.warn(
        { ...this.about(), err: error },
        'a container is not watched any more; it is looked at again and again',
      );
    });
    return watcher;
  }

  private about() {
    const { taskArn, runtimeId, route } = this.container;
    return { taskArn, runtimeId, group: route.group };
  }
}
