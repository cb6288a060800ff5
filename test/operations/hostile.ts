import type { Rejection } from '#lib/kernel';
import { constraintCheck } from '../../libs/aws-api/src/constraints.js';
import type { Member, Shape, StructureShape } from '../../libs/aws-api/src/model.js';
import { checkInput } from '../../libs/aws-api/src/validate.js';
import { minimalOf, minimalValue } from './minimal-inputs.js';

/**
 * Whatever stands in whatever place of a request is answered without a crash and without words that are no words: nobody can do
 * anything with "spread: undefined". Each place of each operation's input gets each of these, in a request that is sound otherwise.
 */
const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  '',
  ' ',
  'x'.repeat(300),
  'é\u0000💥',
  '__proto__',
  'constructor',
  'arn:',
  0,
  -1,
  1.5,
  2 ** 31 - 1,
  1e300,
  true,
  [],
  {},
  [null],
  [''],
  [0],
  [{}],
  [[]],
  { '': '' },
];

/** AWS's own sentences that have such a word in them. */
const OF_AWS = [
  /should not be null or empty/g,
  /cannot be null or blank/g,
  /must be null when/g,
  /Value null at/g,
  /must not be null/g,
  /NULL_VALUE/g,
  /lambda:function/g,
];
const NO_WORD = /\bundefined\b|\bnull\b|\bNaN\b|\[object|\bfunction\b|Infinity/;

const allOf = (shape: StructureShape): Record<string, unknown> =>
  Object.fromEntries([...shape.members].map(([name, member]) => [name, minimalValue(member)]));

/** The value with each hostile thing in each of its places, to the depth at which structures begin again. */
function* spoiled(
  member: Pick<Member, 'shape' | 'constraint'>,
  sound: unknown,
  above: readonly string[] = [],
): Generator<unknown> {
  yield* HOSTILE;
  const { shape, constraint } = member;
  yield* constraint?.enum ?? [];
  if (shape.kind === 'list') {
    const [first = minimalValue(shape.element)] = Array.isArray(sound) ? (sound as unknown[]) : [];
    for (const element of spoiled(shape.element, first, above)) yield [element];
    yield [first, first];
  } else if (shape.kind === 'map') {
    for (const value of spoiled(shape.value, 'web', above)) yield { key: value };
  } else if ('members' in shape) {
    if (above.includes(shape.name)) return;
    const bare = { ...minimalOf(shape), ...(sound as object) };
    const full = { ...allOf(shape), ...(sound as object) };
    // Of a newer SDK: left out of account, as AWS does.
    yield { ...bare, NoSuchMember: {} };
    for (const [name, inner] of shape.members) {
      const given = (sound as Record<string, unknown> | undefined)?.[name] ?? minimalValue(inner);
      for (const value of spoiled(inner, given, [...above, shape.name])) yield { ...bare, [name]: value };
      // What is missing or wrong beside everything else: rules that look at two members at once.
      if (above.length > 0) for (const value of HOSTILE) yield { ...full, [name]: value };
    }
  }
}

type Outcome = { readonly rejection: Rejection } | { readonly output: unknown };

/** What is answered to the operation's input with each hostile thing in each of its places. */
export function* answersTo(
  shape: StructureShape,
  sound: object,
  validationErrorCode: string,
  outcomeOf: (input: Readonly<Record<string, unknown>>) => Outcome,
): Iterable<Outcome> {
  for (const raw of spoiled({ shape }, sound)) {
    // As it arrives: what is undefined is not there.
    const arrived: unknown = JSON.parse(JSON.stringify(raw) ?? 'null');
    const checked = checkInput(shape, arrived, validationErrorCode);
    yield 'rejection' in checked ? checked : outcomeOf(checked.input);
  }
}

/** What the model forbids, in a request that is sound otherwise. `what`: for people, as `Tags.[].Key: shorter than 1`. */
interface Forbidden {
  readonly what: string;
  readonly value: unknown;
}

const OF_ANOTHER_TYPE: Readonly<Record<Shape['kind'], unknown>> = {
  structure: 'x',
  union: 'x',
  list: {},
  map: [],
  string: 7,
  boolean: 'x',
  integer: 'x',
  long: 'x',
  double: 'x',
  timestamp: {},
  blob: {},
  // Everything is one.
  document: undefined,
};

/** Some pattern allows each of these, and hardly any allows them all. */
const ODD_WORDS = ['\u0000', '!', ' ', 'x y', 'x'];

/** Each limit of the model, once. */
function* forbidden(
  { shape, constraint }: Pick<Member, 'shape' | 'constraint'>,
  sound: unknown,
  path: string,
  above: readonly string[] = [],
): Generator<Forbidden> {
  if (shape.kind !== 'document') yield { what: `${path}: of another type`, value: OF_ANOTHER_TYPE[shape.kind] };
  const { min, max, enum: words, pattern } = constraint ?? {};
  if (min !== undefined && min > 0) yield { what: `${path}: less than ${min}`, value: ofSize(shape, min - 1, sound) };
  if (max !== undefined) yield { what: `${path}: more than ${max}`, value: ofSize(shape, max + 1, sound) };
  if (words) yield { what: `${path}: none of its words`, value: 'none of them' };
  const odd = pattern === undefined ? undefined : ODD_WORDS.find((word) => constraintCheck({ pattern })(word));
  if (odd !== undefined) yield { what: `${path}: not of its pattern`, value: odd };
  if (shape.kind === 'list') {
    const [first = minimalValue(shape.element)] = Array.isArray(sound) ? (sound as unknown[]) : [];
    for (const { what, value } of forbidden(shape.element, first, `${path}[]`, above))
      if (!isAbsent(shape.element, value)) yield { what, value: [value] };
  } else if (shape.kind === 'map') {
    for (const { what, value } of forbidden(shape.value, minimalValue(shape.value), `${path}{}`, above))
      yield { what, value: { key: value } };
  } else if ('members' in shape && !above.includes(shape.name)) {
    const bare: Record<string, unknown> = { ...minimalOf(shape), ...(sound as object) };
    for (const [name, inner] of shape.members) {
      const at = path === '' ? name : `${path}.${name}`;
      if (inner.required) yield { what: `${at}: not given`, value: { ...bare, [name]: undefined } };
      for (const { what, value } of forbidden(inner, bare[name] ?? minimalValue(inner), at, [...above, shape.name]))
        if (!isAbsent(inner, value)) yield { what, value: { ...bare, [name]: value } };
    }
  }
}

/** An empty string that the service takes for none. */
const isAbsent = ({ emptyIsAbsent }: Member, value: unknown): boolean => emptyIsAbsent === true && value === '';

/** A number, or something of so many characters, elements or entries. */
function ofSize(shape: Shape, size: number, sound: unknown): unknown {
  if (shape.kind === 'string') return 'x'.repeat(size);
  if (shape.kind === 'list')
    return Array.from(
      { length: size },
      () => (Array.isArray(sound) ? (sound as unknown[])[0] : undefined) ?? minimalValue(shape.element),
    );
  if (shape.kind === 'map')
    return Object.fromEntries(Array.from({ length: size }, (_, i) => [`key${i}`, minimalValue(shape.value)]));
  return size;
}

/** Which of the model's limits a request may break and be done all the same, or be refused by another class or without a sentence. */
export function brokenLimits(
  shape: StructureShape,
  sound: object,
  validationErrorCode: string,
  outcomeOf: (input: Readonly<Record<string, unknown>>) => Outcome,
): readonly string[] {
  const permitted = [validationErrorCode, 'SerializationException'];
  return [...forbidden({ shape }, sound, '')].flatMap(({ what, value }) => {
    const checked = checkInput(shape, JSON.parse(JSON.stringify(value)), validationErrorCode);
    const outcome = 'rejection' in checked ? checked : outcomeOf(checked.input);
    if (!('rejection' in outcome)) return [`${what} is accepted`];
    const { code, message, status } = outcome.rejection;
    return permitted.includes(code) && message !== '' && status < 500 ? [] : [`${what} is refused as ${code}: ${message}`];
  });
}

/** What of it is no words. */
export function wordless(answers: Iterable<Outcome>): readonly string[] {
  const found = new Set<string>();
  for (const answer of answers) {
    const said = 'rejection' in answer ? answer.rejection.message : reasonsOf(answer.output);
    if (NO_WORD.test(OF_AWS.reduce((text, sentence) => text.replace(sentence, ''), said))) found.add(said);
  }
  return [...found];
}

/** The sentences of an answer: the reasons of its failures. */
const reasonsOf = (output: unknown): string => JSON.stringify((output as { failures?: unknown } | undefined)?.failures ?? '');
