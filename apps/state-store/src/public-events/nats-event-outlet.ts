import { inboxPrefix } from '#lib/names';
import { createInbox, headers as natsHeaders, type NatsConnection } from '@nats-io/transport-node';

import type { Clock } from '#lib/platform';
import type { EventOutlet } from './event-publisher.js';

/** So many events are sent whether somebody listens or not, and more of them as time goes by: a quiet system forgets nobody. */
const UNASKED = 200;
const UNASKED_PER_SECOND = 20;
/** How long it is believed whether somebody listens. */
const BELIEVED_MS = 1_000;
const NO_RESPONDERS = 503;

/**
 * Events as NATS messages. To render and send each of a busy system's events would cost its writer a third of its throughput, and
 * mostly nobody listens. NATS tells: a message with a reply subject that nobody hears is answered by the server ("no
 * responders"). So a subject's first event of every second is sent in any case, and the rest only when the server did not say
 * that nobody hears it. A listener that comes to a busy system misses a second at most.
 */
export class NatsEventOutlet implements EventOutlet {
  private readonly inbox: string;
  /** The reply subject's last token → the subject it is for. */
  private readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();
  /** Subject → when that was asked, and whether the server has said that nobody hears it. */
  private readonly asked = new Map<string, { readonly atMs: number; isUnheard: boolean }>();
  private unasked = UNASKED;
  private refilledAtMs: number;

  constructor(
    private readonly connection: NatsConnection,
    user: string,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {
    this.refilledAtMs = clock.monotonicMs();
    this.inbox = createInbox(inboxPrefix(user));
    connection.subscribe(`${this.inbox}.*`, {
      callback: (_error, { subject, headers }) => {
        const name = this.names[Number(subject.slice(this.inbox.length + 1))];
        const asked = name === undefined ? undefined : this.asked.get(name);
        if (headers?.code === NO_RESPONDERS && asked) asked.isUnheard = true;
      },
    });
  }

  wants(subject: string): boolean {
    const nowMs = this.clock.monotonicMs();
    if (!this.asked.get(subject)?.isUnheard || this.isToAsk(subject, nowMs)) return true;
    const refill = ((nowMs - this.refilledAtMs) * UNASKED_PER_SECOND) / 1_000;
    this.unasked = Math.min(UNASKED, this.unasked + refill);
    this.refilledAtMs = nowMs;
    if (this.unasked < 1) return false;
    this.unasked--;
    return true;
  }

  private isToAsk(subject: string, nowMs: number): boolean {
    const asked = this.asked.get(subject);
    return asked === undefined || nowMs - asked.atMs >= BELIEVED_MS;
  }

  send(subject: string, id: string, payload: string): Promise<void> | undefined {
    const nowMs = this.clock.monotonicMs();
    const asks = this.isToAsk(subject, nowMs);
    if (asks) this.asked.set(subject, { atMs: nowMs, isUnheard: false });
    const headers = natsHeaders();
    headers.set('Nats-Msg-Id', id);
    this.connection.publish(subject, payload, { headers, reply: `${this.inbox}.${this.numberOf(subject)}` });
    // What the server says comes in order: with this answer, that nobody hears the event would have come.
    return asks ? this.connection.flush() : undefined;
  }

  private numberOf(subject: string): number {
    const known = this.numbers.get(subject);
    if (known !== undefined) return known;
    const number = this.names.push(subject) - 1;
    this.numbers.set(subject, number);
    return number;
  }
}
