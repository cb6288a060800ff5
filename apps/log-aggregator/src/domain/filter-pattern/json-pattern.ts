import { refusals } from '../refusals.js';
import { comparison } from './comparison.js';
import type { Filter } from './filter.js';
import { Lexer, parseLogic } from './lexer.js';

type Step = { readonly name: string } | { readonly index: number } | { readonly every: true };

const NAME = /^[A-Za-z0-9_@\-$/:#]+/;
const BARE = /^[^\s"%&|()={}<>!,]+/;

/** `{ $.level = "error" && $.ms > 100 }`. Lines that are no JSON match nothing. */
export function jsonPattern(pattern: string): Filter {
  if (!pattern.endsWith('}')) throw refusals.invalid('Invalid filter pattern: the closing } is missing.');
  const lexer = new Lexer(pattern.slice(1, -1), BARE);
  const named: (readonly Step[])[] = [];
  const texts: string[] = [];
  const test = parseLogic<unknown>(lexer, () => condition(lexer, named, texts));
  if (!lexer.isOver) throw lexer.unexpected();
  // Where nothing is an alternative each text has to be there, as it is unless JSON escapes something: looked for before a line is parsed.
  const required = pattern.includes('||') ? [] : texts;
  const mayHave = (message: string) => required.every((text) => message.includes(text)) || message.includes('\\');
  return {
    matches(message) {
      if (!mayHave(message)) return false;
      const value = jsonOf(message);
      return value !== undefined && test(value);
    },
    values(message) {
      const value = jsonOf(message);
      const found = named.map((steps) => [textOfSteps(steps), valuesAt(value, steps)[0]] as const);
      return Object.fromEntries(found.flatMap(([name, one]) => (one === undefined ? [] : [[name, textOf(one)]])));
    },
  };
}

/** Undefined: it is none. */
function jsonOf(message: string): unknown {
  // Cheaper than a parser's exception, which is what most lines of other forms would be.
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** `$.a[0].b` of a message; undefined where there is none. Throws a refusal of what is no selector. */
export function jsonSelector(text: string): (message: string) => string | undefined {
  const lexer = new Lexer(text, BARE);
  const steps = selector(lexer);
  if (!lexer.isOver) throw lexer.unexpected();
  return (message) => {
    const value = valuesAt(jsonOf(message), steps)[0];
    return value === undefined ? undefined : textOf(value);
  };
}

const textOfSteps = (steps: readonly Step[]): string =>
  `$${steps.map((step) => ('name' in step ? `.${step.name}` : 'every' in step ? '[*]' : `[${step.index}]`)).join('')}`;

/** `texts`: what a field's value has to be, as it is written. */
function condition(lexer: Lexer, named: (readonly Step[])[], texts: string[]): (value: unknown) => boolean {
  const steps = selector(lexer);
  named.push(steps);
  if (lexer.takesWord('NOT')) {
    if (!lexer.takesWord('EXISTS')) throw lexer.unexpected();
    return (value) => valuesAt(value, steps).length === 0;
  }
  if (lexer.takesWord('EXISTS')) return (value) => valuesAt(value, steps).length > 0;
  if (lexer.takesWord('IS')) {
    const wanted = lexer.takesWord('NULL') ? null : lexer.takesWord('TRUE') ? true : lexer.takesWord('FALSE') ? false : undefined;
    if (wanted === undefined) throw lexer.unexpected();
    return (value) => valuesAt(value, steps).some((found) => found === wanted);
  }
  const operator = lexer.operator();
  if (!operator) throw lexer.unexpected();
  const operand = lexer.operand();
  const test = comparison(operator, operand);
  // A number may be written in another way than it is read.
  if (operator === '=' && operand.kind !== 'regex' && Number.isNaN(Number(operand.text)) && !operand.text.includes('*'))
    texts.push(operand.text);
  return (value) => valuesAt(value, steps).some(test);
}

function selector(lexer: Lexer): readonly Step[] {
  if (!lexer.takes('$')) throw lexer.unexpected();
  const steps: Step[] = [];
  for (;;) {
    if (lexer.takesMatch(/^\.?\[\*\]/) || lexer.takesMatch(/^\.\*/)) steps.push({ every: true });
    else {
      const bracket = lexer.takesMatch(/^\.?\[\s*(?:\d+|'[^']*'|"[^"]*")\s*\]/);
      const dotted = bracket ? undefined : lexer.takesMatch(/^\.[A-Za-z0-9_@\-$/:#]+/);
      if (bracket) {
        const inside = bracket.replace(/^\.?\[\s*|\s*\]$/g, '');
        steps.push(/^\d/.test(inside) ? { index: Number(inside) } : { name: inside.slice(1, -1) });
      } else if (dotted && NAME.test(dotted.slice(1))) steps.push({ name: dotted.slice(1) });
      else break;
    }
  }
  if (steps.length === 0) throw lexer.unexpected();
  return steps;
}

function valuesAt(root: unknown, steps: readonly Step[]): readonly unknown[] {
  let values: unknown[] = [root];
  for (const step of steps) {
    values = values.flatMap((value): unknown[] => {
      if (typeof value !== 'object' || value === null) return [];
      if ('every' in step) return Object.values(value);
      const key = 'name' in step ? step.name : String(step.index);
      return Object.hasOwn(value, key) && ('name' in step || Array.isArray(value))
        ? [(value as Record<string, unknown>)[key]]
        : [];
    });
  }
  return values;
}
