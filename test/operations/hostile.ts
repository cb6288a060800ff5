import type { Rejection } from '#lib/kernel';
import type { Member, StructureShape } from '../../libs/aws-api/src/model.js';
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
