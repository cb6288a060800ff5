import { RE2JS, RE2JSException } from 're2js';

/** What `awslogs-datetime-format` means, for which Docker's driver makes a regular expression of it (moby `awslogs`, its table). */
const DATETIME: Readonly<Record<string, string>> = {
  a: '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)',
  A: '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)',
  w: '[0-6]',
  d: '(?:0[1-9]|[12][0-9]|3[01])',
  b: '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)',
  B: '(?:January|February|March|April|May|June|July|August|September|October|November|December)',
  m: '(?:0[1-9]|1[0-2])',
  Y: '\\d{4}',
  y: '\\d{2}',
  H: '(?:[01][0-9]|2[0-3])',
  I: '(?:0[0-9]|1[0-2])',
  p: '[AP]M',
  M: '[0-5][0-9]',
  S: '[0-5][0-9]',
  f: '\\d{6}',
  z: '[+-]\\d{4}',
  Z: '[A-Z]{1,4}T',
  j: '(?:00[1-9]|0[1-9][0-9]|[12][0-9][0-9]|3[0-5][0-9]|36[0-6])',
  L: '\\.\\d{3}',
};

/** What stands between the sequences is a pattern too, and an unknown sequence nothing: both as Docker has it. */
export const patternOfDatetime = (format: string): string => format.replaceAll(/%./g, ([, letter]) => DATETIME[letter!] ?? '');

export function multilineProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof RE2JSException) return error.message;
    throw error;
  }
}

/** RE2, which is Go's syntax too, never backtracks: a pattern of a user's cannot hold up the agent. */
export function lineMatcher(pattern: string): (line: string) => boolean {
  const compiled = RE2JS.compile(pattern);
  return (line) => compiled.matcher(line).find();
}
