import { refusals } from '../refusals.js';
import { comparison } from './comparison.js';
import type { Filter } from './filter.js';
import { Lexer, parseLogic } from './lexer.js';

type Test = (value: string) => boolean;
type Column = 'any-number' | { readonly test: Test; readonly name?: string };

const BARE = /^[^\s"%&|()[\]=<>!,]+/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/** `[ip, user, ..., status = 4*, bytes > 1000]`: columns by their place; what stands in brackets or quotes is one. */
export function columnsPattern(pattern: string): Filter {
  if (!pattern.endsWith(']')) throw refusals.invalid('Invalid filter pattern: the closing ] is missing.');
  const lexer = new Lexer(pattern.slice(1, -1), BARE);
  const columns: Column[] = [];
  do columns.push(column(lexer));
  while (lexer.takes(','));
  if (!lexer.isOver) throw lexer.unexpected();
  const ellipsis = columns.indexOf('any-number');
  if (columns.filter((one) => one === 'any-number').length > 1)
    throw refusals.invalid('Invalid filter pattern: it has ... more than once.');
  const tests = columns.filter((one) => one !== 'any-number');
  const valueOf = (values: readonly string[], index: number): string =>
    values[ellipsis >= 0 && index >= ellipsis ? index + values.length - tests.length : index]!;
  return {
    matches(message) {
      const values = columnsOf(message);
      if (ellipsis < 0 ? values.length !== tests.length : values.length < tests.length) return false;
      return tests.every(({ test }, index) => test(valueOf(values, index)));
    },
    values(message) {
      const values = columnsOf(message);
      return Object.fromEntries(tests.map(({ name }, index) => [`$${name ?? index + 1}`, valueOf(values, index)]));
    },
  };
}

function column(lexer: Lexer): Column {
  if (lexer.takes('...')) return 'any-number';
  let name: string | undefined;
  const test = parseLogic<string>(lexer, () => {
    const named = lexer.takesMatch(/^[A-Za-z_][A-Za-z0-9_]*(?=\s*(?:!=|<=|>=|=|<|>|,|&&|\|\||\)|$))/);
    name ??= named;
    const operator = lexer.operator();
    if (operator) return comparison(operator, lexer.operand());
    if (named !== undefined) return () => true;
    const alone = lexer.takesMatch(NAME);
    name ??= alone;
    return alone !== undefined ? () => true : comparison('=', lexer.operand());
  });
  return { test, name };
}

/** As they stand between blanks, without their brackets or quotes. */
export function columnsOf(message: string): string[] {
  const values: string[] = [];
  for (const [, bracketed, quoted, bare] of message.matchAll(/\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
    values.push(bracketed ?? quoted ?? bare!);
  }
  return values;
}
