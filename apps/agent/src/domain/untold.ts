/** Shorter ones hide nothing, and stand in every sentence. */
const LEAST_CHARACTERS = 4;
/** A part of a value that is as long is not told either: a program that refuses one may say which part it did not like. */
const PART = 12;
/** Of what is looked through; reasons of containers are shorter. */
const MOST_CHARACTERS = 2_000;

export const UNTOLD = '… (the rest is not told: it has a value that the task was given in secret)';

/**
 * A program's words about a container, up to where they tell one of the values that it was given in secret: as they are, or as Go and JSON quote
 * them. Engines say of what they refuse what it was.
 */
export function withoutValues(words: string, values: readonly string[]): string {
  const text = words.slice(0, MOST_CHARACTERS);
  const forms = values.filter(({ length }) => length >= LEAST_CHARACTERS).flatMap(formsOf);
  const at = Math.min(...forms.map((form) => firstOf(form, text)));
  return at < text.length ? text.slice(0, at) + UNTOLD : words;
}

const formsOf = (value: string): readonly string[] => [...new Set([value, goQuoted(value), JSON.stringify(value).slice(1, -1)])];

const GO_ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** As `%q` does, without the quotes: https://pkg.go.dev/strconv#Quote */
const goQuoted = (value: string): string =>
  value.replaceAll(
    /[\p{Cc}\\"]/gu,
    (character) => GO_ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

/** Where `text` begins to tell `form`, or a part of it; its length where it does not. */
function firstOf(form: string, text: string): number {
  const whole = text.indexOf(form);
  const end = whole < 0 ? text.length : whole;
  for (let at = 0; at + PART <= end; at++) if (form.includes(text.slice(at, at + PART))) return at;
  return end;
}
