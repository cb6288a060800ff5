/** What the index of lines knows: a run of ASCII letters and digits in lower case, or two neighbours as `a~b`. */
export type Token = string;

/** Longer runs are cut: an index has no use for the bytes of an image. */
export const MAX_TOKEN = 64;

const RUN = /[a-z0-9]+/g;

/** From so many characters on a run with a digit stands alone. */
export const ALONE_FROM = 4;

/** An id, an instant, an amount: rare enough by itself, and every line would bring two new pairs that nobody asks for. It is in no pair. */
const standsAlone = (run: string): boolean => run.length >= ALONE_FROM && /[0-9]/.test(run);

/** The runs of a text in order. Every other character divides, those beyond ASCII too. */
export function runsOf(text: string): string[] {
  const found = text.toLowerCase().match(RUN) ?? [];
  for (let i = 0; i < found.length; i++) if (found[i]!.length > MAX_TOKEN) found[i] = found[i]!.slice(0, MAX_TOKEN);
  return found;
}

/**
 * Tokens of every text that has `literal` in it as whole words. `toLowerCase` folds some characters beyond ASCII into letters (the Kelvin
 * sign): the index is made from bytes, so only ASCII is folded there; what is not ASCII is not asked for.
 */
export function tokensIn(literal: string): readonly Token[] {
  const runs = literal
    .replace(/[^\p{ASCII}]/gu, ' ')
    .split('\n')
    .flatMap((line) => [runsOf(line)]);
  return [...new Set(runs.flatMap((line) => [...line, ...pairsOf(line)]))];
}

/** Neighbours of one line, in order. */
export const pairsOf = (runs: readonly string[]): Token[] =>
  runs.slice(1).flatMap((run, index) => (standsAlone(run) || standsAlone(runs[index]!) ? [] : [`${runs[index]!}~${run}`]));
