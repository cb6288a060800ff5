import type { Metric } from '../metric.js';

/** What expressions are of: the docs' S, TS and TS[], and what only stands as an argument. */
export type Value = Scalar | Series | SeriesList | Text | Word;

export interface Scalar {
  readonly kind: 'scalar';
  readonly value: number;
}
export interface Series {
  readonly kind: 'series';
  readonly label: string;
  readonly periodMs: number;
  /** By the beginning of their periods, from old to new. None is NaN or infinite: such a point is left out, as AWS does. */
  readonly points: ReadonlyMap<number, number>;
  /** The metric's own, and no expression's on it. */
  readonly of?: { readonly metric: Metric; readonly stat: string };
}
export interface SeriesList {
  readonly kind: 'list';
  readonly series: readonly Series[];
}
export interface Text {
  readonly kind: 'text';
  readonly value: string;
}
export interface Word {
  readonly kind: 'word';
  readonly name: string;
}

export const scalar = (value: number): Scalar => ({ kind: 'scalar', value });
export const list = (series: readonly Series[]): SeriesList => ({ kind: 'list', series });

/** The series with other points; those that are no numbers are left out. */
export function withPoints({ kind, label, periodMs }: Series, points: Iterable<readonly [number, number]>): Series {
  return {
    kind,
    label,
    periodMs,
    points: new Map([...points].filter(([, value]) => Number.isFinite(value)).sort(([a], [b]) => a - b)),
  };
}

export const mapped = (series: Series, change: (value: number, atMs: number) => number): Series =>
  withPoints(
    series,
    [...series.points].map(([atMs, value]) => [atMs, change(value, atMs)] as const),
  );
