/** ELB's patterns: `*` is any text, also none, `?` one character. As a regular expression of the whole text. */
export const regexOf = (pattern: string, any = '.'): string => `^${sourceOf(pattern, any)}$`;

/** The same without anchors, for texts within others. */
export const sourceOf = (pattern: string, any = '.'): string =>
  pattern.replace(/[\\^$.|+()[\]{}*?/-]/g, (special) => (special === '*' ? `${any}*` : special === '?' ? any : `\\${special}`));

export const hasWildcards = (pattern: string): boolean => /[*?]/.test(pattern);

/** A text that a pattern without wildcards means, or what everything that matches begins with where only its end is open. */
export function literalOf(pattern: string): { readonly text: string; readonly open: boolean } | undefined {
  const open = pattern.endsWith('*');
  const text = open ? pattern.slice(0, -1) : pattern;
  return hasWildcards(text) ? undefined : { text, open };
}
