import { Backoff, type Clock, type Logger } from '#lib/platform';
import { JournalMismatchError, messageOf } from '../errors.js';
import { BEFORE_ALL, type Commit, type Journal, type Revision } from '../port.js';
import { Transfer } from './transfer.js';

export interface RelayOptions {
  /** Where the truth is. */
  readonly source: Journal;
  /** The broker's stream, which the apps follow: the same commits at the same revisions. */
  readonly stream: Journal;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Handed {
  readonly commit: Commit;
  readonly json: string;
}

/** Commits kept for the relay after their append; more are read from the source again. At most 256 KiB each. */
const MAX_HANDED = 64;
const AT_ONCE = 64;
const PAUSES = { firstMs: 20, longestMs: 1_000 };
/** How long a stop waits for the last commits: the next writer relays what is left. */
const FLUSH_MS = 1_000;

/**
 * Carries every commit of the source into the broker's stream, in order. What it writes is a function of the source alone: two relays at
 * once, or one whose process was frozen, only ever write what is right. It needs no lease, and the writer runs it so that one does.
 */
export class Relay {
  private readonly handed = new Map<Revision, Handed>();
  private readonly wakers = new Set<() => void>();
  private known: Revision = BEFORE_ALL;
  private relayed: Revision = BEFORE_ALL;
  private running: AbortController | undefined;
  private isStopping = false;
  /** The stream holds something else than the source: the process has to end, and its next start says what to do. */
  onBroken: (error: unknown) => void = () => undefined;

  constructor(private readonly options: RelayOptions) {}

  /** Commits that the source is known to have and the stream may not. */
  get lag(): number {
    return Math.max(0, this.known - this.relayed);
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** The source has this revision. */
  note(revision: Revision): void {
    if (revision <= this.known) return;
    this.known = revision;
    this.wake();
  }

  /** The same, with the commit at hand: it need not be read again. */
  hand(commit: Commit, revision: Revision, json: string): void {
    if (this.running && this.handed.size < MAX_HANDED) this.handed.set(revision, { commit, json });
    this.note(revision);
  }

  start(): void {
    this.isStopping = false;
    if (this.running) return;
    const controller = (this.running = new AbortController());
    void this.run(controller.signal);
  }

  /** Goes on until everything known is relayed, for a moment at most. */
  async stop(): Promise<void> {
    const { running } = this;
    if (!running) return;
    this.isStopping = true;
    await this.reached(this.known, FLUSH_MS);
    if (!this.isStopping || this.running !== running) return;
    running.abort(new Error('the relay stops'));
    this.running = undefined;
    this.handed.clear();
    this.wake();
  }

  /** Resolves with false when the stream has not come to `revision` in time. */
  async reached(revision: Revision, timeoutMs: number): Promise<boolean> {
    const deadlineMs = this.options.clock.monotonicMs() + timeoutMs;
    while (this.relayed < revision) {
      const leftMs = deadlineMs - this.options.clock.monotonicMs();
      if (leftMs <= 0) return false;
      await this.change(leftMs);
    }
    return true;
  }

  /** Brings the stream to what the source has now; once, whoever else may be at it. */
  async fill(): Promise<void> {
    const { source } = this.options;
    this.note(await source.head());
    const last = await this.position();
    if (last < this.known) await this.copy(last, this.known, new AbortController().signal);
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, source } = this.options;
    const backoff = new Backoff(clock, PAUSES);
    while (!signal.aborted) {
      try {
        let last = await this.position();
        while (!signal.aborted) {
          last = await this.carryOn(last, signal);
          backoff.reset();
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof JournalMismatchError) return this.onBroken(error);
        logger.warn({ journal: source.name, lag: this.lag }, `the relay is interrupted: ${messageOf(error)}`);
        await backoff.pause({ signal });
      }
    }
  }

  /** One step: what was handed over, else what is missing, else waiting. */
  private async carryOn(last: Revision, signal: AbortSignal): Promise<Revision> {
    const next = (last + 1) as Revision;
    const handed = this.handed.get(next);
    if (handed) {
      const transfer = this.transfer(1);
      await transfer.put(handed.commit, next, handed.json);
      await transfer.flush();
      return next;
    }
    if (last < this.known) return this.copy(last, this.known, signal);
    await this.change(Infinity, signal);
    return last;
  }

  private async copy(last: Revision, until: Revision, signal: AbortSignal): Promise<Revision> {
    const transfer = this.transfer(AT_ONCE);
    const enough = new AbortController();
    let copied = last;
    for await (const { revision, commit } of this.options.source.follow(last, AbortSignal.any([signal, enough.signal]))) {
      await transfer.put(commit, revision);
      copied = revision;
      if (copied >= until) break;
    }
    enough.abort(new Error('enough'));
    await transfer.flush();
    return copied;
  }

  private transfer(atOnce: number): Transfer {
    return new Transfer(this.options.stream, this.options.clock, atOnce, (revision) => this.stored(revision));
  }

  private stored(revision: Revision): void {
    this.handed.delete(revision);
    this.relayed = revision;
    this.wake();
  }

  /** Where the stream ends, if that is a part of the source. */
  private async position(): Promise<Revision> {
    const { source, stream } = this.options;
    const head = await stream.head();
    if (head > BEFORE_ALL) {
      const [relayed, original] = await Promise.all([stream.read(head), source.read(head)]);
      if (!relayed) throw new Error(`the end of the stream, revision ${head}, cannot be read`);
      if (relayed.commitId !== original?.commitId)
        throw new JournalMismatchError(
          source.name,
          `its stream in NATS holds something else than its source at revision ${head}`,
        );
    }
    for (const revision of this.handed.keys()) if (revision <= head) this.handed.delete(revision);
    this.note(head);
    this.stored(head);
    return head;
  }

  private wake(): void {
    for (const wake of this.wakers) wake();
  }

  private async change(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        cancel?.();
        this.wakers.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = Number.isFinite(timeoutMs) ? this.options.clock.after(timeoutMs, done) : undefined;
      this.wakers.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
