/** What the index of lines knows: a run of ASCII letters and digits in lower case, or two neighbours as `a~b`. */
export type Token = string;

/** Longer runs are cut: an index has no use for the bytes of an image. */
export const MAX_TOKEN = 64;

const RUN = /[a-z0-9]+/g;

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
  return [...new Set(runs.flatMap((line) => [...line, ...line.slice(1).map((run, index) => `${line[index]!}~${run}`)]))];
}
