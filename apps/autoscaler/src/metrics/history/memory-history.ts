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
        of.set(row.atMs, larger(of.get(row.atMs), row));
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

/** Of two that are the same row, each number is the larger one. */
function larger(a: HistoryRow | undefined, b: HistoryRow): HistoryRow {
  if (!a) return b;
  const values =
    a.values && b.values ? mapped(a.values, (value, part) => Math.max(value, b.values![part])) : (a.values ?? b.values);
  const counts = new Map<number, number>();
  for (const bins of [a.bins ?? [], b.bins ?? []])
    for (let at = 0; at < bins.length; at += 2) counts.set(bins[at]!, Math.max(counts.get(bins[at]!) ?? 0, bins[at + 1]!));
  const bins = [...counts].sort(([one], [other]) => one - other).flat();
  return { ...a, ...(values ? { values } : {}), ...(bins.length > 0 ? { bins } : {}) };
}

const mapped = (
  { sum, count, min, max }: NonNullable<HistoryRow['values']>,
  of: (value: number, part: 'sum' | 'count' | 'min' | 'max') => number,
) => ({ sum: of(sum, 'sum'), count: of(count, 'count'), min: of(min, 'min'), max: of(max, 'max') });

const each = <A, B>(all: ById<A>, of: (one: A) => B): ById<B> =>
  new Map([...all].map(([id, periods]) => [id, new Map([...periods].map(([at, one]) => [at, of(one)]))]));
