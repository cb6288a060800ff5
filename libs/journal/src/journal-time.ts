import type { Clock } from '#lib/platform';

/** A wall clock that is set by more than this is not believed at once. */
const BELIEVED_STEP_MS = 2 * 60_000;
/** …but when it still says so after this long. */
const BELIEVED_AFTER_MS = 5 * 60_000;
/** Of the time that passes, the part by which a journal that is ahead lets the wall clock catch up. */
const CATCH_UP = 0.1;

interface Anchor {
  readonly wallMs: number;
  readonly elapsedMs: number;
}

/**
 * A journal's own time. Commits' `at` only rises, so one commit with the time of a wrongly set clock would date every later one;
 * and deadlines in the state are `at` plus a length, so they have to be compared with the same time, not with a wall clock that
 * may be a day behind it.
 *
 * It is the wall clock as long as that goes on as steadily as the machine does. A clock that jumps ahead is believed when it has
 * said so for minutes; until then time goes on from where it was. When the journal is ahead of the wall clock (it was written
 * with a wrong one), its time goes on from its last commit, a little slower than time does until the wall clock has caught up:
 * no deadline takes more than a ninth longer than its length.
 */
export class JournalTime {
  /** Told when a clock that jumped is not believed, and when it is. */
  onJump: ((aheadMs: number, isBelieved: boolean) => void) | undefined;
  private trusted: Anchor;
  private jumpedSinceMs: number | undefined;
  private ahead: { readonly byMs: number; readonly sinceMs: number } = { byMs: 0, sinceMs: 0 };

  constructor(private readonly clock: Clock) {
    this.trusted = { wallMs: clock.now(), elapsedMs: this.elapsedMs() };
  }

  /** Milliseconds since the epoch, never before `lastAtMs`, the journal's last commit. */
  nowMs(lastAtMs: number): number {
    const elapsedMs = this.elapsedMs();
    const steadyMs = this.steadyMs(elapsedMs);
    let aheadMs = this.ahead.byMs - CATCH_UP * (elapsedMs - this.ahead.sinceMs);
    if (lastAtMs > steadyMs + Math.max(0, aheadMs)) {
      aheadMs = lastAtMs - steadyMs;
      this.ahead = { byMs: aheadMs, sinceMs: elapsedMs };
    }
    return Math.max(lastAtMs, Math.floor(steadyMs + Math.max(0, aheadMs)));
  }

  /** By how much the journal's time is ahead of the wall clock; negative while a jump ahead is not believed. */
  aheadMs(lastAtMs: number): number {
    return this.nowMs(lastAtMs) - this.clock.now();
  }

  private steadyMs(elapsedMs: number): number {
    const wallMs = this.clock.now();
    const expectedMs = this.trusted.wallMs + (elapsedMs - this.trusted.elapsedMs);
    const jumpMs = wallMs - expectedMs;
    if (jumpMs > BELIEVED_STEP_MS) {
      if (this.jumpedSinceMs === undefined) {
        this.jumpedSinceMs = elapsedMs;
        this.onJump?.(jumpMs, false);
      }
      if (elapsedMs - this.jumpedSinceMs < BELIEVED_AFTER_MS) return expectedMs;
      this.onJump?.(jumpMs, true);
    }
    this.jumpedSinceMs = undefined;
    this.trusted = { wallMs, elapsedMs };
    return wallMs;
  }

  /** With the machine's sleep, where the clock knows of it: a laptop that wakes up has not been set wrong. */
  private elapsedMs(): number {
    return this.clock.sinceBootMs?.() ?? this.clock.monotonicMs();
  }
}
