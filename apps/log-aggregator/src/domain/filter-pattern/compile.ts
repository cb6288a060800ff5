import { columnsPattern } from './columns-pattern.js';
import { EVERYTHING, type Filter } from './filter.js';
import { jsonPattern } from './json-pattern.js';
import { termsPattern } from './terms-pattern.js';

/**
 * CloudWatch Logs' filter patterns: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. Throws a
 * refusal that says what is wrong with one.
 */
export function compileFilterPattern(pattern: string = ''): Filter {
  const trimmed = pattern.trim();
  if (trimmed === '') return EVERYTHING;
  if (trimmed.startsWith('{')) return jsonPattern(trimmed);
  if (trimmed.startsWith('[')) return columnsPattern(trimmed);
  return termsPattern(trimmed);
}
