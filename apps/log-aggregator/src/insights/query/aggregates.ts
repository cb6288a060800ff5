import { Distinct } from './distinct.js';
import { compile, type Evaluate } from './expressions.js';
import { malformed } from './malformed.js';
import type { Expression } from './query.js';
import type { Row } from './row.js';
import { compareValues, numberOf, textOf, type Value } from './values.js';

/** What one group of a `stats` has so far. */
export interface Aggregate {
  add(row: Row): void;
  result(): Value;
}

/** What all that a query keeps may take together, in cells of 64 bytes; throws when there is no more. Less than none: it is given back. */
export interface Room {
  take(cells: number): void;
}

type Call = Extract<Expression, { readonly kind: 'call' }>;
type Make = (room: Room) => Aggregate;

/** Of a percentile: beyond so many values of a group it is one of a sample, as on AWS beyond a million. */
const SAMPLE = 20_000;

const ofNumbers =
  (value: Evaluate, work: () => { add(number: number): void; result(): Value }): Make =>
  () => {
    const state = work();
    return {
      add(row) {
        const number = numberOf(value(row));
        if (number !== undefined) state.add(number);
      },
      result: () => state.result(),
    };
  };

/** The value that comes first in an order, of the rows or of the values themselves. */
const chosen =
  (
    value: Evaluate,
    isBefore: (row: Row, value: Value, best: { readonly value: Value; readonly order: Value }) => boolean,
  ): Make =>
  () => {
    let best: { readonly value: Value; readonly order: Value } | undefined;
    return {
      add(row) {
        const one = value(row);
        if (one !== undefined && (!best || isBefore(row, one, best))) best = { value: one, order: row.get('@timestamp') };
      },
      result: () => best?.value,
    };
  };

const AGGREGATES: Readonly<Record<string, (value: Evaluate, percent: number) => Make>> = {
  count: (value) => () => {
    let count = 0;
    return { add: (row) => void (value(row) === undefined || count++), result: () => count };
  },
  sum: (value) =>
    ofNumbers(value, () => {
      let [sum, seen] = [0, false];
      return { add: (number) => void ([sum, seen] = [sum + number, true]), result: () => (seen ? sum : undefined) };
    }),
  avg: (value) =>
    ofNumbers(value, () => {
      let [sum, count] = [0, 0];
      return {
        add: (number) => void ([sum, count] = [sum + number, count + 1]),
        result: () => (count ? sum / count : undefined),
      };
    }),
  stddev: (value) =>
    ofNumbers(value, () => {
      // Welford's: sums of squares lose their digits.
      let [count, mean, squares] = [0, 0, 0];
      return {
        add(number) {
          count++;
          const off = number - mean;
          mean += off / count;
          squares += off * (number - mean);
        },
        result: () => (count > 1 ? Math.sqrt(squares / (count - 1)) : undefined),
      };
    }),
  min: (value) =>
    ofNumbers(value, () => {
      let least: number | undefined;
      return { add: (number) => void (least = Math.min(least ?? number, number)), result: () => least };
    }),
  max: (value) =>
    ofNumbers(value, () => {
      let most: number | undefined;
      return { add: (number) => void (most = Math.max(most ?? number, number)), result: () => most };
    }),
  pct: percentile,
  percentile,
  median: (value) => percentile(value, 50),
  count_distinct: (value) => (room) => {
    const seen = new Distinct(room);
    return {
      add(row) {
        const text = textOf(value(row));
        if (text !== undefined) seen.add(text);
      },
      result: () => seen.size,
    };
  },
  earliest: (value) => chosen(value, (row, _value, best) => compareValues(row.get('@timestamp'), best.order) < 0),
  latest: (value) => chosen(value, (row, _value, best) => compareValues(row.get('@timestamp'), best.order) > 0),
  sortsfirst: (value) => chosen(value, (_row, one, best) => compareValues(one, best.value) < 0),
  sortslast: (value) => chosen(value, (_row, one, best) => compareValues(one, best.value) > 0),
};

function percentile(value: Evaluate, percent: number): Make {
  return (room) => {
    const kept: number[] = [];
    let [seen, random] = [0, 1];
    return {
      add(row) {
        const number = numberOf(value(row));
        if (number === undefined) return;
        seen++;
        if (kept.length < SAMPLE) {
          room.take(0.25);
          kept.push(number);
          return;
        }
        // A reservoir; its numbers are the same each time (Park and Miller), so that a query's answer is too.
        random = (random * 48_271) % 2_147_483_647;
        const at = random % seen;
        if (at < SAMPLE) kept[at] = number;
      },
      result() {
        if (kept.length === 0) return undefined;
        const sorted = Float64Array.from(kept).sort();
        return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
      },
    };
  };
}

export const isAggregate = (name: string): boolean => Object.hasOwn(AGGREGATES, name);

/** Undefined: no aggregate. Throws AWS's refusal of one that cannot be. */
export function aggregateOf({ name, args, at }: Call): Make | undefined {
  if (!isAggregate(name)) return undefined;
  const hasPercent = name === 'pct' || name === 'percentile';
  const isCount = name === 'count';
  const [of, percent] = args;
  const wrong = () => malformed(`Invalid arguments for function ${name} at position ${at.start + 1}`, at);
  if (args.length !== (hasPercent ? 2 : 1) && !(isCount && args.length === 0)) throw wrong();
  if (hasPercent && (percent?.kind !== 'literal' || !(Number(percent.value) >= 0 && Number(percent.value) <= 100))) throw wrong();
  const isEach = isCount && (of === undefined || of.kind === 'star');
  const value: Evaluate = isEach ? () => 1 : compile(of!);
  return AGGREGATES[name]!(value, percent?.kind === 'literal' ? Number(percent.value) : 0);
}
