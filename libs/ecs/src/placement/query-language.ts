import { refusals } from '../model/refusals.js';
import { EvaluationBudget } from './evaluation-budget.js';
import { type Comparison, comparisonFor, type ExpressionSubject, type Operator, type SubjectKind } from './query-comparisons.js';

/**
 * ECS's cluster query language: `memberOf` constraints and the filter of ListContainerInstances (ecs-semantics §3.4).
 *
 * A recursive descent over the text itself, without a tokenizer in front: what ends a word depends on where it stands (a bare
 * regular expression may hold `|`, `(` and `!`, which are operators elsewhere). A parser library would want that lexer.
 */
export interface Expression {
  readonly text: string;
  /** Whether the subject is meant; says nothing once `budget` is spent. */
  matches(subject: ExpressionSubject, budget?: EvaluationBudget): boolean;
  /** Whether placing a task can change the answer: it asks for task groups or counts. */
  readonly dependsOnTasks: boolean;
  /** Steps of all its comparisons. */
  readonly size: number;
}

const MAX_LENGTH = 4_096;
const MAX_DEPTH = 64;
/** Of one expression: as much as one pattern may have. */
const MAX_SIZE = 1_000;
/**
 * Compiled, an expression takes about 200 bytes for each step and each character of its text, and what its patterns remember:
 * everything remembered stays below 100 MB, whoever sends expressions.
 */
const MAX_REMEMBERED = 100_000;
const MIN_REMEMBERED = 500;
/** Compiling is pure, so remembering it is no state. Insertion order makes it an LRU. */
const cache = new Map<string, Expression>();
let remembered = 0;

const weightOf = ({ text, size }: Expression) => MIN_REMEMBERED + text.length + size;

/** Throws a `Refusal` (InvalidParameterException) that says where the text goes wrong and what was expected there. */
export function compileExpression(text: string): Expression {
  const known = cache.get(text);
  if (known) {
    cache.delete(text);
    cache.set(text, known);
    return known;
  }
  const compiled = new Parser(text).parse();
  cache.set(text, compiled);
  remembered += weightOf(compiled);
  for (const [oldest, expression] of cache) {
    if (remembered <= MAX_REMEMBERED) break;
    cache.delete(oldest);
    remembered -= weightOf(expression);
  }
  return compiled;
}

/** The spellings of each operator, longest first where one begins another. */
const OPERATORS: readonly (readonly [string, Operator])[] = [
  ['!exists', 'not_exists'],
  ['!in', 'not_in'],
  ['==', 'equals'],
  ['!=', 'not_equals'],
  ['>=', 'greater_than_equal'],
  ['<=', 'less_than_equal'],
  ['=~', 'matches'],
  ['!~', 'not_matches'],
  ['>', 'greater_than'],
  ['<', 'less_than'],
  ['greater_than_equal', 'greater_than_equal'],
  ['less_than_equal', 'less_than_equal'],
  ['greater_than', 'greater_than'],
  ['less_than', 'less_than'],
  ['not_equals', 'not_equals'],
  ['equals', 'equals'],
  ['not_exists', 'not_exists'],
  ['exists', 'exists'],
  ['not_matches', 'not_matches'],
  ['matches', 'matches'],
  ['not_in', 'not_in'],
  ['in', 'in'],
];

const SUBJECTS: readonly SubjectKind[] = [
  'task:group',
  'ec2InstanceId',
  'agentVersion',
  'agentConnected',
  'registeredAt',
  'runningTasksCount',
];

