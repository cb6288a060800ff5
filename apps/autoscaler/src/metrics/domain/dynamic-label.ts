import type { Metric } from './metric.js';

/** What a label may speak of: a series, and the metric that it is of where it is one's. */
export interface LabelContext {
  /** What it would be called without one. */
  readonly label: string;
  /** From old to new. */
  readonly points: ReadonlyMap<number, number>;
  readonly periodMs: number;
  readonly accountId: string;
  readonly region: string;
  readonly of?: { readonly metric: Metric; readonly stat: string };
  readonly nowMs: number;
  /** East of UTC. */
  readonly offsetMs: number;
}

/** "You can use as many as six dynamic values in a label": the others stay as they were written. */
const MOST_VALUES = 6;
const NOTHING = '--';
const DYNAMIC = /\$\{(?:([A-Z_]+)|PROP\('([^']*)'\))\}/g;

export const isDynamic = (label: string): boolean => label.search(DYNAMIC) >= 0;

/** CloudWatch's dynamic labels: `${MAX}`, `${PROP('Dim.ServiceName')}`. What is no dynamic value stays as it was written. */
export function dynamicLabel(template: string, context: LabelContext): string {
  let left = MOST_VALUES;
  return template.replace(DYNAMIC, (written, live: string | undefined, property: string | undefined) => {
    const value = live === undefined ? propertyOf(property!, context) : LIVE[live]?.(seenOf(context), context);
    return value === undefined || left-- <= 0 ? written : value;
  });
}

type Point = readonly [atMs: number, value: number];
interface Seen {
  readonly points: readonly Point[];
  readonly first?: Point | undefined;
  readonly last?: Point | undefined;
  readonly least?: Point | undefined;
  readonly most?: Point | undefined;
}

function seenOf({ points }: LabelContext): Seen {
  const all = [...points];
  const extreme = (isMore: (a: number, b: number) => boolean) =>
    all.reduce<Point | undefined>((found, one) => (found && !isMore(one[1], found[1]) ? found : one), undefined);
  return {
    points: all,
    first: all[0],
    last: all.at(-1),
    least: extreme((a, b) => a < b),
    most: extreme((a, b) => a > b),
  };
}

type Live = (seen: Seen, context: LabelContext) => string;
const ofPoint =
  (which: Exclude<keyof Seen, 'points'>, show: (point: Point, context: LabelContext) => string): Live =>
  (seen, context) => {
    const point = seen[which];
    return point ? show(point, context) : NOTHING;
  };
const between =
  (a: Exclude<keyof Seen, 'points'>, b: Exclude<keyof Seen, 'points'>, show: (a: Point, b: Point) => string): Live =>
  (seen) => {
    const [from, to] = [seen[a], seen[b]];
    return from && to ? show(from, to) : NOTHING;
  };

/** For each of the four points that a label may mean. */
const live = (name: string, which: Exclude<keyof Seen, 'points'>): Readonly<Record<string, Live>> => ({
  [name]: ofPoint(which, ([, value]) => number(value)),
  [`${name}_TIME`]: ofPoint(which, ([atMs], { offsetMs }) => time(atMs, offsetMs)),
  [`${name}_TIME_RELATIVE`]: ofPoint(which, ([atMs], { nowMs }) => span(nowMs - atMs)),
});

const LIVE: Readonly<Record<string, Live>> = {
  ...live('FIRST', 'first'),
  ...live('LAST', 'last'),
  ...live('MIN', 'least'),
  ...live('MAX', 'most'),
  AVG: ({ points }) => (points.length === 0 ? NOTHING : number(sum(points) / points.length)),
  SUM: ({ points }) => (points.length === 0 ? NOTHING : number(sum(points))),
  DATAPOINT_COUNT: ({ points }) => String(points.length),
  FIRST_LAST_RANGE: between('first', 'last', ([, a], [, b]) => number(Math.abs(b - a))),
  FIRST_LAST_TIME_RANGE: between('first', 'last', ([a], [b]) => span(b - a)),
  MIN_MAX_RANGE: between('least', 'most', ([, a], [, b]) => number(b - a)),
  MIN_MAX_TIME_RANGE: between('least', 'most', ([a], [b]) => span(b - a)),
  LABEL: (_seen, { label }) => label,
};

/** Of what is no metric itself (an expression's result) there are only the account, the region and the period. */
function propertyOf(name: string, { accountId, region, periodMs, of }: LabelContext): string | undefined {
  switch (name) {
    case 'AccountId':
    case 'AccountLabel':
      return accountId;
    case 'Region':
      return region;
    case 'Period':
      return String(periodMs / 1_000);
    case 'MetricName':
      return of?.metric.name ?? NOTHING;
    case 'Namespace':
      return of?.metric.namespace ?? NOTHING;
    case 'Stat':
      return of?.stat ?? NOTHING;
  }
  if (!name.startsWith('Dim.')) return undefined;
  return of?.metric.dimensions.find(({ Name }) => `Dim.${Name}` === name)?.Value ?? NOTHING;
}

const sum = (points: readonly Point[]): number => points.reduce((all, [, value]) => all + value, 0);
const number = (value: number): string => String(Number(value.toFixed(3)));

/** `2026-11-29 06:00:00 UTC`, or with the offset that LabelOptions asked for. */
function time(atMs: number, offsetMs: number): string {
  const local = new Date(atMs + offsetMs).toISOString().slice(0, 19).replace('T', ' ');
  if (offsetMs === 0) return `${local} UTC`;
  const minutes = Math.abs(offsetMs) / 60_000;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${local} ${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

/** `1d2h3m4s`, without what is zero. */
function span(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, unit]) => `${count}${unit}`)
      .join('') || '0s'
  );
}

/** LabelOptions' `Timezone`, "+0130"; undefined: it is none. */
export function offsetOf(timezone: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(timezone) ?? [];
  if (sign === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
