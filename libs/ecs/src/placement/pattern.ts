import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import type { EvaluationBudget } from './evaluation-budget.js';

/**
 * Regular expressions of the query language: a Java pattern that has to match the whole value. Users write them and the
 * control plane runs them for every instance, so they must never backtrack (`(a+)+$` would stop a scheduler for everyone):
 * RE2 takes Java's syntax but for what cannot be matched in time linear in the value, such as look-around, back references
 * and possessive quantifiers, which are refused with a sentence.
 */
export interface Pattern {
  /** What evaluating costs, for each character of a value. */
  readonly steps: number;
  /** Whether the value matches; what is asked after the budget is spent is answered with no. */
  readonly matches: (value: string, budget: EvaluationBudget) => boolean;
}

/** A thousand steps over ECS's longest attribute take about a millisecond. */
const MAX_STEPS = 1_000;
/** RE2 keeps a table of states that it has met, up to 8 MiB a program: about two bytes for each step and character. */
const MAX_WORK_REMEMBERED = 250_000;
/** Hosts share most values: zones, instance types, groups. */
const MAX_ANSWERS = 100;
/** A class by Unicode property, or in which cases count as one, is a table of hundreds of ranges. */
const STEPS_OF_LARGE_CLASS = 100;

class PatternProblem extends Error {}

export function compilePattern(source: string): Pattern | { readonly problem: string } {
  try {
    const pattern = checked(source);
    return matcherOf(pattern, RE2JS.compile(pattern));
  } catch (error) {
    if (error instanceof PatternProblem) return { problem: error.message };
    if (error instanceof RE2JSException) return { problem: sentenceFor(error) };
    throw error;
  }
}

function matcherOf(source: string, compiled: RE2JS): Pattern {
  const steps = compiled.programSize();
  let program = compiled;
  let work = 0;
  const answers = new Map<string, boolean>();
  const run = (value: string): boolean => {
    work += steps * value.length;
    if (work > MAX_WORK_REMEMBERED) {
      program = RE2JS.compile(source);
      work = 0;
    }
    if (answers.size >= MAX_ANSWERS) answers.clear();
    const answer = program.matches(value);
    answers.set(value, answer);
    return answer;
  };
  return {
    steps,
    // What is remembered costs as much as what is not: whether a request is within its budget must not depend on others.
    matches: (value, budget) => budget.spend(steps * (value.length + 1)) && (answers.get(value) ?? run(value)),
  };
}

const TOKENS = /\\Q[^]*?(?:\\E|$)|\\[pP](?:\{[^}]*\}|[^]?)|\\[^]?|\{[^}]*\}?|&&|\(\?[^:)]*[:)]?|[^]/gu;

/**
 * The pattern in RE2's words. Refuses what RE2 would read as something else than Java does, and before compiling it what would
 * become too large: the number of steps is estimated, never too low.
 */
function checked(source: string): string {
  const ignoresCase = /\(\?[a-z]*i/.test(source);
  const sizes = [new GroupSize()];
  let inClass = false;
  const words = (source.match(TOKENS) ?? []).map((token) => {
    const size = sizes.at(-1)!;
    const isProperty = /^\\[pP]/.test(token);
    if (isProperty && !/^\\[pP]\{[^}]+\}$/.test(token)) throw new PatternProblem('"\\p" must be followed by a name such as {L}');
    if (inClass) {
      if (token === '[' || token === '&&') throw new PatternProblem('classes within classes are not supported');
      if (isProperty) size.add(STEPS_OF_LARGE_CLASS);
      if (token === ']') inClass = false;
      return token;
    }
    if (token === '[') {
      inClass = true;
      size.atom(ignoresCase ? STEPS_OF_LARGE_CLASS : 1);
    } else if (token.startsWith('{')) {
      if (token.includes(',')) size.add(1);
      size.repeat(countOf(token));
    } else if (token === '*' || token === '+' || token === '?') size.add(1);
    else if (token.startsWith('(')) sizes.push(new GroupSize());
    else if (token === ')' && sizes.length > 1) sizes.at(-2)!.atom(sizes.pop()!.total + 2);
    else size.atom(isProperty ? STEPS_OF_LARGE_CLASS : token.length);
    if (sizes.reduce((sum, { total }) => sum + total, 0) > MAX_STEPS) throw new PatternProblem('it is too large');
    return token === '\\Z' ? '\\z' : token;
  });
  if (/\[\^?\]/.test(source.replaceAll(/\\Q[^]*?(?:\\E|$)|\\[^]/gu, ''))) throw new PatternProblem('a "[…]" is empty');
  return words.join('');
}

/** Steps of a group so far, its newest atom apart: a count may still follow it. */
class GroupSize {
  private before = 0;
  private newest = 0;

  get total(): number {
    return this.before + this.newest;
  }

  atom(steps: number): void {
    this.before += this.newest;
    this.newest = steps;
  }

  add(steps: number): void {
    this.newest += steps;
  }

  repeat(times: number): void {
    this.newest *= times;
  }
}

/** How often what stands before `{2}`, `{2,}` or `{2,5}` is repeated at most; it is compiled once more for "or oftener". */
function countOf(token: string): number {
  const [, least, comma, most] = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}$/.exec(token) ?? [];
  if (least === undefined) throw new PatternProblem('"{" must be followed by a count such as {2}, {2,} or {2,5}');
  if (most && Number(most) < Number(least)) throw new PatternProblem(`{${least},${most}} counts down`);
  return comma ? Number(most || Number(least) + 1) : Number(least);
}

/** RE2's errors, told as the user would. */
function sentenceFor(error: RE2JSException): string {
  const { error: kind, input } = error instanceof RE2JSSyntaxException ? error : { error: error.message, input: null };
  switch (kind) {
    case 'unexpected )':
      return 'a ")" has no "(" before it';
    case 'missing closing )':
      return 'a "(" is not closed';
    case 'missing closing ]':
    case 'trailing backslash at end of expression':
      return 'it ends too early';
    case 'missing argument to repetition operator':
      return `"${input?.[0] ?? '*'}" has nothing before it to repeat`;
    case 'invalid nested repetition operator':
      return input?.endsWith('+') ? 'possessive quantifiers are not supported' : `"${input}" repeats what is repeated already`;
    case 'invalid or unsupported Perl syntax':
    case 'invalid named capture':
      return 'only plain groups, (?:…), (?<name>…) and flags such as (?i) are supported';
    case 'invalid repeat count':
      return 'it is too large';
    case 'expression nests too deeply':
      return 'it is nested too deeply';
    case 'invalid escape sequence':
      return `"${input}" is not supported`;
    default:
      return input ? `"${input}" cannot be understood` : kind;
  }
}
