import { refusals } from '../refusals.js';
import { comparison } from './comparison.js';
import type { Filter } from './filter.js';
import { Lexer, parseLogic } from './lexer.js';

type Column = 'any-number' | ((value: string) => boolean);

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
  return {
    matches(message) {
      const values = columnsOf(message);
      if (ellipsis < 0 ? values.length !== tests.length : values.length < tests.length) return false;
      const skipped = ellipsis < 0 ? 0 : values.length - tests.length;
      return tests.every((test, index) => test(values[ellipsis >= 0 && index >= ellipsis ? index + skipped : index]!));
    },
  };
}

function column(lexer: Lexer): Column {
  if (lexer.takes('...')) return 'any-number';
  return parseLogic<string>(lexer, () => {
    const isNamed = lexer.takesMatch(/^[A-Za-z_][A-Za-z0-9_]*(?=\s*(?:!=|<=|>=|=|<|>|,|&&|\|\||\)|$))/) !== undefined;
    const operator = lexer.operator();
    if (operator) return comparison(operator, lexer.operand());
    if (isNamed) return () => true;
    if (lexer.takesMatch(NAME) !== undefined) return () => true;
    return comparison('=', lexer.operand());
  });
}

/** As they stand between blanks, without their brackets or quotes. */
export function columnsOf(message: string): string[] {
  const values: string[] = [];
  for (const [, bracketed, quoted, bare] of message.matchAll(/\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
    values.push(bracketed ?? quoted ?? bare!);
  }
  return values;
}
