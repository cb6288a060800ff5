import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { pauseAfter, type Clock, type Logger, type Random } from '#lib/platform';
import type { LogBatch } from '#lib/logs';
import type { BatchSender, SendOutcome } from './batch-sender.js';
import { cutBatches, type Cut } from './domain/cut-batches.js';
import { EVENT_WAITS_MS, EventJoiner, type Item } from './domain/event-joiner.js';
import { LineAssembler } from './domain/line-assembler.js';
import type { LogRoute } from './domain/log-route.js';
import { lineMatcher } from './domain/multiline.js';
import { EngineLog } from './engine-log.js';
import type { LogCursor, LogCursors } from './log-cursors.js';
import type { OutputBrake } from './output-brake.js';
import { parseRecords } from './parse-records.js';
import type { Turnstile } from '../docker/turnstile.js';

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
  readonly sender: Pick<BatchSender, 'send'>;
  readonly cursors: Pick<LogCursors, 'load' | 'save'>;
  readonly brake: OutputBrake;
  /** A host has so many batches in memory, however many containers it has. */
  readonly slots: Turnstile;
  readonly counts: ShippingCounts;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const MIB = 1024 * 1024;
/** Blocking: from here on the container's writes wait, until what is left is less. Far below what the engine keeps (`log-route.ts`). */
const HOLD_ABOVE_BYTES = 24 * MIB;
const RELEASE_BELOW_BYTES = 8 * MIB;
/** What no event of the file system told of is found so late. */
const LOOK_AGAIN_MS = 5_000;
/** How often one that writes faster than it is read is looked after. */
const GUARD_INTERVAL_MS = 50;
const SAVE_INTERVAL_MS = 200;
/** The engine writes what was in its pipes when it already says that a container has exited. */
const LINGER_MS = 500;
const PAUSES = { firstMs: 100, longestMs: 3_000 };
const LONG_PAUSE_MS = 15_000;
const NOTICE = '[longshore] Lines are missing here: the engine rotated them away while nobody shipped them.';

/**
 * Ships one container's lines, in order, one batch at a time. All that it knows can be made again from the cursor: when a batch is not taken,
 * what was read is thrown away and read again later, so that waiting costs no memory.
 */
export class ContainerFollower {
  private readonly life = new AbortController();
  private readonly beginsEvent: ((line: string) => boolean) | undefined;
  private failures = 0;
  private log!: EngineLog;
  private cursor!: LogCursor;
  private assembler!: LineAssembler;
  private joiner!: EventJoiner;
  private savedAtMs = -Infinity;
  private isSaved = true;
  /** The first line that is in no batch yet. */
  private nextFrom = 0;
  private heldSinceMs = 0;
  private notBeforeMs = 0;
  private endedSinceMs: number | undefined;
  private pid: number | undefined;
  private release: (() => void) | undefined;
  private watcher: FSWatcher | undefined;
  private changed = false;
  private wake: () => void = () => undefined;
  private lastComplaint: string | undefined;
  private done = false;

  constructor(
    readonly container: FollowedContainer,
    private readonly deps: FollowerDeps,
  ) {
    const { multiline } = container.route;
    this.beginsEvent = multiline === undefined ? undefined : lineMatcher(multiline);
  }

  /** The container runs (again), or has exited: nothing more is written then. */
  note(state: 'running' | 'exited', pid: number | undefined): void {
    this.pid = pid;
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
    try {
      if (!(await this.begin())) return;
      while (!this.life.signal.aborted) {
        await this.guard();
        if (await this.mayShip()) {
          if (await this.deps.slots.pass(() => this.ship())) continue;
          if (this.isOver()) {
            this.done = true;
            return;
          }
          await this.save();
          await this.change(this.idleMs());
        }
      }
    } finally {
      this.watcher?.close();
      this.release?.();
      this.release = undefined;
      if (!this.isSaved) await this.save();
      await this.log?.close();
    }
  }

  /** False: it ended without a file. */
  private async begin(): Promise<boolean> {
    const { runtimeId, path } = this.container;
    const known = await this.deps.cursors.load(runtimeId);
    let opened = await EngineLog.open(path, known?.bookmark);
    while (!opened) {
      if (this.life.signal.aborted) return false;
      if (this.hasLingered()) {
        this.done = true;
        return false;
      }
      await this.change(GUARD_INTERVAL_MS);
      opened = await EngineLog.open(path, known?.bookmark);
    }
    this.log = opened.log;
    this.watch();
    if (known && opened.isFound) this.rewind(known);
    else if (known) await this.beginAnew(known.dropped, true);
    // Without a memory, and not at the container's first line: numbers of its own, because others may have been given before.
    else if (this.log.wasRotated) await this.beginAnew(0, false);
    else await this.keep({ ...this.cursorAt(runtimeId, 0), bookmark: await this.log.bookmark(this.log.place) });
    return true;
  }

  private cursorAt(source: string, dropped: number): Omit<LogCursor, 'bookmark'> {
    return { v: 1, path: this.container.path, source, next: 0, dropped };
  }

