import type { Sample } from '../metric-store.js';
import { refusals } from '../../domain/refusals.js';
import { merged, ofSample, type Summary } from './summary.js';
import type { Dimension } from './metric.js';

export interface MetricDatum {
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Timestamp?: string;
  readonly Value?: number;
  readonly Values?: readonly number[];
  readonly Counts?: readonly number[];
  readonly StatisticValues?: { SampleCount: number; Sum: number; Minimum: number; Maximum: number };
  readonly Unit?: string;
  readonly StorageResolution?: number;
}

const MOST_VALUES = 150;
const LARGEST = 2 ** 360;
const HOUR_MS = 3_600_000;
const OLDEST_MS = 14 * 24 * HOUR_MS;
const NEWEST_MS = 2 * HOUR_MS;

/** What PutMetricData gives, checked as CloudWatch does; `at` names it in sentences. */
export function sampleOf(namespace: string, datum: MetricDatum, nowMs: number, at: string): Sample {
  const atMs = datum.Timestamp === undefined ? nowMs : Date.parse(datum.Timestamp);
  if (atMs < nowMs - OLDEST_MS || atMs > nowMs + NEWEST_MS)
    throw refusals.invalidValue(
      `The parameter ${at}.Timestamp must specify a time no more than two weeks in the past, and no more than two hours in the future.`,
    );
  const { Dimensions: dimensions = [], Unit: unit = 'None', MetricName: name } = datum;
  if (new Set(dimensions.map(({ Name }) => Name)).size < dimensions.length)
    throw refusals.invalidValue(`The parameter ${at}.Dimensions has a name twice.`);
  const resolution = datum.StorageResolution === 1 ? { isHighResolution: true as const } : {};
  return { namespace, name, dimensions, unit, atMs, summary: summaryOf(datum, at), ...resolution };
}

function summaryOf({ Value, Values, Counts, StatisticValues }: MetricDatum, at: string): Summary {
  const given = Object.entries({ Value, Values, StatisticValues }).flatMap(([name, one]) => (one === undefined ? [] : [name]));
  if (given.length === 0) throw refusals.missing(`The parameter ${at}.Value or ${at}.StatisticValues is required.`);
  if (given.length > 1)
    throw refusals.invalidCombination(
      `The parameters ${at}.${given[0]} and ${at}.${given[1]} are mutually exclusive and you have specified both.`,
    );
  if (StatisticValues) {
    const { SampleCount, Sum, Minimum, Maximum } = StatisticValues;
    for (const value of [SampleCount, Sum, Minimum, Maximum]) checkNumber(value, `${at}.StatisticValues`);
    if (SampleCount <= 0 || Minimum > Maximum)
      throw refusals.invalidValue(`The parameter ${at}.StatisticValues has a SampleCount of 0, or a Minimum above its Maximum.`);
    return { sum: Sum, count: SampleCount, min: Minimum, max: Maximum };
  }
  const values = Values ?? [Value!];
  if (values.length === 0 || values.length > MOST_VALUES)
    throw refusals.invalidValue(`The parameter ${at}.Values must have 1 to ${MOST_VALUES} values.`);
  if (Counts && Counts.length !== values.length)
    throw refusals.invalidValue(`The parameters ${at}.Values and ${at}.Counts must be of the same size.`);
  return values
    .map((value, index) => {
      const count = Counts?.[index] ?? 1;
      for (const number of [value, count]) checkNumber(number, `${at}.Value`);
      if (count <= 0) throw refusals.invalidValue(`The parameter ${at}.Counts must be positive.`);
      return ofSample(value, count);
    })
    .reduce(merged);
}

function checkNumber(value: number, at: string): void {
  if (!Number.isFinite(value) || Math.abs(value) > LARGEST)
    throw refusals.invalidValue(`The value ${value} for parameter ${at} is invalid.`);
}
