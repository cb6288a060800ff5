import type { EcsState } from '#lib/ecs/model';
import type { Scope } from '#lib/kernel';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Clock } from '#lib/platform';
import { compileSearchQuery } from '../domain/search-query/compile.js';
import type { LogGroup, LogStream } from '../domain/model.js';
import { refusals } from '../domain/refusals.js';
import type { LoggingState } from '../domain/state.js';
import { answered } from '../events/answered.js';
import { formatPosition, parsePosition } from '../events/positions.js';
import { groupRef, keptFrom } from '../events/log-events.js';
import type { AllFeeds } from '../live/all-feeds.js';
import type { TakenLines } from '../live/line-feed.js';
import type { LogStore, Selection } from '../store/log-store.js';
import { binFor, MAX_BINS } from './bins.js';
import { type Meant, type MeantGroup, meantGroups, taskOfStream } from './meant-streams.js';
import { behind, type GlobalPosition, mergePages, type Order } from './order-of-groups.js';

export interface LogSearchDeps {
  readonly state: LoggingState;
  readonly ecs: EcsState;
  readonly store: LogStore;
  readonly feed: AllFeeds;
  readonly clock: Clock;
}

interface SearchInput extends Meant {
  readonly query?: string;
  /** Milliseconds, inclusive and exclusive. */
  readonly startTime?: number;
  readonly endTime?: number;
  readonly limit?: number;
  readonly nextToken?: string;
  readonly oldestFirst?: boolean;
  /** Of the counts; 0: none. */
  readonly binSeconds?: number;
}

interface TailInput extends Meant {
  readonly query?: string;
  readonly after?: string;
  readonly waitMs?: number;
}

const DEFAULT_LIMIT = 100;
const DEFAULT_SPAN_MS = 3_600_000;
const MAX_PAGE_BYTES = 1_048_576;
/** What one call looks at in all its groups: about half a second of a processor. */
const BUDGET_BYTES = 128 * 1024 * 1024;
/** Groups that are read at a time: the store has two readers. */
const AT_ONCE = 4;

/** Search beyond CloudWatch's: over groups, services, clusters and tasks, the newest first unless asked otherwise; and what comes, as it comes. */
export class LogSearch {
  constructor(private readonly deps: LogSearchDeps) {}

  search({ input, context }: ApiRequest<SearchInput>): Promise<ApiReply> {
    return answered(async () => {
      const { clock, store, feed } = this.deps;
      const { query = '', limit = DEFAULT_LIMIT, nextToken } = input;
      compileSearchQuery(query);
      const to = input.endTime ?? clock.now() + 1;
      const from = input.startTime ?? to - DEFAULT_SPAN_MS;
      if (from > to) throw refusals.invalid('startTime must not be later than endTime.');
      const binMs = binOf(input, from, to);
      const groups = this.meant(context, input);
      const order: Order = input.oldestFirst ? 'oldest first' : 'newest first';
      // A token is good for its own direction.
      const list = input.oldestFirst ? 'search forward' : 'search';
      const after = nextToken === undefined ? undefined : parseGlobal(nextToken, list);
      const cursor = await feed.cursor();
      const budgetBytes = BUDGET_BYTES / Math.max(1, groups.length);
      const selected = groups.map((meant) => ({ ...meant, selection: this.selection(meant, from, to, query, budgetBytes) }));
      const pages = await inTurns(selected, async ({ group, selection }) => ({
        group,
        page: await store.scan({
          ...selection,
          backward: order === 'newest first',
          limit,
          maxBytes: MAX_PAGE_BYTES,
          after: after && behind(after, group.id, order),
        }),
      }));
      const { events, next } = mergePages(pages, limit, order);
      const nameOf = this.names();
      return {
        events: events.flatMap(({ of, stream, timestamp, ingestedAt, message }) => {
          const named = nameOf(of, stream);
          return named ? [{ timestamp, ingestionTime: ingestedAt, message, ...named }] : [];
        }),
        // Where to look on: TailLogs goes on from there.
        cursor,
        ...(next ? { nextToken: formatGlobal(next, list) } : {}),
        ...(binMs > 0 ? await this.counted(selected, from, to, binMs) : {}),
      };
    });
  }

