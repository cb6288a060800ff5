import { Backoff, type Clock } from '#lib/platform';
import type { Bus } from './bus.js';
import { fromJson, toJson } from './json.js';
import type { CommandReply, CommandRequest } from './protocol.js';
import { type Actor, subjects } from '#lib/names';

/** How long one try waits for the writer (gateway 10 s > scheduler 8 s > writer 3 s). */
const TRY_TIMEOUT_MS = 3_000;
const PAUSES = { firstMs: 10, longestMs: 200 };

/** Sends a command until `deadlineAtMs` (monotonic). */
export type SendCommand = CommandSender['send'];

/** Sends commands of one actor to a journal's writer, wherever it is. */
export class CommandSender {
  constructor(
    private readonly bus: Bus,
    private readonly journal: string,
    private readonly actor: Actor,
    private readonly clock: Clock,
  ) {}

  /**
   * Tries until `deadlineAtMs` (monotonic ms), with the same command id: a command that was committed is answered from the
   * journal, so a try whose answer was lost is safe to repeat. `unavailable` means that it may or may not come true.
   */
  async send(name: string, request: CommandRequest, deadlineAtMs: number): Promise<CommandReply> {
    const subject = subjects.command(this.journal, this.actor, name);
    const payload = toJson(request);
    const backoff = new Backoff(this.clock, PAUSES);
    for (;;) {
      const leftMs = deadlineAtMs - this.clock.monotonicMs();
      if (leftMs <= 0) return { unavailable: `no writer answered for the ${this.journal} journal` };
      const outcome = await this.bus.request(subject, payload, { timeoutMs: Math.min(TRY_TIMEOUT_MS, leftMs) });
      if (outcome.outcome === 'reply') {
        const reply = fromJson(outcome.payload) as CommandReply;
        if (!('unavailable' in reply)) return reply;
      }
      await backoff.pause({ deadlineAtMs });
    }
  }
}
