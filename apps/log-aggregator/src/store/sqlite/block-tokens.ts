import { runsOf } from '../../domain/filter-pattern/tokens.js';
import type { Run } from './runs.js';

/** Every token of the runs' events once, with blanks between: what the index has of a block. */
export function tokensOfRuns(runs: readonly Pick<Run, 'lengths' | 'text'>[]): string {
  const tokens = new Set<string>();
  for (const { lengths, text } of runs) {
    let at = 0;
    for (const length of lengths) {
      // Bytes beyond ASCII become characters that divide, and cost no decoding.
      const found = runsOf(ascii(text, at, at + length));
      at += length;
      for (let i = 0; i < found.length; i++) {
        tokens.add(found[i]!);
        if (i > 0) tokens.add(`${found[i - 1]!}~${found[i]!}`);
      }
    }
  }
  return [...tokens].join(' ');
}

/** Latin 1 keeps bytes apart, and lower case of those beyond ASCII is never an ASCII letter. */
const ascii = (text: Buffer, from: number, to: number): string => text.toString('latin1', from, to);
