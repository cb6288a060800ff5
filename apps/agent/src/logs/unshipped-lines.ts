import type { Clock, Logger, Random } from '#lib/platform';
import { cutBatches, type Cut } from './domain/cut-batches.js';
import { EVENT_WAITS_MS, EventJoiner, type Item } from './domain/event-joiner.js';
import { LineAssembler, type Place } from './domain/line-assembler.js';
import { EngineLog } from './engine-log.js';
import type { LogCursor, LogCursors } from './log-cursors.js';
import { parseRecords } from './parse-records.js';

export interface LinesOf {
  readonly runtimeId: string;
  /** The engine's file. */
  readonly path: string;
  readonly beginsEvent?: (line: string) => boolean;
}

export interface LinesDeps {
  readonly cursors: Pick<LogCursors, 'load' | 'save'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const SAVE_INTERVAL_MS = 2_000;
const NOTICE = '[longshore] Lines are missing here: the engine rotated them away while nobody shipped them.';

/**
 * A container's lines that the log aggregator does not have yet, numbered. All of it can be made again from the cursor, so what was read and is not
 * taken is simply put back.
 */
export class UnshippedLines {
  private assembler!: LineAssembler;
  private joiner!: EventJoiner;
  /** The first line that is in no batch yet. */
  private nextFrom = 0;
  private heldSinceMs = 0;
  private savedAtMs: number;
  private isSaved = true;

  private constructor(
    private readonly of: LinesOf,
    private readonly log: EngineLog,
    private readonly deps: LinesDeps,
    private cursor: LogCursor,
    /** Lines were rotated away since the cursor was written. */
    readonly hasGap: boolean,
  ) {
    this.savedAtMs = deps.clock.monotonicMs();
    this.putBack();
  }

  /** Undefined while the engine has no file of the container. */
  static async open(of: LinesOf, deps: LinesDeps): Promise<UnshippedLines | undefined> {
    const known = await deps.cursors.load(of.runtimeId);
    const opened = EngineLog.open(of.path, known?.bookmark);
    if (!opened) return undefined;
    const { log, isFound } = opened;
    if (known && isFound) return new UnshippedLines(of, log, deps, known, false);
    // Without a memory, and not at the container's first line: numbers of its own, because others may have been given before.
    const source = known || log.wasRotated ? anotherRun(of, deps) : of.runtimeId;
    const bookmark = log.bookmark(log.place);
    const notice = known ? ({ notice: true } as const) : {};
    const cursor: LogCursor = { v: 1, path: of.path, source, next: 0, bookmark, dropped: known?.dropped ?? 0, ...notice };
    await deps.cursors.save(of.runtimeId, cursor);
    return new UnshippedLines(of, log, deps, cursor, known !== undefined);
  }

  /** Of which run of numbers the next cut is, and what was dropped before it. */
  get source(): string {
    return this.cursor.source;
  }

  get dropped(): number {
    return this.cursor.dropped;
  }

  /** No line of the container's was ever taken. */
  get isAtBeginning(): boolean {
    const { source, next, bookmark } = this.cursor;
    return source === this.of.runtimeId && next === 0 && bookmark.place.offset === 0;
  }

  /** Nothing that was read waits for more. */
  get isClean(): boolean {
    return this.assembler.isClean && !this.joiner.isHolding;
  }

  get isHolding(): boolean {
    return this.joiner.isHolding;
  }

  /** How much of the engine's files is not taken. */
  get lagBytes(): number {
    return this.log.lagBytes(this.cursor.bookmark.place);
  }

  /** Whether everything that is there was read. */
  get isRead(): boolean {
    return this.log.lagBytes(this.log.place) === 0;
  }

  /** True when lines were lost. */
  refresh(): boolean {
    return this.log.refresh();
  }

  /** Some that were not given out before; none when nothing is there. `isOver`: nothing more will come. */
  next(isOver: boolean): Cut[] | undefined {
    const chunk = this.log.read();
    const items = chunk ? this.itemsOf(parseRecords(chunk)) : this.lastItems(isOver);
    if (!items) return undefined;
    const cuts = cutBatches(this.withNotice(items), this.nextFrom);
    this.nextFrom = (cuts.at(-1)?.to ?? this.nextFrom - 1) + 1;
    return cuts;
  }

