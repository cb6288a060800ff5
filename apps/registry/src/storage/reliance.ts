import type { Clock } from '#lib/platform';

const DIGEST = /sha256:[0-9a-f]{64}/g;

/**
 * What clients were told of, or told us of, not long ago: whoever heard that a layer is there sends it no more, and names it in a manifest
 * later. Kept in memory, because it only has to outlive pushes that are under way.
 */
export class Reliance {
  private readonly sinceMs = new Map<string, number>();
  private readonly startedAtMs: number;

  constructor(
    private readonly clock: Clock,
    /** Longer than any push. */
    readonly lastsMs: number,
  ) {
    this.startedAtMs = clock.monotonicMs();
  }

  /** Whatever digests are in the text. */
  note(text: string): void {
    const nowMs = this.clock.monotonicMs();
    for (const [digest] of text.matchAll(DIGEST)) {
      // Again at the end, so that the oldest are first.
      this.sinceMs.delete(digest);
      this.sinceMs.set(digest, nowMs);
    }
    for (const [digest, noted] of this.sinceMs) {
      if (nowMs - noted < this.lastsMs) break;
      this.sinceMs.delete(digest);
    }
  }

  has(digest: string): boolean {
    const noted = this.sinceMs.get(digest);
    return noted !== undefined && this.clock.monotonicMs() - noted < this.lastsMs;
  }

  /** What an earlier process was asked is not known here: until then everything counts as relied on. */
  get isWhole(): boolean {
    return this.clock.monotonicMs() - this.startedAtMs >= this.lastsMs;
  }
}
