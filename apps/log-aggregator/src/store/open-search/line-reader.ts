import { EVERYTHING, type Filter } from '../../domain/filter-pattern/filter.js';
import type { StreamTimes } from '../../domain/streams.js';
import type { Counting, Counts, GroupRef, Page, Position, Scan, Selection, StoredEvent } from '../log-store.js';
import { binOf, filterOf } from '../selected.js';
import type { SearchConnection } from './connection.js';
import type { LineDocument } from './layout.js';
import { byKeyword, type Clause, histogram, inOrder, searchAfter, selected } from './queries.js';

/** Of one answer: the next one is asked for by what lines of this selection were long. */
const ANSWER_BYTES = 4 * 1024 * 1024;
const FIRST_HITS = 100;
const MOST_HITS = 1_000;

interface Hit {
  readonly _source: LineDocument;
}

interface SearchAnswer {
  readonly hits: { readonly total?: { readonly value: number }; readonly hits: readonly Hit[] };
  readonly aggregations?: {
    readonly bins?: { readonly buckets: readonly { readonly key: number; readonly doc_count: number }[] };
    readonly values?: { readonly after_key?: Record<string, string>; readonly buckets: readonly Bucket[] };
  };
}

interface Bucket {
  readonly key: Readonly<Record<string, string>>;
  readonly first?: { readonly value: number };
  readonly last?: { readonly value: number };
  readonly ingested?: { readonly value: number };
  readonly bytes?: { readonly value: number };
}

/** Finds lines: the server's index says where they can be, the messages are looked at here, so every store finds the same. */
export class LineReader {
  constructor(
    private readonly connection: SearchConnection,
    /** The indexes with lines. */
    private readonly indexes: string,
  ) {}

  async scan(scan: Scan, signal?: AbortSignal): Promise<Page> {
    const { limit, maxBytes, budgetBytes } = scan;
    const filter = filterOf(scan);
    const events: StoredEvent[] = [];
    let [bytes, looked] = [0, 0];
    let last: Position | undefined;
    for await (const hits of this.hits(scan, filter, scan, signal)) {
      for (const { _source: line } of hits) {
        looked += line.bytes;
        if (filter.matches(line.message)) {
          bytes += line.bytes;
          if (events.length >= limit || (events.length > 0 && bytes > maxBytes))
            return { events, next: positionIn(events.at(-1)!) };
          events.push(eventOf(line));
        }
        last = positionIn(eventOf(line));
      }
      if (looked >= budgetBytes) return { events, next: last! };
    }
    return { events };
  }

  async count(counting: Counting, signal?: AbortSignal): Promise<Counts> {
    const filter = filterOf(counting);
    if (filter === EVERYTHING) return this.countAll(counting, signal);
    const bins: Record<number, number> = {};
    let [looked, last] = [0, 0];
    for await (const hits of this.hits(counting, filter, { backward: true }, signal)) {
      for (const { _source: line } of hits) {
        looked += line.bytes;
        last = line['@timestamp'];
        if (!filter.matches(line.message)) continue;
        const bin = binOf(last, counting.binMs);
        bins[bin] = (bins[bin] ?? 0) + 1;
      }
      if (looked >= counting.budgetBytes) return { bins, countedFrom: last + 1 };
    }
    return { bins };
  }

  private async countAll(counting: Counting, signal: AbortSignal | undefined): Promise<Counts> {
    const query = selected(counting, EVERYTHING);
    const [first, last] = [counting.from, counting.to - 1].map((time) => binOf(time, counting.binMs)) as [number, number];
    if (first === last) {
      const { hits } = await this.search({ size: 0, query, track_total_hits: true }, signal);
      const total = hits.total?.value ?? 0;
      return { bins: total > 0 ? { [first]: total } : {} };
    }
    const { aggregations } = await this.search(
      { size: 0, query, aggs: histogram(counting.binMs), track_total_hits: false },
      signal,
    );
    const buckets = aggregations?.bins?.buckets ?? [];
    return { bins: Object.fromEntries(buckets.map(({ key, doc_count: count }) => [key, count])) };
  }

  /** Every event that may be meant, in order, as many at a time as are easily held. */
  private async *hits(
    selection: Selection,
    filter: Filter,
    { backward, after: begin }: Pick<Scan, 'backward' | 'after'>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly Hit[], void, undefined> {
    const query = selected(selection, filter);
    let after = begin;
    for (let size = FIRST_HITS; ;) {
      const { hits } = await this.search(
        {
          size,
          query,
          sort: inOrder(backward),
          track_total_hits: false,
          ...(after ? { search_after: searchAfter(after) } : {}),
        },
        signal,
      );
      const found = hits.hits;
      if (found.length > 0) yield found;
      if (found.length < size) return;
      after = positionIn(eventOf(found.at(-1)!._source));
      const mean = found.reduce((sum, { _source }) => sum + _source.bytes + 128, 0) / found.length;
      size = Math.max(1, Math.min(MOST_HITS, Math.floor(ANSWER_BYTES / mean)));
    }
  }

  async streamTimes(group: GroupRef): Promise<Readonly<Record<string, StreamTimes>>> {
    const aggs = {
      first: { min: { field: '@timestamp' } },
      last: { max: { field: '@timestamp' } },
      ingested: { max: { field: 'ingested' } },
    };
    const streams = await this.buckets('stream', aggs, { bool: { filter: [{ term: { group: { value: group.id } } }] } });
    return Object.fromEntries(
      streams.map(({ key, first, last, ingested }) => [
        key.stream,
        { firstEventTimestamp: first!.value, lastEventTimestamp: last!.value, lastIngestionTime: ingested!.value },
      ]),
    );
  }

  /** Bytes of messages by group id. */
  async sizes(): Promise<Readonly<Record<string, number>>> {
    const groups = await this.buckets('group', { bytes: { sum: { field: 'bytes' } } }, { match_all: {} });
    return Object.fromEntries(groups.map(({ key, bytes }) => [key.group, bytes!.value]));
  }

  private async buckets(
    field: 'group' | 'stream',
    aggs: Readonly<Record<string, Clause>>,
    query: Clause,
  ): Promise<readonly Bucket[]> {
    const all: Bucket[] = [];
    let after: Record<string, string> | undefined;
    do {
      const answer = await this.search({ size: 0, query, track_total_hits: false, aggs: byKeyword(field, aggs, after) });
      const values = answer.aggregations?.values;
      all.push(...(values?.buckets ?? []));
      after = values?.after_key;
    } while (after);
    return all;
  }

  private async search(body: object, signal?: AbortSignal): Promise<SearchAnswer> {
    const answer = await this.connection.request<SearchAnswer>({
      method: 'POST',
      path: [this.indexes, '_search'],
      // A part of the lines is no answer.
      query: { allow_partial_search_results: false },
      body,
      ...(signal ? { signal } : {}),
    });
    return answer.body;
  }
}

const eventOf = ({ '@timestamp': timestamp, run, index, message, ingested: ingestedAt, stream }: LineDocument): StoredEvent => ({
  timestamp,
  run,
  index,
  message,
  ingestedAt,
  stream,
});

const positionIn = ({ timestamp, run, index }: Position): Position => ({ timestamp, run, index });
