import type { Heartbeat } from '#lib/ecs/model';
import { parseAgentSubject } from '#lib/names';

/** Whose, and what it says. */
export interface Beat {
  readonly instanceId: string;
  readonly heartbeat: Heartbeat;
}

interface Kept extends Beat {
  readonly payload: Uint8Array;
}

/** More subjects than hosts can be: then all are read anew. */
const MOST_KEPT = 50_000;

/** Reads heartbeats: of one that says what the same host has said before, nothing but that it does. */
export class Beats {
  private readonly last = new Map<string, Kept>();

  /** Throws what `read` throws. */
  of(subject: string, payload: Uint8Array, read: () => Heartbeat): Beat {
    const last = this.last.get(subject);
    if (last && Buffer.compare(last.payload, payload) === 0) return last;
    const heartbeat = read();
    if (this.last.size >= MOST_KEPT) this.last.clear();
    // A copy: what came is a part of what was read from the socket, which it would keep whole.
    const beat = { instanceId: parseAgentSubject(subject).instanceId, heartbeat, payload: new Uint8Array(payload) };
    this.last.set(subject, beat);
    return beat;
  }
}
