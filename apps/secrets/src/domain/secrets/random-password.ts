import { refusals } from './refusals.js';

export interface RandomPasswordInput {
  readonly PasswordLength?: number;
  readonly ExcludeCharacters?: string;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly ExcludeLowercase?: boolean;
  readonly IncludeSpace?: boolean;
  readonly RequireEachIncludedType?: boolean;
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** `below(n)`: an unguessable whole number from 0 to n − 1. */
export function randomPassword(input: RandomPasswordInput, below: (n: number) => number): string {
  const { PasswordLength = 32, ExcludeCharacters = '', RequireEachIncludedType = true } = input;
  const kinds = [
    input.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    input.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    input.ExcludeNumbers ? '' : '0123456789',
    input.ExcludePunctuation ? '' : PUNCTUATION,
    input.IncludeSpace ? ' ' : '',
  ];
  const left = kinds
    .map((kind) => Array.from(kind).filter((one) => !ExcludeCharacters.includes(one)))
    .filter((kind) => kind.length > 0);
  const all = left.flat();
  if (all.length === 0) throw refusals.invalidParameter('The password would have no characters: everything is excluded.');
  const pick = (from: readonly string[]) => from[below(from.length)]!;
  if (RequireEachIncludedType && PasswordLength < left.length)
    throw refusals.invalidParameter(
      `A password of ${PasswordLength} characters cannot have one of each of ${left.length} types.`,
    );
  const required = RequireEachIncludedType ? left.map(pick) : [];
  const characters = [...required, ...Array.from({ length: PasswordLength - required.length }, () => pick(all))];
  // Fisher–Yates: those that have to be there are not always in front.
  for (let at = characters.length - 1; at > 0; at--) {
    const other = below(at + 1);
    [characters[at], characters[other]] = [characters[other]!, characters[at]!];
  }
  return characters.join('');
}
