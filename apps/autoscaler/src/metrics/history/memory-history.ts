import { type Bins, mergedBins } from '../domain/bins.js';
import { type Extremes, merged, type Summary, type Sums } from '../domain/summary.js';
import type { ById, HistoryRange, HistoryRow, MetricHistory, SearchAnswer, SeenSeries } from './metric-history.js';
import { HistoryUnavailable } from './metric-history.js';

/** History in memory, for tests and simulation: what the others have to be like. It has no PromQL. */
export class MemoryHistory implements MetricHistory {
  private readonly rows = new Map<string, Map<number, HistoryRow>>();
  private readonly known = new Map<string, SeenSeries>();
  /** Set: it is away. */
  away = false;
  /** What it says of its run. */
  run: string | undefined;

  life(): Promise<string | undefined> {
    return this.answer(() => this.run);
  }

  write(rows: readonly HistoryRow[], seen: readonly SeenSeries[]): Promise<void> {
    return this.answer(() => {
      for (const row of rows) {
        const { id } = row.series;
        const of = this.rows.get(id) ?? new Map<number, HistoryRow>();
        of.set(row.atMs, { ...of.get(row.atMs), ...row });
        this.rows.set(id, of);
      }
      for (const one of seen) this.known.set(one.series.id, one);
    });
  }

  settle(): Promise<void> {
    return this.answer(() => undefined);
  }

  async sums(ids: readonly string[], range: HistoryRange): Promise<ById<Sums>> {
    return each(await this.summaries(ids, range), ({ sum, count }) => ({ sum, count }));
  }

  async extremes(ids: readonly string[], range: HistoryRange): Promise<ById<Extremes>> {
    return each(await this.summaries(ids, range), ({ min, max }) => ({ min, max }));
  }

  bins(ids: readonly string[], range: HistoryRange): Promise<ById<Bins>> {
    return this.answer(() =>
      this.perPeriod(ids, range, (found: Bins | undefined, { bins }) =>
        found && bins ? mergedBins(found, bins) : (bins ?? found),
      ),
    );
  }

  seen(): Promise<readonly SeenSeries[]> {
    return this.answer(() => [...this.known.values()]);
  }

  search(): Promise<SearchAnswer> {
    return Promise.reject(new HistoryUnavailable('History in memory has no PromQL.'));
  }

  private summaries(ids: readonly string[], range: HistoryRange): Promise<ById<Summary>> {
    return this.answer(() =>
      this.perPeriod(ids, range, (found, { values }: HistoryRow) =>
        found && values ? merged(found, values) : (values ?? found),
      ),
    );
  }

  private async answer<T>(read: () => T): Promise<T> {
    await Promise.resolve();
    if (this.away) throw new HistoryUnavailable('The store of metrics is away.');
    return read();
  }

  private perPeriod<T>(
    ids: readonly string[],
    { startMs, endMs, periodMs }: HistoryRange,
    add: (found: T | undefined, row: HistoryRow) => T | undefined,
  ): ById<T> {
    const result = new Map<string, Map<number, T>>();
    for (const id of ids) {
      const periods = new Map<number, T>();
      for (const [atMs, row] of [...(this.rows.get(id) ?? [])].sort(([a], [b]) => a - b)) {
        const startsAtMs = startMs + Math.floor((atMs - startMs) / periodMs) * periodMs;
        if (startsAtMs < startMs || startsAtMs >= endMs) continue;
        const sum = add(periods.get(startsAtMs), row);
        if (sum !== undefined) periods.set(startsAtMs, sum);
      }
      if (periods.size > 0) result.set(id, periods);
    }
    return result;
  }
}

const each = <A, B>(all: ById<A>, of: (one: A) => B): ById<B> =>
  new Map([...all].map(([id, periods]) => [id, new Map([...periods].map(([at, one]) => [at, of(one)]))]));
