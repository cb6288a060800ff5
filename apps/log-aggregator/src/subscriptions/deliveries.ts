import type { Bus } from '#lib/messaging';
import { toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { type Clock, type Logger, pauseAfter, type PostOutcome, type Random } from '#lib/platform';
import { parseDestination } from '../domain/destination.js';
import type { SubscriptionFilter } from '../domain/model.js';
import type { LoggingState } from '../domain/state.js';
import { type Batch, payloadOf } from './payload.js';
import type { SubscriptionMetrics } from './subscription-metrics.js';

export interface DeliveryDeps {
  readonly state: Pick<LoggingState, 'subscriptionFilters'>;
  readonly bus: Pick<Bus, 'publish'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: SubscriptionMetrics;
  readonly post: (url: string, payload: object, signal: AbortSignal) => Promise<PostOutcome>;
}

/** Of one filter, and of all: what waits for a destination that is slow or away. */
const MOST_BYTES_OF_FILTER = 8 * 1024 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 32;
const PAUSES = { firstMs: 500, longestMs: 30_000 };

interface Queue {
  readonly key: string;
  readonly batches: Batch[];
  bytes: number;
  failures: number;
}

/** `retry`: what is wrong may pass. `refused`: it will not. */
type Outcome = { readonly is: 'delivered' } | { readonly is: 'retry' | 'refused'; readonly why: string };

/** What subscription filters have selected, on its way to where it goes: each filter's in order, one at a time, again while its destination is away. */
export class Deliveries {
  private readonly queues = new Map<string, Queue>();
  private bytes = 0;
  private readonly waiting: Queue[] = [];
  private underWay = 0;
  private readonly stopping = new AbortController();

  constructor(private readonly deps: DeliveryDeps) {}

  add(key: string, batch: Batch): void {
    const queue = this.queues.get(key) ?? { key, batches: [], bytes: 0, failures: 0 };
    if (queue.bytes + batch.bytes > MOST_BYTES_OF_FILTER || this.bytes + batch.bytes > MOST_BYTES)
      return this.deps.metrics.ended('no-room', batch.events.length);
    this.queues.set(key, queue);
    queue.batches.push(batch);
    queue.bytes += batch.bytes;
    this.bytes += batch.bytes;
    if (queue.batches.length === 1) this.makeReady(queue);
  }

  /** What is under way is broken off: nothing of it is kept anywhere. */
  stop(): void {
    this.stopping.abort();
    for (const { batches } of this.queues.values())
      for (const { events } of batches) this.deps.metrics.ended('stopped', events.length);
  }

  private makeReady(queue: Queue): void {
    this.waiting.push(queue);
    this.startWaiting();
  }

  private startWaiting(): void {
    while (this.underWay < AT_ONCE && this.waiting.length > 0 && !this.stopping.signal.aborted) {
      this.underWay++;
      const queue = this.waiting.shift()!;
      void this.deliverFirst(queue).finally(() => {
        this.underWay--;
        this.startWaiting();
      });
    }
  }

  private async deliverFirst(queue: Queue): Promise<void> {
    const { state, clock, random, logger, metrics } = this.deps;
    const { signal } = this.stopping;
    const filter = state.subscriptionFilters.get(queue.key);
    const [batch] = queue.batches as [Batch];
    const outcome: Outcome = filter ? await this.deliver(filter, batch) : { is: 'refused', why: 'the filter was deleted' };
    if (signal.aborted) return;
    if (outcome.is === 'retry') {
      const of = { group: filter!.group, filter: filter!.name };
      if (queue.failures++ === 0)
        logger.warn({ ...of, why: outcome.why }, 'a subscription filter cannot deliver; it tries again');
      // Shortened by up to a half, so that what failed together does not come back together.
      const pauseMs = pauseAfter(PAUSES, queue.failures - 1) * (0.5 + random.next() / 2);
      clock.after(pauseMs, () => this.makeReady(queue));
      return;
    }
    if (outcome.is === 'refused')
      logger.warn(
        { filter: queue.key, why: outcome.why, events: batch.events.length },
        'lines of a subscription filter are dropped',
      );
    metrics.ended(outcome.is, batch.events.length);
    queue.failures = 0;
    queue.batches.shift();
    queue.bytes -= batch.bytes;
    this.bytes -= batch.bytes;
    if (queue.batches.length > 0) this.makeReady(queue);
    else this.queues.delete(queue.key);
  }

  private async deliver(filter: SubscriptionFilter, batch: Batch): Promise<Outcome> {
    const destination = parseDestination(filter.destinationArn);
    const payload = await payloadOf(filter, batch);
    if ('natsName' in destination) return this.publish(filter, destination.natsName, payload);
    const answer = await this.deps.post(destination.url, payload, this.stopping.signal);
    if ('none' in answer) return { is: 'retry', why: answer.none };
    if (answer.status >= 200 && answer.status < 300) return { is: 'delivered' };
    const why = `its destination answers ${answer.status}`;
    return { is: answer.status === 429 || answer.status >= 500 ? 'retry' : 'refused', why };
  }

  /** At most once, to whoever listens. */
  private publish(filter: SubscriptionFilter, name: string, payload: object): Outcome {
    try {
      this.deps.bus.publish(subjects.logSubscription(filter, name), toJson(payload));
      return { is: 'delivered' };
    } catch (error) {
      // The connection drains or is closed: this process ends, or begins anew.
      return { is: 'retry', why: (error as Error).message };
    }
  }
}
