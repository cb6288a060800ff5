import { inboxPrefix } from '#lib/names';
import { createInbox, headers as natsHeaders, type NatsConnection } from '@nats-io/transport-node';

import type { Clock } from '#lib/platform';
import type { EventOutlet } from './event-publisher.js';

/** So many events a second are sent whether somebody listens or not. */
const UNASKED_PER_SECOND = 200;
/** How long "nobody listens" is believed. */
const UNHEARD_MS = 1_000;
const NO_RESPONDERS = 503;

/**
 * Events as NATS messages. To render and send each of a busy system's events would cost its writer a third of its throughput, and
 * mostly nobody listens. NATS tells: a message with a reply subject that nobody hears is answered by the server ("no
 * responders"). So the first events of every second are sent in any case, and the rest of a subject's only while it was not
 * said lately that nobody hears it. A listener that comes to a busy system misses a second at most.
 */
export class NatsEventOutlet implements EventOutlet {
  private readonly inbox: string;
  /** The reply subject's last token → the subject it is for. */
  private readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();
  /** Subject → when the server said that nobody hears it. */
  private readonly unheard = new Map<string, number>();
  private unasked = UNASKED_PER_SECOND;
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
        if (headers?.code === NO_RESPONDERS && name !== undefined) this.unheard.set(name, this.clock.monotonicMs());
      },
    });
  }

  wants(subject: string): boolean {
    const nowMs = this.clock.monotonicMs();
    const refill = ((nowMs - this.refilledAtMs) * UNASKED_PER_SECOND) / 1_000;
    this.unasked = Math.min(UNASKED_PER_SECOND, this.unasked + refill);
    this.refilledAtMs = nowMs;
    if (this.unasked >= 1) {
      this.unasked--;
      return true;
    }
    const unheardAtMs = this.unheard.get(subject);
    return unheardAtMs === undefined || nowMs - unheardAtMs >= UNHEARD_MS;
  }

  send(subject: string, id: string, payload: string): void {
    const headers = natsHeaders();
    headers.set('Nats-Msg-Id', id);
    this.connection.publish(subject, payload, { headers, reply: `${this.inbox}.${this.numberOf(subject)}` });
  }

  private numberOf(subject: string): number {
    const known = this.numbers.get(subject);
    if (known !== undefined) return known;
    const number = this.names.push(subject) - 1;
    this.numbers.set(subject, number);
    return number;
  }
}
