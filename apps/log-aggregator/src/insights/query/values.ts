/** An instant, which is shown as one and counts as milliseconds. */
export class Instant {
  constructor(readonly ms: number) {}
}

/** Undefined: it is not there. */
export type Value = string | number | Instant | undefined;

export const numberOf = (value: Value): number | undefined => {
  if (value instanceof Instant) return value.ms;
  if (typeof value !== 'string') return value;
  const number = value.trim() === '' ? NaN : Number(value);
  return Number.isNaN(number) ? undefined : number;
};

export function textOf(value: Value): string | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Instant) return new Date(value.ms).toISOString().replace('T', ' ').slice(0, -1);
  if (typeof value === 'string') return value;
  // As AWS shows them: four digits behind the point, none where there are none.
  return Number.isInteger(value) ? String(value) : String(Math.round(value * 10_000) / 10_000);
}

export const isTrue = (value: Value): boolean => value !== undefined && value !== 0 && value !== '' && value !== 'false';

/** Numbers as numbers, everything else as text. What is not there comes last. */
export function compareValues(a: Value, b: Value): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  const [first, second] = [numberOf(a), numberOf(b)];
  if (first !== undefined && second !== undefined) return first - second;
  const [one, other] = [textOf(a)!, textOf(b)!];
  return one < other ? -1 : one > other ? 1 : 0;
}
