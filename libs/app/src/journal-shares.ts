import type { Admission } from '#lib/journal';
import { type Command, throttled, type Transaction } from '#lib/kernel';
import { type Clock, type FreeSpace, type Rate, TokenBucket } from '#lib/platform';

const MIB = 1024 * 1024;

export interface JournalShareLimits {
  /** Bytes that one account's calls may add to the journal. */
  readonly bytes: Rate;
  /** Free space that stays for what the system itself has to write: the lesser of so much and so much of the disk. */
  readonly reserveBytes: number;
  readonly reserveOfDisk: number;
}

/** 5,000 tasks are about 6 MiB. A journal is for ever, so what is sustained is less than what one machine can write. */
export const JOURNAL_SHARES: JournalShareLimits = {
  bytes: { capacity: 256 * MIB, refillPerSecond: 4 * MIB },
  reserveBytes: 512 * MIB,
  reserveOfDisk: 0.05,
};

/** Operations that end something, or scale it down: they are how space is made, and small. */
const MAKES_ROOM = /^(Stop|Delete|Deregister|Untag|Update)/;

/** Between two looks at the disk. */
const LOOK_MS = 1_000;

/**
 * What callers may add to a journal, which keeps everything: an account has its share of bytes, and the last of the disk is for what
 * the system has to say of what runs. Commands of apps (reports of agents, services that are moved on) are never refused.
 */
export class JournalShares implements Admission {
  private readonly buckets = new Map<string, TokenBucket>();
  private lookedAtMs = -Infinity;
  private isRoomLeft = true;

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    /** Undefined where nobody knows where the journal is. */
    private readonly space: (() => FreeSpace) | undefined,
    private readonly limits: JournalShareLimits = JOURNAL_SHARES,
  ) {}

  refusal({ accessKeyId, accountId, operation }: Command): ReturnType<Admission['refusal']> {
    if (accessKeyId === undefined) return undefined;
    const nowMs = this.clock.monotonicMs();
    if (this.buckets.get(accountId)?.isEmpty(nowMs)) return { rejection: throttled };
    if (this.hasRoom(nowMs) || MAKES_ROOM.test(operation)) return undefined;
    return { unavailable: 'the disk is nearly full; what is left of it is for what runs already' };
  }

  committed({ accessKeyId, accountId }: Transaction, bytes: number): void {
    if (accessKeyId === undefined) return;
    const nowMs = this.clock.monotonicMs();
    let bucket = this.buckets.get(accountId);
    if (!bucket) this.buckets.set(accountId, (bucket = new TokenBucket(this.limits.bytes, nowMs)));
    bucket.spend(nowMs, bytes);
  }

  private hasRoom(nowMs: number): boolean {
    if (!this.space || nowMs - this.lookedAtMs < LOOK_MS) return this.isRoomLeft;
    this.lookedAtMs = nowMs;
    const { freeBytes, totalBytes } = this.space();
    return (this.isRoomLeft = freeBytes >= Math.min(this.limits.reserveBytes, totalBytes * this.limits.reserveOfDisk));
  }
}