  /** From the present place on, with numbers of a new run: those before may have been given to other lines. */
  private async beginAnew(dropped: number, isGap: boolean): Promise<void> {
    const { runtimeId, taskArn } = this.container;
    if (isGap) {
      this.deps.counts.gaps++;
      this.deps.logger.warn({ taskArn, runtimeId }, 'lines of a container were rotated away before they were shipped');
    }
    const source = `${runtimeId}.${this.deps.clock.now().toString(36)}`;
    const bookmark = await this.log.bookmark(this.log.place);
    await this.keep({ ...this.cursorAt(source, dropped), bookmark, ...(isGap ? { notice: true } : {}) });
  }

  /** On the disk before anything is sent with its numbers. */
  private async keep(cursor: LogCursor): Promise<void> {
    await this.deps.cursors.save(this.container.runtimeId, cursor);
    this.rewind(cursor);
  }

  private rewind(cursor: LogCursor): void {
    this.cursor = cursor;
    this.nextFrom = cursor.next;
    this.assembler = new LineAssembler(cursor.next + (cursor.notice ? 1 : 0));
    this.joiner = new EventJoiner(this.beginsEvent);
  }

  private async mayShip(): Promise<boolean> {
    const leftMs = this.notBeforeMs - this.deps.clock.monotonicMs();
    if (leftMs <= 0) return true;
    await this.change(Math.min(leftMs, LOOK_AGAIN_MS), GUARD_INTERVAL_MS);
    return false;
  }

  /** Reads and sends some. False when there is nothing. */
  private async ship(): Promise<boolean> {
    const items = await this.nextItems();
    if (!items) return false;
    for (const cut of cutBatches(items, this.nextFrom)) {
      const outcome = await this.whileGuarding(this.deps.sender.send(this.batchOf(cut)));
      if (outcome.outcome === 'later') {
        await this.putOff(outcome);
        return true;
      }
      this.took(cut, outcome);
      if (cut.resume) await this.advance(cut.resume);
    }
    return true;
  }

  private async nextItems(): Promise<Item[] | undefined> {
    const chunk = await this.log.read();
    if (!chunk) return this.lastItems();
    const wasHolding = this.joiner.isHolding;
    const { records, damaged } = parseRecords(chunk);
    if (damaged > 0)
      this.deps.logger.warn({ path: this.container.path, damaged }, 'records of the engine are damaged and left out');
    const items = records.flatMap((record) => this.assembler.push(record)).flatMap((piece) => this.joiner.push(piece));
    if (items.length > 0 || !wasHolding) this.heldSinceMs = this.deps.clock.monotonicMs();
    return this.withNotice(items);
  }

  private withNotice(items: Item[]): Item[] {
    if (!this.cursor.notice || this.nextFrom > 0 || items.length === 0) return items;
    return [{ n: 0, bytes: 256, event: { n: 0, timestamp: this.deps.clock.now(), message: NOTICE } }, ...items];
  }

  /** What waited for more, when no more will come, or none has come for long. */
  private lastItems(): Item[] | undefined {
    const rest = this.hasLingered() ? this.assembler.flush().flatMap((piece) => this.joiner.push(piece)) : [];
    const waited = this.deps.clock.monotonicMs() - this.heldSinceMs;
    const items = [...rest, ...(this.hasLingered() || waited >= EVENT_WAITS_MS ? this.joiner.flush() : [])];
    return items.length > 0 ? this.withNotice(items) : undefined;
  }

  private batchOf({ from, to, events }: Cut): LogBatch {
    const { route, runtimeId } = this.container;
    return {
      v: 1,
      region: route.region,
      logGroup: route.group,
      logStream: route.stream ?? runtimeId,
      create: { group: route.createGroup, stream: true },
      source: { container: this.cursor.source, from, to },
      events,
      ...(this.cursor.dropped > 0 ? { dropped: { count: this.cursor.dropped } } : {}),
    };
  }

  private took({ to, events }: Cut, outcome: SendOutcome): void {
    this.failures = 0;
    this.nextFrom = to + 1;
    const lines = events.length;
    if (outcome.outcome === 'refused') {
      this.deps.counts.droppedLines += lines;
      this.cursor = { ...this.cursor, dropped: this.cursor.dropped + lines };
      this.deps.logger.error(
        { ...this.about(), why: outcome.why, lines },
        'the log aggregator takes lines as they are not; they are dropped',
      );
      return;
    }
    this.deps.counts.shippedLines += lines;
    this.lastComplaint = undefined;
    this.cursor = { ...this.cursor, dropped: 0 };
    this.isSaved = false;
  }

  private async advance({ place, n }: NonNullable<Cut['resume']>): Promise<void> {
    await this.log.forgetBefore(place);
    this.cursor = { ...this.cursor, next: n, bookmark: await this.log.bookmark(place), notice: undefined };
    this.isSaved = false;
    if (this.deps.clock.monotonicMs() - this.savedAtMs >= SAVE_INTERVAL_MS) await this.save();
  }