  /** The aggregator has it, or will never have it: then its lines are told as dropped with the next. */
  async taken({ resume }: Cut, dropped: number): Promise<void> {
    this.cursor = { ...this.cursor, dropped };
    if (resume) {
      this.log.forgetBefore(resume.place);
      this.cursor = { ...this.cursor, next: resume.n, bookmark: this.log.bookmark(resume.place), notice: undefined };
    }
    this.isSaved = false;
    await this.saveNowAndThen();
  }

  /** What was given out and not taken is given out once more. */
  putBack(): void {
    const { next, notice, bookmark } = this.cursor;
    this.log.goTo(bookmark.place);
    this.nextFrom = next;
    this.assembler = new LineAssembler(next + (notice ? 1 : 0));
    this.joiner = new EventJoiner(this.of.beginsEvent);
  }

  /** Leaves out the oldest until `bytes` are left. Says how many lines. */
  async dropOldest(bytes: number): Promise<number> {
    this.log.goTo(this.cursor.bookmark.place);
    const count = this.log.skipTo(bytes);
    await this.beginAnew(this.log.place, this.cursor.dropped + count);
    return count;
  }

  /** The same lines with numbers of a new run: those before may have been given to others. On the disk before anything is sent with them. */
  async beginAnew(place: Place = this.cursor.bookmark.place, dropped = this.cursor.dropped): Promise<void> {
    const { path, runtimeId } = this.of;
    const source = anotherRun(this.of, this.deps);
    this.cursor = { v: 1, path, source, next: 0, bookmark: this.log.bookmark(place), dropped };
    await this.deps.cursors.save(runtimeId, this.cursor);
    this.isSaved = true;
    this.putBack();
  }

  /** Not at every batch: after a crash the lines of two seconds are sent once more. Returns when to come again, if at all. */
  async saveNowAndThen(): Promise<number> {
    if (this.isSaved) return Infinity;
    const leftMs = this.savedAtMs + SAVE_INTERVAL_MS - this.deps.clock.monotonicMs();
    if (leftMs <= 0) await this.save();
    return leftMs <= 0 ? Infinity : leftMs;
  }

  async close(): Promise<void> {
    try {
      await this.save();
    } finally {
      this.log.close();
    }
  }

  private async save(): Promise<void> {
    if (this.isSaved) return;
    this.isSaved = true;
    this.savedAtMs = this.deps.clock.monotonicMs();
    await this.deps.cursors.save(this.of.runtimeId, this.cursor);
  }

  private itemsOf({ records, damaged }: ReturnType<typeof parseRecords>): Item[] {
    if (damaged > 0) this.deps.logger.warn({ path: this.of.path, damaged }, 'records of the engine are damaged and left out');
    const wasHolding = this.joiner.isHolding;
    const items = records.flatMap((record) => this.assembler.push(record)).flatMap((piece) => this.joiner.push(piece));
    if (items.length > 0 || !wasHolding) this.heldSinceMs = this.deps.clock.monotonicMs();
    return items;
  }

  /** What waited for more, when no more will come, or none has come for long. */
  private lastItems(isOver: boolean): Item[] | undefined {
    const rest = isOver ? this.assembler.flush().flatMap((piece) => this.joiner.push(piece)) : [];
    const hasWaited = this.deps.clock.monotonicMs() - this.heldSinceMs >= EVENT_WAITS_MS;
    const items = [...rest, ...(isOver || hasWaited ? this.joiner.flush() : [])];
    return items.length > 0 ? items : undefined;
  }

  private withNotice(items: Item[]): Item[] {
    if (!this.cursor.notice || this.nextFrom > 0 || items.length === 0) return items;
    return [{ n: 0, bytes: 256, event: { n: 0, timestamp: this.deps.clock.now(), message: NOTICE } }, ...items];
  }
}

/** Set clocks go back, so the time alone would not do. */
const anotherRun = ({ runtimeId }: LinesOf, { clock, random }: Pick<LinesDeps, 'clock' | 'random'>): string =>
  `${runtimeId}.${clock.now().toString(36)}-${Math.floor(random.next() * 36 ** 4).toString(36)}`;
