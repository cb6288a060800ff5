import { ALONE_FROM, MAX_TOKEN } from '../../domain/filter-pattern/tokens.js';
import { Occurrences } from './occurrences.js';
import type { Run } from './runs.js';
import { FEWEST_LINES, hasFoldingLetters, MOST_LETTERS, WordCounts } from './word-counts.js';

/** Of each byte: itself in lower case where it belongs to a run, otherwise 0. Bytes beyond ASCII divide. */
const RUN_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9]/.test(character) ? character.toLowerCase().charCodeAt(0) : 0;
});
const [BLANK, TILDE, NINE] = [0x20, 0x7e, 0x39];
/** Pairs are known by one key: the number of the first token, times this, and the second's. A block of more bytes than this is none. */
const MOST_TOKENS = 2 ** 24;
const NONE = -1;
const BEYOND_ASCII = 0x80;

/**
 * The distinct tokens of a block (`domain/filter-pattern/tokens.ts`), found in its bytes: this is done for every byte that anybody writes, and
 * with a string a word it took a third of the writer's time. One is used for block after block; its tables grow to the largest.
 */
export class BlockTokens {
  private out = Buffer.allocUnsafeSlow(256 * 1024);
  private length = 0;
  private count = 0;
  /** Of each token, by its number: where it stands in `out`, and its hash. */
  private starts = new Int32Array(8_192);
  private lengths = new Uint8Array(8_192);
  private hashes = new Int32Array(8_192);
  private standAlone = new Uint8Array(8_192);
  /** Open addressing, at most half full: numbers of tokens and keys of pairs, each with one added. */
  private tokens = new Int32Array(16_384);
  private pairs = new Float64Array(16_384);
  /** Of each slot of `pairs`: the pair's number. */
  private pairNumbers = new Int32Array(16_384);
  /** Of each pair, by its number: its key. */
  private pairKeys: number[] = [];
  private readonly words = new Occurrences();
  private readonly phrases = new Occurrences();
  private lineNumber = 0;
  /** Nothing is said of how many lines have what. */
  private isUnsure = false;

  /** Each once, with blanks between: what the index has of a block. Good until the next call. */
  of(runs: readonly Pick<Run, 'lengths' | 'text'>[]): Buffer {
    const bytes = runs.reduce((sum, { text }) => sum + text.length, 0);
    if (bytes >= MOST_TOKENS) throw new Error(`a block has ${bytes} bytes`);
    // Every byte may be in a token and two pairs; each of these has two more.
    if (this.out.length < 6 * bytes + 64) this.out = Buffer.allocUnsafeSlow(6 * bytes + 64);
    this.tokens.fill(0);
    this.pairs.fill(0);
    this.length = this.count = this.lineNumber = this.pairKeys.length = 0;
    this.words.clear();
    this.phrases.clear();
    this.isUnsure = runs.some(({ text }) => hasFoldingLetters(text));
    for (const { lengths, text } of runs) {
      let at = 0;
      for (let i = 0; i < lengths.length; i++, this.lineNumber++) this.line(text, at, (at += lengths[i]!));
    }
    return this.out.subarray(0, this.length);
  }

  /** Of the block that was last asked for: in how many lines its words and pairs stand (`linesWith`). */
  counts(): Buffer {
    const counts = new WordCounts();
    if (this.isUnsure) return counts.done();
    for (const { number, lines, form } of this.words.atLeast(FEWEST_LINES)) {
      const word = this.textOf(number);
      counts.add(word, lines, form === undefined ? undefined : withCapitals(word, form));
    }
    for (const { number, lines, form } of this.phrases.atLeast(FEWEST_LINES)) {
      const key = this.pairKeys[number]! - 1;
      const [a, b] = [this.textOf(Math.floor(key / MOST_TOKENS)), this.textOf(key % MOST_TOKENS)];
      const written = form === undefined ? undefined : `${withCapitals(a, form)} ${withCapitals(b, form >>> a.length)}`;
      counts.add(`${a} ${b}`, lines, written);
    }
    return counts.done();
  }