const isWordCharacter = (character: string | undefined) => character !== undefined && !/[\s()[\],'"=!<>~&|]/.test(character);

class Parser {
  private at = 0;
  private depth = 0;
  private dependsOnTasks = false;
  private size = 0;

  constructor(private readonly text: string) {}

  parse(): Expression {
    if (this.text.length > MAX_LENGTH) throw refusals.invalidParameter(`Expression is longer than ${MAX_LENGTH} characters.`);
    this.skipBlanks();
    if (this.atEnd()) throw this.expected('an expression such as attribute:stack == prod');
    const matches = this.or();
    if (!this.atEnd()) throw this.expected('"and", "or" or the end of the expression');
    return {
      text: this.text,
      matches: (subject, budget = new EvaluationBudget()) => matches(subject, budget),
      dependsOnTasks: this.dependsOnTasks,
      size: this.size,
    };
  }

  private or(): Comparison {
    const terms = [this.and()];
    while (this.take('||') || this.takeKeyword('or')) terms.push(this.and());
    return terms.length === 1 ? terms[0]! : (subject, budget) => terms.some((term) => term(subject, budget));
  }

  private and(): Comparison {
    const terms = [this.not()];
    while (this.take('&&') || this.takeKeyword('and')) terms.push(this.not());
    return terms.length === 1 ? terms[0]! : (subject, budget) => terms.every((term) => term(subject, budget));
  }

  private not(): Comparison {
    if (++this.depth > MAX_DEPTH) throw this.refuse(`it is nested deeper than ${MAX_DEPTH} levels`);
    const predicate = this.notOrPrimary();
    this.depth--;
    return predicate;
  }

  private notOrPrimary(): Comparison {
    if (this.takeKeyword('not') || this.take('!')) {
      const negated = this.not();
      return (subject, budget) => !negated(subject, budget);
    }
    if (!this.take('(')) return this.comparison();
    const inner = this.or();
    if (!this.take(')')) throw this.expected('")"');
    return inner;
  }

  private comparison(): Comparison {
    const { kind, name } = this.subject();
    if (kind === 'task:group' || kind === 'runningTasksCount') this.dependsOnTasks = true;
    const operatorAt = this.at;
    const operator = this.operator();
    const argumentAt = this.at;
    const args = this.arguments(operator);
    const result = comparisonFor(kind, name, operator, args);
    if ('comparison' in result) {
      this.size += result.size;
      if (this.size > MAX_SIZE) throw this.refuse('it is too large');
      return result.comparison;
    }
    this.at = result.about === 'operator' ? operatorAt : argumentAt;
    throw this.refuse(result.problem);
  }

  private subject(): { kind: SubjectKind; name: string } {
    const start = this.at;
    const word = this.word();
    if (word.startsWith('attribute:') && word.length > 'attribute:'.length) {
      return { kind: 'attribute', name: word.slice('attribute:'.length) };
    }
    const kind = SUBJECTS.find((subject) => subject === word);
    if (kind) return { kind, name: word };
    this.at = start;
    throw this.expected(`a subject (attribute:<name>, ${SUBJECTS.join(', ')})`);
  }

  private operator(): Operator {
    for (const [spelling, operator] of OPERATORS) {
      const isWord = /\w$/.test(spelling);
      if (!this.text.startsWith(spelling, this.at)) continue;
      if (isWord && isWordCharacter(this.text[this.at + spelling.length])) continue;
      this.at += spelling.length;
      this.skipBlanks();
      return operator;
    }
    throw this.expected('an operator (==, !=, >, >=, <, <=, exists, !exists, in, !in, =~, !~)');
  }

  private arguments(operator: Operator): readonly string[] {
    if (operator === 'exists' || operator === 'not_exists') return [];
    if (operator === 'in' || operator === 'not_in') return this.list();
    return [operator === 'matches' || operator === 'not_matches' ? this.pattern() : this.value()];
  }

  private list(): readonly string[] {
    if (!this.take('[')) throw this.expected('a list such as [a, b]');
    const values = [this.value()];
    while (this.take(',')) values.push(this.value());
    if (!this.take(']')) throw this.expected('"," or "]"');
    return values;
  }

  private value(): string {
    const quoted = this.quoted();
    if (quoted !== undefined) return quoted;
    const word = this.word();
    if (word === '') throw this.expected('a value');
    return word;
  }

  /** A bare pattern goes on to the next blank, or to a parenthesis that it did not open itself. */
  private pattern(): string {
    const quoted = this.quoted();
    if (quoted !== undefined) return quoted;
    const start = this.at;
    let open = 0;
    for (; !this.atEnd() && !/\s/.test(this.text[this.at]!); this.at++) {
      const character = this.text[this.at];
      if (character === '\\') this.at++;
      else if (character === '(') open++;
      else if (character === ')' && open-- === 0) break;
    }
    this.at = Math.min(this.at, this.text.length);
    const pattern = this.text.slice(start, this.at);
    if (pattern === '') throw this.expected('a regular expression');
    this.skipBlanks();
    return pattern;
  }

  private quoted(): string | undefined {
    const quote = this.text[this.at];
    if (quote !== "'" && quote !== '"') return undefined;
    const end = this.text.indexOf(quote, this.at + 1);
    if (end < 0) throw this.refuse(`the quote ${quote} is not closed`);
    const value = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    this.skipBlanks();
    return value;
  }

  private word(): string {
    const start = this.at;
    while (isWordCharacter(this.text[this.at])) this.at++;
    const word = this.text.slice(start, this.at);
    this.skipBlanks();
    return word;
  }

  private take(symbol: string): boolean {
    if (!this.text.startsWith(symbol, this.at)) return false;
    this.at += symbol.length;
    this.skipBlanks();
    return true;
  }

  /** A keyword ends where a word would: `not(…)` has no blank, `notable` is no keyword. */
  private takeKeyword(keyword: string): boolean {
    const found = this.text.slice(this.at, this.at + keyword.length);
    return found.toLowerCase() === keyword && !isWordCharacter(this.text[this.at + keyword.length]) && this.take(found);
  }

  private skipBlanks(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private atEnd(): boolean {
    return this.at >= this.text.length;
  }

  private expected(what: string) {
    const rest = this.text.slice(this.at, this.at + 20);
    return this.refuse(`expected ${what}, found ${rest === '' ? 'the end of the expression' : `"${rest}"`}`);
  }

  private refuse(problem: string) {
    const shown = this.text.length > 200 ? `${this.text.slice(0, 200)}…` : this.text;
    return refusals.invalidParameter(`Invalid expression "${shown}" at position ${this.at}: ${problem}.`);
  }
}