  private async save(): Promise<void> {
    if (this.isSaved) return;
    this.isSaved = true;
    this.savedAtMs = this.deps.clock.monotonicMs();
    await this.deps.cursors.save(this.container.runtimeId, this.cursor);
  }

  private async putOff({ why, isLong }: SendOutcome & { outcome: 'later' }): Promise<void> {
    if (why !== this.lastComplaint) {
      this.lastComplaint = why;
      this.deps.logger[isLong ? 'warn' : 'debug']({ ...this.about(), why }, 'lines are not taken; they are kept and sent again');
    }
    await this.log.goTo(this.cursor.bookmark.place);
    this.rewind(this.cursor);
    const pauseMs = isLong ? LONG_PAUSE_MS : pauseAfter(PAUSES, this.failures++) * (0.5 + this.deps.random.next() / 2);
    this.notBeforeMs = this.deps.clock.monotonicMs() + pauseMs;
  }

  /** A container that writes on must not be forgotten while an answer takes its time. */
  private async whileGuarding(sending: Promise<SendOutcome>): Promise<SendOutcome> {
    let outcome: SendOutcome | undefined;
    const settled = sending.then((value) => {
      outcome = value;
      this.noteChange();
    });
    await Promise.race([settled, this.deps.clock.sleep(GUARD_INTERVAL_MS)]);
    while (!outcome) {
      await this.refresh();
      const lag = await this.lag();
      await this.mindBrake(lag);
      if (this.container.route.mode !== 'blocking' && lag > 2 * this.container.route.bufferBytes) {
        outcome = { outcome: 'later', why: 'the answer takes longer than the buffer lasts', isLong: false };
      } else await Promise.race([settled, this.deps.clock.sleep(GUARD_INTERVAL_MS)]);
    }
    return outcome;
  }

  /** Makes room, or makes the container wait. */
  private async guard(): Promise<void> {
    await this.refresh();
    const lag = await this.lag();
    const { mode, bufferBytes } = this.container.route;
    if (mode === 'blocking') return this.mindBrake(lag);
    if (lag <= bufferBytes) return;
    await this.log.goTo(this.cursor.bookmark.place);
    const dropped = await this.log.skipTo(bufferBytes / 2);
    this.deps.counts.droppedLines += dropped;
    this.deps.logger.warn({ ...this.about(), dropped }, 'the buffer is full: the oldest lines are dropped');
    await this.log.forgetBefore(this.log.place);
    await this.beginAnew(this.cursor.dropped + dropped, false);
  }

  private async refresh(): Promise<void> {
    if (!(await this.log.refresh())) return;
    this.deps.counts.gaps++;
    this.deps.logger.warn(this.about(), 'the engine rotated faster than it was followed: lines are lost');
  }

  private lag(): Promise<number> {
    return this.log.lagBytes(this.cursor.bookmark.place);
  }

  private async mindBrake(lag: number): Promise<void> {
    if (this.container.route.mode !== 'blocking') return;
    const isAlive = this.endedSinceMs === undefined && this.pid !== undefined && isProcess(this.pid);
    if (!this.release && lag > HOLD_ABOVE_BYTES && isAlive) {
      this.release = await this.deps.brake.hold(this.container.runtimeId, () => (this.release = undefined));
      // The engine tells of an exit only when it has got rid of all that was written.
    } else if (this.release && (lag < RELEASE_BELOW_BYTES || !isAlive)) {
      this.release();
      this.release = undefined;
    }
  }

  private isOver(): boolean {
    return this.hasLingered() && this.assembler.isClean && !this.joiner.isHolding;
  }

  private hasLingered(): boolean {
    return this.endedSinceMs !== undefined && this.deps.clock.monotonicMs() - this.endedSinceMs >= LINGER_MS;
  }

  private idleMs(): number {
    if (this.endedSinceMs !== undefined || this.release) return GUARD_INTERVAL_MS;
    return this.joiner.isHolding ? 500 : LOOK_AGAIN_MS;
  }

  /** Waits until something is written, or so long; and `atLeastMs` in any case. */
  private async change(atMostMs: number, atLeastMs = 0): Promise<void> {
    const { clock } = this.deps;
    if (atLeastMs > 0) await clock.sleep(Math.min(atLeastMs, atMostMs), this.life.signal).catch(() => undefined);
    if (!this.changed && !this.life.signal.aborted) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(Math.max(1, atMostMs - atLeastMs), resolve);
        this.wake = () => (cancel(), resolve());
      });
    }
    this.changed = false;
    this.wake = () => undefined;
  }

  private noteChange(): void {
    this.changed = true;
    this.wake();
  }

  private watch(): void {
    // Its directory: a file of the same name after each rotation.
    this.watcher = watch(dirname(this.container.path), { persistent: false }, () => this.noteChange());
    this.watcher.on('error', (error) => {
      this.deps.logger.warn({ ...this.about(), error }, 'a container is not watched any more; it is looked at again and again');
    });
  }

  private about() {
    const { taskArn, runtimeId, route } = this.container;
    return { taskArn, runtimeId, group: route.group };
  }
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
