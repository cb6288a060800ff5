/** The wall clock's start in every world: only differences matter, and traces of two runs can be compared. */
export const EPOCH_MS = Date.parse('2026-11-23T12:00:00.000Z');

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

const isBefore = (a: Timer, b: Timer) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

/** Resolves when no promise can go on any more: Node runs ticks that microtasks asked for only after the last microtask. */
const settled = () => new Promise<void>((resolve) => process.nextTick(resolve));
/** The event loop gets its turn now and then, so that signals and rejections nobody handled are heard. */
const loopTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
const EVENTS_PER_LOOP_TURN = 500;

/**
 * The time of a simulated world: it stands still until the earliest timer is due, and every promise goes on before the next one
 * fires. Equal seeds give equal runs, because nothing else (no I/O, no real clock) decides an order.
 */
export class VirtualTime {
  private readonly heap: Timer[] = [];
  private order = 0;
  private elapsedMs = 0;
  private sleptMs = 0;
  /** Timers fired so far. */
  events = 0;

  get nowMs(): number {
    return this.elapsedMs;
  }

  /** What a right wall clock shows. */
  get wallMs(): number {
    return EPOCH_MS + this.elapsedMs + this.sleptMs;
  }

  /** What a machine's clock since its boot shows: time goes on while it sleeps. */
  get sinceBootMs(): number {
    return this.elapsedMs + this.sleptMs;
  }

  /**
   * All machines are suspended at once, as a laptop is when it is shut: wall clocks go on, monotonic ones and timers stand still.
   * A week of deployments costs only the minutes in which something happens.
   */
  suspend(ms: number): void {
    this.sleptMs += ms;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { dueMs: this.elapsedMs + Math.max(0, ms), order: this.order++, run };
    this.push(timer);
    return () => void (timer.run = undefined);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Runs until `untilMs`, or until `isOver` says so after an event. */
  async run(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    await settled();
    while (!isOver()) {
      const next = this.heap[0];
      if (!next || next.dueMs > untilMs) break;
      this.pop();
      if (!next.run) continue;
      this.elapsedMs = next.dueMs;
      next.run();
      this.events++;
      await settled();
      if (this.events % EVENTS_PER_LOOP_TURN === 0) await loopTurn();
    }
    if (!isOver()) this.elapsedMs = Math.max(this.elapsedMs, untilMs);
  }

  private push(timer: Timer): void {
    const { heap } = this;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
