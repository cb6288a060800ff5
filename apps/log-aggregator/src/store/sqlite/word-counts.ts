import type { OnlyWords } from '../../domain/filter-pattern/filter.js';

/**
 * In how many lines of a block its words and pairs of neighbours stand, so that a word that is in every block can be counted without any
 * being read. An entry: `\nword\tcount`, in lower case; behind it `\tWORD` where it always has these capitals, `\t?` where it has not always
 * the same. Of a pair: the lines in which just a blank is between the two.
 */
export class WordCounts {
  private readonly parts: string[] = [];

  add(word: string, lines: number, written: string | undefined): void {
    this.parts.push(`\n${word}\t${lines}${written === word ? '' : `\t${written ?? '?'}`}`);
  }

  done(): Buffer {
    return Buffer.from(`${this.parts.join('')}\n`, 'latin1');
  }
}

/** A word is in fewer lines than this: a block does not say of it. */
export const FEWEST_LINES = 3;
/** Of a word's capitals, or a pair's, so many are known. */
export const MOST_LETTERS = 31;

const COUNTED = /^[A-Za-z0-9]+(?: [A-Za-z0-9]+)?$/;

/** Undefined: it is not known of this block. */
export function linesWith(counts: Buffer, { text, inAnyCase }: OnlyWords): number | undefined {
  if (!COUNTED.test(text)) return undefined;
  const word = text.toLowerCase();
  const at = counts.indexOf(`\n${word}\t`, 0, 'latin1');
  if (at < 0) return undefined;
  const entry = counts.toString('latin1', at + 1, counts.indexOf(0x0a, at + 1));
  const [, lines, written = word] = entry.split('\t');
  if (inAnyCase || written === text) return Number(lines);
  return written === '?' ? undefined : 0;
}

/** Of the characters beyond ASCII that are ASCII in lower case: U+212A, and U+0130, which is an `i` with a dot. A word may begin with one. */
const FOLDING = [Buffer.from('\u212a'), Buffer.from('\u0130')];

export const hasFoldingLetters = (text: Buffer): boolean => FOLDING.some((letter) => text.includes(letter));
