import { isIP } from 'node:net';
import { Instant, isTrue, numberOf, textOf, type Value } from './values.js';

export interface PlainFunction {
  readonly least: number;
  readonly most: number;
  readonly of: (args: readonly Value[]) => Value;
}

const numeric =
  (work: (...numbers: number[]) => number) =>
  (args: readonly Value[]): Value => {
    const numbers = args.map(numberOf);
    if (numbers.some((number) => number === undefined)) return undefined;
    const result = work(...(numbers as number[]));
    return Number.isFinite(result) ? result : undefined;
  };

const textual =
  (work: (...texts: string[]) => Value) =>
  (args: readonly Value[]): Value => {
    const texts = args.map(textOf);
    return texts.some((text) => text === undefined) ? undefined : work(...(texts as string[]));
  };

const truth = (is: boolean): number => (is ? 1 : 0);
const trimmed = (start: boolean, end: boolean) =>
  textual((text, characters = ' \t\r\n') => {
    let [from, to] = [0, text.length];
    while (start && from < to && characters.includes(text[from]!)) from++;
    while (end && to > from && characters.includes(text[to - 1]!)) to--;
    return text.slice(from, to);
  });

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html */
export const FUNCTIONS: Readonly<Record<string, PlainFunction>> = {
  abs: { least: 1, most: 1, of: numeric(Math.abs) },
  ceil: { least: 1, most: 1, of: numeric(Math.ceil) },
  floor: { least: 1, most: 1, of: numeric(Math.floor) },
  greatest: { least: 1, most: 32, of: numeric(Math.max) },
  least: { least: 1, most: 32, of: numeric(Math.min) },
  log: { least: 1, most: 1, of: numeric(Math.log) },
  sqrt: { least: 1, most: 1, of: numeric(Math.sqrt) },
  ispresent: { least: 1, most: 1, of: ([value]) => truth(value !== undefined) },
  coalesce: { least: 1, most: 32, of: (args) => args.find((value) => value !== undefined) },
  if: { least: 3, most: 3, of: ([test, yes, no]) => (isTrue(test) ? yes : no) },
  isempty: { least: 1, most: 1, of: ([value]) => truth(value === undefined || value === '') },
  isblank: { least: 1, most: 1, of: ([value]) => truth(value === undefined || textOf(value)!.trim() === '') },
  concat: { least: 1, most: 32, of: (args) => args.map((value) => textOf(value) ?? '').join('') },
  trim: { least: 1, most: 2, of: trimmed(true, true) },
  ltrim: { least: 1, most: 2, of: trimmed(true, false) },
  rtrim: { least: 1, most: 2, of: trimmed(false, true) },
  strlen: { least: 1, most: 1, of: textual((text) => text.length) },
  toupper: { least: 1, most: 1, of: textual((text) => text.toUpperCase()) },
  tolower: { least: 1, most: 1, of: textual((text) => text.toLowerCase()) },
  substr: {
    least: 2,
    most: 3,
    of: textual((text, from, length) =>
      text.slice(Number(from), length === undefined ? undefined : Number(from) + Number(length)),
    ),
  },
  replace: { least: 3, most: 3, of: textual((text, search, by) => text.replaceAll(search!, () => by!)) },
  strcontains: { least: 2, most: 2, of: textual((text, search) => truth(text.includes(search!))) },
  isvalidip: { least: 1, most: 1, of: ([value]) => truth(isIP(textOf(value) ?? '') !== 0) },
  isvalidipv4: { least: 1, most: 1, of: ([value]) => truth(isIP(textOf(value) ?? '') === 4) },
  isvalidipv6: { least: 1, most: 1, of: ([value]) => truth(isIP(textOf(value) ?? '') === 6) },
  frommillis: {
    least: 1,
    most: 1,
    of: ([value]) => {
      const ms = numberOf(value);
      return ms === undefined ? undefined : new Instant(ms);
    },
  },
  tomillis: { least: 1, most: 1, of: ([value]) => numberOf(value) },
  now: { least: 0, most: 0, of: () => Math.floor(Date.now() / 1_000) },
};