  private line(text: Buffer, from: number, to: number): void {
    const { out } = this;
    let [before, behind, formBefore, opensBefore] = [NONE, from, 0, false];
    for (let at = from; at < to; at++) {
      let byte = RUN_BYTE[text[at]!]!;
      if (byte === 0) continue;
      // It is written where it stays when it is new.
      const [start, begin] = [this.length + 1, at];
      let [end, hash, hasDigit, form] = [start, 0x811c9dc5, 0, 0];
      do {
        if (end - start < MAX_TOKEN) {
          if (byte !== text[at]) form |= 1 << (end - start);
          out[end++] = byte;
          hash = Math.imul(hash ^ byte, 0x01000193);
          if (byte <= NINE) hasDigit = 1;
        }
        at++;
      } while (at < to && (byte = RUN_BYTE[text[at]!]!) !== 0);
      const token = this.token(start, end - start, hash, hasDigit);
      const opens = begin === from || text[begin - 1]! < BEYOND_ASCII;
      const closes = at === to || text[at]! < BEYOND_ASCII;
      if (opens && closes && at - begin <= MOST_LETTERS) this.words.see(token, this.lineNumber, form);
      else this.words.seeUnsure(token);
      if (this.standAlone[token] === 1) before = NONE;
      else {
        if (before !== NONE) {
          const pair = this.pair(before, token);
          const letters = this.lengths[before]! + this.lengths[token]!;
          if (!opensBefore || !closes || letters > MOST_LETTERS) this.phrases.seeUnsure(pair);
          else if (begin === behind + 1 && text[behind] === BLANK)
            this.phrases.see(pair, this.lineNumber, formBefore | (form << this.lengths[before]!));
        }
        [before, behind, formBefore, opensBefore] = [token, at, form, opens];
      }
    }
  }

  private token(start: number, length: number, hash: number, hasDigit: number): number {
    const mask = this.tokens.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let known = this.tokens[slot]!; known !== 0; known = this.tokens[(slot = (slot + 1) & mask)]!)
      if (this.hashes[known - 1] === hash && this.isAt(known - 1, start, length)) return known - 1;
    const number = this.count++;
    if (number === this.starts.length) this.growTokens();
    this.tokens[slot] = number + 1;
    this.starts[number] = start;
    this.lengths[number] = length;
    this.hashes[number] = hash;
    this.standAlone[number] = hasDigit === 1 && length >= ALONE_FROM ? 1 : 0;
    this.words.add(number);
    this.out[start - 1] = BLANK;
    this.length = start + length;
    if (this.count * 2 > this.tokens.length) this.rehashTokens();
    return number;
  }

  private isAt(number: number, start: number, length: number): boolean {
    if (this.lengths[number] !== length) return false;
    const known = this.starts[number]!;
    for (let i = 0; i < length; i++) if (this.out[known + i] !== this.out[start + i]) return false;
    return true;
  }

  /** Its number. */
  private pair(a: number, b: number): number {
    const key = a * MOST_TOKENS + b + 1;
    const slot = this.slotOf(key);
    if (this.pairs[slot] === key) return this.pairNumbers[slot]!;
    const number = this.pairKeys.length;
    this.put(slot, key, number);
    this.pairKeys.push(key);
    this.phrases.add(number);
    this.out[this.length++] = BLANK;
    this.write(a);
    this.out[this.length++] = TILDE;
    this.write(b);
    if (this.pairKeys.length * 2 > this.pairs.length) this.rehashPairs();
    return number;
  }

  /** Where it is, or belongs. */
  private slotOf(key: number): number {
    const mask = this.pairs.length - 1;
    const hash = Math.imul(Math.floor(key / MOST_TOKENS), 0x9e3779b1) ^ Math.imul(key % MOST_TOKENS, 0x85ebca6b);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let known = this.pairs[slot]!; known !== 0 && known !== key; known = this.pairs[slot]!) slot = (slot + 1) & mask;
    return slot;
  }

  private put(slot: number, key: number, number: number): void {
    this.pairs[slot] = key;
    this.pairNumbers[slot] = number;
  }

  private write(number: number): void {
    const start = this.starts[number]!;
    this.out.copyWithin(this.length, start, start + this.lengths[number]!);
    this.length += this.lengths[number]!;
  }

  private textOf(number: number): string {
    const start = this.starts[number]!;
    return this.out.toString('latin1', start, start + this.lengths[number]!);
  }

  private growTokens(): void {
    const size = this.starts.length * 2;
    const grown = <T extends Int32Array | Uint8Array>(array: T, into: T): T => (into.set(array), into);
    this.starts = grown(this.starts, new Int32Array(size));
    this.lengths = grown(this.lengths, new Uint8Array(size));
    this.hashes = grown(this.hashes, new Int32Array(size));
    this.standAlone = grown(this.standAlone, new Uint8Array(size));
  }

  private rehashPairs(): void {
    this.pairs = new Float64Array(this.pairs.length * 2);
    this.pairNumbers = new Int32Array(this.pairs.length);
    this.pairKeys.forEach((key, number) => this.put(this.slotOf(key), key, number));
  }

  private rehashTokens(): void {
    this.tokens = new Int32Array(this.tokens.length * 2);
    const mask = this.tokens.length - 1;
    for (let number = 0; number < this.count; number++) {
      const hash = this.hashes[number]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (this.tokens[slot] !== 0) slot = (slot + 1) & mask;
      this.tokens[slot] = number + 1;
    }
  }
}

const withCapitals = (word: string, form: number): string =>
  form === 0 ? word : word.replaceAll(/./g, (letter, i: number) => ((form >>> i) & 1 ? letter.toUpperCase() : letter));