  tail({ input, context }: ApiRequest<TailInput>): Promise<ApiReply> {
    return answered(async () => {
      const { clock, feed } = this.deps;
      const filter = compileSearchQuery(input.query ?? '');
      // Who names what is not there is told at once.
      this.meant(context, input);
      if (input.after === undefined) return { events: [], cursor: await feed.cursor(), missed: false, caughtUp: true };
      const untilMs = clock.monotonicMs() + (input.waitMs ?? 0);
      let [after, missed] = [input.after, false];
      const interest = { accountId: context.accountId, region: context.region };
      for (;;) {
        const page = await feed.read(after, interest, Math.max(0, untilMs - clock.monotonicMs()));
        [after, missed] = [page.cursor, missed || page.missed];
        const events = page.taken.length > 0 ? this.matching(page.taken, context, input, filter.matches) : [];
        const isOver = clock.monotonicMs() >= untilMs;
        if (events.length > 0 || missed || isOver) {
          return { events, cursor: after, missed, caughtUp: page.taken.length === 0 };
        }
      }
    });
  }

  private matching(
    taken: readonly TakenLines[],
    context: ApiRequest['context'],
    input: TailInput,
    matches: (message: string) => boolean,
  ) {
    const meant = new Map(this.meant(context, input).map((one) => [one.group.id, one]));
    const nameOf = this.names();
    return taken.flatMap(({ group, stream, ingestedAt, events }) => {
      const of = meant.get(group.id);
      if (!of || of.streams?.has(stream) === false) return [];
      const named = nameOf(of.group, stream);
      if (!named) return [];
      return events
        .filter(({ message }) => matches(message))
        .map(({ timestamp, message }) => ({ timestamp, ingestionTime: ingestedAt, message, ...named }));
    });
  }

  private meant({ accountId, region }: ApiRequest['context'], meant: Meant): readonly MeantGroup[] {
    return meantGroups(this.deps.state, this.deps.ecs, { accountId, region } as Scope, meant);
  }

  private selection({ group, streams }: MeantGroup, from: number, to: number, query: string, budgetBytes: number): Selection {
    return {
      group: groupRef(group),
      ...(streams ? { streams: [...streams.keys()] } : {}),
      from: Math.max(from, keptFrom(group, this.deps.clock.now()) ?? 0),
      to,
      query,
      budgetBytes,
    };
  }

  /** A stream that was deleted has no name. */
  private names() {
    const known = new Map<string, LogStream | undefined>();
    return (group: LogGroup, id: string) => {
      if (!known.has(id)) known.set(id, [...this.deps.state.streams.by('id', id)][0]);
      const stream = known.get(id);
      return stream && { logGroup: group.name, logStream: stream.name, ...taskOfStream(stream.name) };
    };
  }

  private async counted(selected: readonly { readonly selection: Selection }[], from: number, to: number, binMs: number) {
    const bins = new Map<number, number>();
    let countedFrom = from;
    const counts = await inTurns(selected, ({ selection }) => this.deps.store.count({ ...selection, binMs }));
    for (const one of counts) {
      countedFrom = Math.max(countedFrom, one.countedFrom ?? from);
      for (const [bin, count] of Object.entries(one.bins)) bins.set(Number(bin), (bins.get(Number(bin)) ?? 0) + count);
    }
    const counted = [...bins].sort(([a], [b]) => a - b).map(([at, count]) => ({ from: at, count }));
    return { bins: counted, binSeconds: binMs / 1_000, ...(countedFrom > from ? { countedFrom } : {}), countedTo: to };
  }
}

function binOf({ binSeconds, nextToken }: SearchInput, from: number, to: number): number {
  if (binSeconds === undefined) return nextToken === undefined && to > from ? binFor(from, to) : 0;
  if (binSeconds > 0 && (to - from) / 1_000 / binSeconds > MAX_BINS)
    throw refusals.invalid(`That would be more than ${MAX_BINS} bins: give longer ones, or less time.`);
  return binSeconds * 1_000;
}

const formatGlobal = (place: GlobalPosition, list: string): string => `${place.group}.${formatPosition(place, list)}`;

function parseGlobal(token: string, list: string): GlobalPosition {
  const dot = token.lastIndexOf('.');
  return { ...parsePosition(token.slice(dot + 1), list), group: token.slice(0, Math.max(0, dot)) };
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  return results;
}
