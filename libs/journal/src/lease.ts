import type { Clock, Logger, Random } from '#lib/platform';
import { messageOf } from './errors.js';

/** What stands in the store under a lease's key, or that nothing does. */
export interface LeaseRecord {
  /**
   * The store's number of this write; a compare-and-set names it. Not durable: a restarted store may count from 1 again. 0: there is no
   * record.
   */
  readonly revision: number;
  /** The process that holds it; undefined when it was released, or there is no record. */
  readonly holder: string | undefined;
  /**
   * New with every write, so that a record is recognised although revisions can repeat after the store lost its memory. Of no record: which
   * memory has none. A store that is emptied again and again is not one that nobody has written to.
   */
  readonly nonce: string;
}

/** Compare-and-set on one key. Each method throws when nobody answers: then the outcome is unknown. */
export interface LeaseStore {
  read(key: string): Promise<LeaseRecord>;
  /** Writes if the key's revision still is `expected` (0: there is none); undefined when it is not. */
  write(key: string, value: Omit<LeaseRecord, 'revision'>, expected: number): Promise<number | undefined>;
}

export interface LeaseTimes {
  readonly ttlMs: number;
  readonly renewMs: number;
  /** How much earlier than a candidate may take over the holder ends: for clocks that run at different speeds. */
  readonly marginMs: number;
  readonly pollMs: number;
}

export const LEASE_TIMES: LeaseTimes = { ttlMs: 2_000, renewMs: 500, marginMs: 200, pollMs: 250 };

export interface LeaseKeeperOptions {
  readonly store: LeaseStore;
  readonly key: string;
  /** Unique per process start: a restarted process is another holder. */
  readonly holder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly times?: LeaseTimes;
  /** `epoch`: the store's revision of the acquiring write. For fences that must rise for ever use the journal (`Writer.epoch`). */
  readonly onAcquired: (epoch: number) => void;
  readonly onLost: (reason: string) => void;
}

/** What a candidate knows about somebody else's record (or about there being none). */
interface Watched {
  readonly revision: number;
  readonly nonce: string;
  readonly sinceMs: number;
}

interface Held {
  revision: number;
  /** Monotonic. Counted from when the renewal was *sent*: nobody can have seen it earlier. */
  validUntilMs: number;
}

/**
 * The time-bounded right to be the one holder of a key.
 *
 * Safety needs no common clock: a holder is certain for `ttl - margin` from the sending of its last confirmed write; a
 * candidate takes over only by compare-and-set on a record that it has itself watched unchanged for `ttl`. A missing record is
 * watched as long as any other, in one and the same memory of the store: it may have lost the record of a holder who is alive.
 * Liveness needs the store to answer and clocks that tick at about the same speed.
 */
