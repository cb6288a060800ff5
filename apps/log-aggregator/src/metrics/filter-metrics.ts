import { partitionOf } from '#lib/logs';
import type { Bus } from '#lib/messaging';
import type { LogMetric } from '#lib/metrics';
import { toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { type Clock, Periodic } from '#lib/platform';
import { compileFilterPattern } from '../domain/filter-pattern/compile.js';
import { compileValue } from '../domain/filter-pattern/named-value.js';
import type { MetricFilter, MetricTransformation } from '../domain/model.js';
import { groupKey, type LoggingState } from '../domain/state.js';
import type { LineFeed, TakenLines } from '../live/line-feed.js';

const MINUTE_MS = 60_000;
const PUBLISH_MS = 1_000;
/** Of one publication: a pattern that makes a dimension of each request would otherwise take all memory. */
const MAX_SERIES = 5_000;

interface Part {
  metric: LogMetric;
  readonly accountId: string;
  readonly region: string;
}

interface Compiled {
  readonly filter: MetricFilter;
  readonly matches: (message: string) => boolean;
  readonly transformations: readonly {
    readonly of: MetricTransformation;
    readonly value: (message: string) => string | undefined;
    readonly dimensions: readonly (readonly [name: string, value: (message: string) => string | undefined])[];
  }[];
}

/** Values of metric filters, from the lines as they are taken, told on NATS each second (docs/how-to/metrics-from-logs.md). */
export class FilterMetrics {
  private readonly parts = new Map<string, Part>();
  /** Minutes in which a filter's group had lines: those without a match have the default value. */
  private readonly quiet = new Map<string, { readonly compiled: Compiled; readonly minute: number; hasMatch: boolean }>();
  private readonly compiled = new WeakMap<MetricFilter, Compiled>();
  private readonly rounds: Periodic;
  /** How many values had no room. */
  dropped = 0;

  constructor(private readonly deps: { readonly state: LoggingState; readonly bus: Bus; readonly clock: Clock }) {
    this.rounds = new Periodic(deps.clock, PUBLISH_MS, async () => this.publish(), { first: 'after-interval' });
  }

  follow(feed: LineFeed): void {
    feed.onTaken((taken) => this.take(taken));
    this.rounds.start();
  }

  stop(): void {
    this.rounds.stop();
    this.publish(true);
  }

  private take({ group: ref, events }: TakenLines): void {
    const { state } = this.deps;
    if (state.metricFilters.size === 0) return;
    const [group] = state.groups.by('id', ref.id);
    if (!group || partitionOf({ ...group, logGroup: group.name }) !== ref.partition) return;
    for (const filter of state.metricFilters.by('group', groupKey(group, group.name))) {
      const compiled = this.compile(filter);
      for (const { timestamp, message } of events) {
        const minute = Math.floor(timestamp / MINUTE_MS) * MINUTE_MS;
        const isMatch = compiled.matches(message);
        this.note(compiled, minute, isMatch);
        if (isMatch) this.addAll(compiled, minute, message);
      }
    }
  }

  private addAll({ filter, transformations }: Compiled, minute: number, message: string): void {
    for (const { of, value, dimensions } of transformations) {
      const number = Number(value(message) ?? NaN);
      // As on AWS: without a number, or one of its dimensions, a line is no part of the metric.
      const named = dimensions.map(([name, at]) => [name, at(message)] as const);
      if (!Number.isFinite(number) || named.some(([, at]) => at === undefined)) continue;
      this.add(filter, of, minute, number, Object.fromEntries(named) as Record<string, string>);
    }
  }

  private add(
    { accountId, region }: MetricFilter,
    { metricNamespace: namespace, metricName, unit = 'None' }: MetricTransformation,
    timestamp: number,
    value: number,
    dimensions: Readonly<Record<string, string>>,
  ): void {
    const key = JSON.stringify([accountId, region, namespace, metricName, unit, timestamp, dimensions]);
    const part = this.parts.get(key);
    if (part) {
      const { sampleCount, sum, minimum, maximum } = part.metric;
      const more = { sampleCount: sampleCount + 1, sum: sum + value };
      part.metric = { ...part.metric, ...more, minimum: Math.min(minimum, value), maximum: Math.max(maximum, value) };
      return;
    }
    if (this.parts.size >= MAX_SERIES) return void this.dropped++;
    const first = { sampleCount: 1, sum: value, minimum: value, maximum: value };
    this.parts.set(key, { accountId, region, metric: { v: 1, namespace, metricName, dimensions, unit, timestamp, ...first } });
  }

  private note(compiled: Compiled, minute: number, isMatch: boolean): void {
    if (!compiled.transformations.some(({ of }) => of.defaultValue !== undefined)) return;
    const key = `${groupKey(compiled.filter, compiled.filter.group)}:${compiled.filter.name} ${minute}`;
    const known = this.quiet.get(key);
    if (known) known.hasMatch ||= isMatch;
    else if (this.quiet.size < MAX_SERIES) this.quiet.set(key, { compiled, minute, hasMatch: isMatch });
  }

  /** `all`: of minutes that are not over, too. */
  private publish(all = false): void {
    const now = this.deps.clock.now();
    for (const [key, { compiled, minute, hasMatch }] of this.quiet) {
      if (!all && now < minute + MINUTE_MS) continue;
      this.quiet.delete(key);
      if (hasMatch) continue;
      for (const { of } of compiled.transformations)
        if (of.defaultValue !== undefined) this.add(compiled.filter, of, minute, of.defaultValue, {});
    }
    for (const { accountId, region, metric } of this.parts.values())
      this.deps.bus.publish(subjects.logMetrics({ accountId, region }), toJson(metric));
    this.parts.clear();
  }

  /** A filter that is put anew is another object. */
  private compile(filter: MetricFilter): Compiled {
    const known = this.compiled.get(filter);
    if (known) return known;
    const pattern = compileFilterPattern(filter.pattern);
    const transformations = filter.transformations.map((of) => ({
      of,
      value: compileValue(of.metricValue, pattern),
      dimensions: Object.entries(of.dimensions ?? {}).map(([name, value]) => [name, compileValue(value, pattern)] as const),
    }));
    const compiled = { filter, matches: pattern.matches, transformations };
    this.compiled.set(filter, compiled);
    return compiled;
  }
}
