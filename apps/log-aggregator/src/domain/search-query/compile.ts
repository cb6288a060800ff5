import { RE2JS } from 're2js';
import { EVERYTHING, type Filter } from '../filter-pattern/filter.js';
import { type Token, tokensIn } from '../filter-pattern/tokens.js';
import { hasWords } from '../filter-pattern/words.js';
import { parseSearchQuery, type SearchNode, type SearchValue } from './parse.js';
import { fieldsOf, type Fields } from './fields.js';

/** A message as it is looked at: what several parts of a query need is made once. */
interface Subject {
  readonly lower: string;
  fields(): Fields;
}
type Test<T> = (subject: T) => boolean;
type Narrowing = readonly (readonly Token[])[] | undefined;
interface Compiled {
  readonly test: Test<Subject>;
  readonly narrowing: Narrowing;
}

/** Beyond it an index question costs more than what it spares. */
const MAX_ALTERNATIVES = 32;

/**
 * Lucene's queries: words and phrases in any case, wildcards in a word, `field:value` on lines that are JSON (dots lead into
 * objects), ranges, AND, OR, NOT, + and -. Throws a refusal that says where one cannot be read.
 */
export function compileSearchQuery(query: string): Filter {
  const parsed = parseSearchQuery(query);
  if (!parsed) return EVERYTHING;
  const { test, narrowing } = compile(parsed);
  return {
    matches(message) {
      let fields: Fields | undefined;
      return test({ lower: message.toLowerCase(), fields: () => (fields ??= fieldsOf(message)) });
    },
    ...(narrowing ? { narrowing } : {}),
    ...(parsed.kind === 'words' ? { onlyWords: { text: parsed.text.toLowerCase(), inAnyCase: true } } : {}),
  };
}

function compile(node: SearchNode): Compiled {
  switch (node.kind) {
    case 'and':
    case 'or':
      return combined(node.kind, node.parts.map(compile));
    case 'not': {
      const { test } = compile(node.part);
      return { test: (subject) => !test(subject), narrowing: undefined };
    }
    case 'field':
      return ofField(node.field, node.value);
    case 'words':
      return { test: wordsTest(node.text), narrowing: tokensOf(node.text) };
    case 'wild': {
      const test = wildWord(node);
      return { test: ({ lower }) => test(lower), narrowing: undefined };
    }
  }
}

function combined(kind: 'and' | 'or', parts: readonly Compiled[]): Compiled {
  const tests = parts.map(({ test }) => test);
  const narrowings = parts.map(({ narrowing }) => narrowing);
  return kind === 'and'
    ? { test: (subject) => tests.every((test) => test(subject)), narrowing: narrowings.reduce(both) }
    : { test: (subject) => tests.some((test) => test(subject)), narrowing: narrowings.reduce(either) };
}

function both(a: Narrowing, b: Narrowing): Narrowing {
  if (!a || !b) return a ?? b;
  if (a.length * b.length > MAX_ALTERNATIVES) return a.length < b.length ? a : b;
  return a.flatMap((one) => b.map((other) => [...new Set([...one, ...other])]));
}

const either = (a: Narrowing, b: Narrowing): Narrowing =>
  a && b && a.length + b.length <= MAX_ALTERNATIVES ? [...a, ...b] : undefined;

const tokensOf = (text: string): Narrowing => {
  const tokens = tokensIn(text.toLowerCase());
  return tokens.length > 0 ? [tokens] : undefined;
};

function wordsTest(text: string): Test<Subject> {
  const words = text.toLowerCase();
  return words === '' ? () => true : ({ lower }) => hasWords(lower, words);
}

/**
 * A field's value stands in the line as it is, as words: that is looked for first, so that the index can help and most lines need no
 * parser. (What JSON has to escape is no word: `\nerror` in a string is not `error`, in a field as in the whole line.)
 */
function ofField(field: string, value: SearchValue): Compiled {
  switch (value.kind) {
    case 'and':
    case 'or':
      return combined(
        value.kind,
        value.parts.map((part) => ofField(field, part)),
      );
    case 'not': {
      const { test } = ofField(field, value.part);
      return { test: (subject) => !test(subject), narrowing: undefined };
    }
    case 'words': {
      const words = value.text.toLowerCase();
      const stands = wordsTest(value.text);
      const has = (text: string) => text === words || (words !== '' && hasWords(text, words));
      return {
        test: (subject) => stands(subject) && subject.fields().texts(field).some(has),
        narrowing: tokensOf(value.text),
      };
    }
    case 'wild': {
      const isThere = value.parts.length === 1 && value.parts[0] === '*';
      if (isThere) return { test: (subject) => subject.fields().has(field), narrowing: undefined };
      const pattern = RE2JS.compile(`(?s)${globOf(value, '.')}`);
      return {
        test: (subject) =>
          subject
            .fields()
            .texts(field)
            .some((text) => pattern.matches(text)),
        narrowing: undefined,
      };
    }
    case 'range': {
      const isIn = rangeTest(value);
      return { test: (subject) => subject.fields().texts(field).some(isIn), narrowing: undefined };
    }
  }
}

type Wild = Extract<SearchValue, { kind: 'wild' }>;

const globOf = ({ parts, marks }: Wild, any: string): string =>
  parts.map((part, i) => (!marks[i] ? RE2JS.quote(part.toLowerCase()) : part === '*' ? `${any}*` : any)).join('');

/** In time linear to the text, whatever the wildcards are. */
function wildWord(wild: Wild): (text: string) => boolean {
  const pattern = RE2JS.compile(String.raw`(?:^|[^\p{L}\p{N}])${globOf(wild, String.raw`\S`)}(?:$|[^\p{L}\p{N}])`);
  return (text) => pattern.matcher(text).find();
}

/** Numbers are compared as numbers, everything else as text. */
function rangeTest({ from, to, hasFrom, hasTo }: Extract<SearchValue, { kind: 'range' }>): (text: string) => boolean {
  const above = bound(from, (order) => order > 0 || (hasFrom && order === 0));
  const below = bound(to, (order) => order < 0 || (hasTo && order === 0));
  return (text) => above(text) && below(text);
}

function bound(limit: string | null, fits: (order: number) => boolean): (text: string) => boolean {
  if (limit === null) return () => true;
  const number = numberOf(limit);
  if (number !== undefined) {
    return (text) => {
      const value = numberOf(text);
      return value !== undefined && fits(value - number);
    };
  }
  const lower = limit.toLowerCase();
  return (text) => fits(text < lower ? -1 : text > lower ? 1 : 0);
}

const numberOf = (text: string): number | undefined => {
  const number = text.trim() === '' ? NaN : Number(text);
  return Number.isNaN(number) ? undefined : number;
};