export class LeaseKeeper {
  private readonly times: LeaseTimes;
  private held: Held | undefined;
  private watched: Watched | undefined;
  private isStopped = true;
  private wakeUp: AbortController | undefined;
  private restUntilMs = 0;
  private loop: Promise<void> = Promise.resolve();
  /** The renewal that is on its way: a release before its answer would name a revision that is past. */
  private renewal: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LeaseKeeperOptions) {
    this.times = options.times ?? LEASE_TIMES;
  }

  /** Tries to get the lease and keeps it. */
  start(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.loop = this.run();
  }

  holdsCertainly(): boolean {
    return this.held !== undefined && this.options.clock.monotonicMs() < this.held.validUntilMs;
  }

  /** Gives the lease up, leaving the others a TTL of time to take it (after a conflict: another holder was more alive). */
  async stepDown(reason: string): Promise<void> {
    this.restUntilMs = this.options.clock.monotonicMs() + this.times.ttlMs;
    await this.giveUp(reason);
  }

  /** Ends the loop and releases the lease, so that a standby need not wait for the TTL. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.wakeUp?.abort(new Error('stopped'));
    // A renewal under way would make the release a conflict.
    await this.loop;
    await this.giveUp('released');
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      const pauseMs = this.held ? await this.keep(this.held) : await this.tryToGet();
      await this.sleep(pauseMs);
    }
  }

  private async keep(held: Held): Promise<number> {
    const sentMs = this.options.clock.monotonicMs();
    if (sentMs >= held.validUntilMs) {
      this.lose('it was not renewed in time');
      return 0;
    }
    try {
      const renewal = this.write(held.revision, this.options.holder);
      this.renewal = renewal.then(
        (revision) => revision !== undefined && (held.revision = revision),
        () => undefined,
      );
      const revision = await renewal;
      if (this.held !== held) return 0;
      if (revision !== undefined) {
        held.revision = revision;
        held.validUntilMs = this.validUntil(sentMs);
        return this.times.renewMs;
      }
      return await this.explainConflict(held);
    } catch (error) {
      this.options.logger.warn({ lease: this.options.key }, `renewing the lease failed: ${messageOf(error)}`);
      // Not lost yet: an answer in time still saves it. The write may have landed; then the next one conflicts with ourselves.
      return Math.min(100, Math.max(0, held.validUntilMs - this.options.clock.monotonicMs()));
    }
  }

  /** The record is not the one we wrote last: an unanswered renewal of ours, a store that lost its memory, or another holder. */
  private async explainConflict(held: Held): Promise<number> {
    const record = await this.options.store.read(this.options.key);
    if (this.held !== held) return 0;
    if (record.revision > 0 && record.holder !== this.options.holder) this.lose(`${record.holder ?? 'nobody'} holds it now`);
    else held.revision = record.revision;
    return 0;
  }

  private async tryToGet(): Promise<number> {
    try {
      const { revision, holder, nonce } = await this.options.store.read(this.options.key);
      const nowMs = this.options.clock.monotonicMs();
      if (nowMs < this.restUntilMs) return this.times.pollMs;
      if (this.watched?.revision !== revision || this.watched.nonce !== nonce) this.watched = { revision, nonce, sinceMs: nowMs };
      const isReleased = revision > 0 && holder === undefined;
      const waitMs = isReleased ? 0 : this.watched.sinceMs + this.times.ttlMs - nowMs;
      if (waitMs > 0) return Math.min(waitMs, this.times.pollMs);
      const written = await this.write(revision, this.options.holder);
      if (written === undefined) return this.times.pollMs;
      if (this.isStopped) {
        await this.write(written, undefined);
        return 0;
      }
      this.acquire(written, nowMs);
      return this.times.renewMs;
    } catch (error) {
      this.options.logger.warn({ lease: this.options.key }, `the lease store does not answer: ${messageOf(error)}`);
      return this.times.pollMs;
    }
  }

  private acquire(revision: number, sentMs: number): void {
    this.watched = undefined;
    this.held = { revision, validUntilMs: this.validUntil(sentMs) };
    this.options.logger.info({ lease: this.options.key, epoch: revision }, 'lease acquired');
    this.options.onAcquired(revision);
  }

  private lose(reason: string): void {
    if (!this.held) return;
    this.held = undefined;
    this.watched = undefined;
    this.options.logger.warn({ lease: this.options.key }, `lease lost: ${reason}`);
    this.options.onLost(reason);
  }

  private async giveUp(reason: string): Promise<void> {
    const { held } = this;
    if (!held) return;
    this.lose(reason);
    await this.renewal;
    try {
      await this.write(held.revision, undefined);
    } catch (error) {
      this.options.logger.warn({ lease: this.options.key }, `releasing failed, it will run out: ${messageOf(error)}`);
    }
  }

  private write(expected: number, holder: string | undefined): Promise<number | undefined> {
    return this.options.store.write(this.options.key, { holder, nonce: this.options.random.hex(8) }, expected);
  }

  private validUntil(sentMs: number): number {
    return sentMs + this.times.ttlMs - this.times.marginMs;
  }

  private async sleep(ms: number): Promise<void> {
    if (this.isStopped || ms <= 0) return;
    this.wakeUp = new AbortController();
    await this.options.clock.sleep(ms, this.wakeUp.signal).catch((error: unknown) => {
      if (!this.isStopped) throw error;
    });
  }
}
