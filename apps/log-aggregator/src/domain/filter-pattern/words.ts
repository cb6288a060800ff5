const isWordCharacter = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);

/**
 * Whether `term` stands in `text` as words: not as a part of a longer word. AWS says "contain the word", and needs a regular expression
 * for `AUTHORIZED` to find `UNAUTHORIZED`.
 */
export function hasWords(text: string, term: string): boolean {
  const opens = isWordCharacter(term[0]);
  const closes = isWordCharacter(term.at(-1));
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    if ((!opens || !isWordCharacter(text[at - 1])) && (!closes || !isWordCharacter(text[at + term.length]))) return true;
  }
  return false;
}
