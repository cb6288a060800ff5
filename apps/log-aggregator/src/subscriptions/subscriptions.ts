import { partitionOf } from '#lib/logs';
import { Periodic } from '#lib/platform';
import { compileFilterPattern } from '../domain/filter-pattern/compile.js';
import type { Filter } from '../domain/filter-pattern/filter.js';
import type { SubscriptionFilter } from '../domain/model.js';
import { filterKey, groupKey, type LoggingState } from '../domain/state.js';
import { eventId } from '../events/positions.js';
import type { LineFeed, TakenLines } from '../live/line-feed.js';
import { Deliveries, type DeliveryDeps } from './deliveries.js';
import type { SubscribedEvent } from './payload.js';

/** Lines wait for others of their stream: so long, or until they are so much. */
const GATHER_MS = 500;
const BATCH_BYTES = 256 * 1024;

interface Gathering {
  readonly key: string;
  readonly logStream: string;
  events: SubscribedEvent[];
  bytes: number;
}

interface Compiled {
  readonly matches: Filter['matches'];
  readonly fields?: (message: string) => Readonly<Record<string, string>>;
}

/** Subscription filters: what they select of the lines as they are taken, to their destinations. */
export class Subscriptions {
  private readonly gathering = new Map<string, Gathering>();
  private readonly compiled = new WeakMap<SubscriptionFilter, Compiled>();
  private readonly deliveries: Deliveries;
  private readonly rounds: Periodic;
  private taken = 0;

  constructor(private readonly deps: DeliveryDeps & { readonly state: LoggingState }) {
    this.deliveries = new Deliveries(deps);
    this.rounds = new Periodic(deps.clock, GATHER_MS, async () => this.flush(), { first: 'after-interval' });
  }

  follow(feed: LineFeed): void {
    feed.onTaken((taken) => this.take(taken));
    this.rounds.start();
  }

  stop(): void {
    this.rounds.stop();
    this.flush();
    this.deliveries.stop();
  }

  private take({ group: ref, stream: streamId, ingestedAt, events }: TakenLines): void {
    const { state } = this.deps;
    if (state.subscriptionFilters.size === 0) return;
    const [group] = state.groups.by('id', ref.id);
    const [stream] = state.streams.by('id', streamId);
    if (!group || !stream || partitionOf({ ...group, logGroup: group.name }) !== ref.partition) return;
    for (const filter of state.subscriptionFilters.by('group', groupKey(group, group.name))) {
      const { matches, fields } = this.compile(filter);
      for (const { timestamp, message } of events) {
        if (!matches(message)) continue;
        const id = eventId({ timestamp, run: ingestedAt, index: this.taken++ });
        const extracted = fields ? { extractedFields: fields(message) } : {};
        this.gather(filterKey(filter, filter.group, filter.name), stream.name, { id, timestamp, message, ...extracted });
      }
    }
  }

  private gather(key: string, logStream: string, event: SubscribedEvent): void {
    const place = `${key} ${logStream}`;
    let gathering = this.gathering.get(place);
    if (!gathering) this.gathering.set(place, (gathering = { key, logStream, events: [], bytes: 0 }));
    gathering.events.push(event);
    gathering.bytes += event.message.length + 128;
    if (gathering.bytes < BATCH_BYTES) return;
    this.gathering.delete(place);
    this.deliveries.add(key, gathering);
  }

  private flush(): void {
    for (const [place, gathering] of this.gathering) {
      this.gathering.delete(place);
      this.deliveries.add(gathering.key, gathering);
    }
  }

  /** A filter that is put anew is another object. */
  private compile(filter: SubscriptionFilter): Compiled {
    const known = this.compiled.get(filter);
    if (known) return known;
    const { matches, values } = compileFilterPattern(filter.pattern);
    const isOfColumns = filter.pattern.trim().startsWith('[');
    const fields = (message: string) =>
      Object.fromEntries(Object.entries(values!(message)).map(([name, value]) => [name.replace(/^\$/, ''), value]));
    const compiled = { matches, ...(isOfColumns && values ? { fields } : {}) };
    this.compiled.set(filter, compiled);
    return compiled;
  }
}
