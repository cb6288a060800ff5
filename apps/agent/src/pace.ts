import { HEARTBEAT_INTERVAL_MS, INTERVAL_HELD_MS, SAID_BEFORE_SLOWER } from '#lib/ecs/model';

/** A quarter of the time for which an answer counts: three may be lost. */
const ASK_EVERY_MS = INTERVAL_HELD_MS / 4;

/**
 * How often an agent's heartbeats come. It asks now and then, and promises in each heartbeat what it will keep to: sooner at once,
 * later only when it has said so several times. So whoever judges it needs nothing but what it has said. Pure: instants are given (monotonic ms).
 */
export class Pace {
  private toldMs = HEARTBEAT_INTERVAL_MS;
  private toldAt = -Infinity;
  private askedAt = -Infinity;
  private timesSaid = 0;
  private pauseMs = HEARTBEAT_INTERVAL_MS;

  /** What the next heartbeat promises. */
  promisedMs = HEARTBEAT_INTERVAL_MS;

  told(everyMs: number, now: number): void {
    this.toldMs = everyMs;
    this.toldAt = now;
  }

  /** Before each heartbeat; whether it asks. */
  next(now: number): boolean {
    const wantedMs = now - this.toldAt < INTERVAL_HELD_MS ? this.toldMs : HEARTBEAT_INTERVAL_MS;
    if (wantedMs !== this.promisedMs) {
      this.promisedMs = wantedMs;
      this.timesSaid = 0;
    }
    const asks = now - this.askedAt >= ASK_EVERY_MS;
    if (asks) this.askedAt = now;
    return asks;
  }

  /** After each: how long until the next one. */
  said(): number {
    this.timesSaid++;
    if (this.promisedMs < this.pauseMs || this.timesSaid >= SAID_BEFORE_SLOWER) this.pauseMs = this.promisedMs;
    return this.pauseMs;
  }
}
