/** What is known of the capitals of a word or a pair, wherever it stood so far. */
const [SAME, MIXED, UNSURE] = [0, 1, 2];
/** Of each number, one behind the other: what is read together is in one line of the processor's cache. */
const [LINES, LAST, FORM, KIND, WIDTH] = [0, 1, 2, 3, 4];

/**
 * In how many lines of a block each word stands, or each pair of neighbours: by number, from 0 on. Whether a character beyond ASCII beside it
 * is a letter is not known here, so what stands beside one is unsure, and not told.
 */
export class Occurrences {
  private end = 0;
  private of = new Int32Array(8_192 * WIDTH);

  clear(): void {
    this.end = 0;
  }

  /** It is in no line as yet. Numbers come one after another. */
  add(number: number): void {
    const at = number * WIDTH;
    this.end = at + WIDTH;
    if (this.end > this.of.length) this.grow();
    this.of[at + LINES] = 0;
    this.of[at + LAST] = -1;
    this.of[at + KIND] = SAME;
  }

  /** `form`: a bit a letter, set for a capital. */
  see(number: number, line: number, form: number): void {
    const { of } = this;
    const at = number * WIDTH;
    if (of[at + LAST] !== line) {
      of[at + LAST] = line;
      if (of[at + LINES] === 0) of[at + FORM] = form;
      of[at + LINES] = of[at + LINES]! + 1;
    }
    if (of[at + FORM] !== form && of[at + KIND] === SAME) of[at + KIND] = MIXED;
  }

  seeUnsure(number: number): void {
    this.of[number * WIDTH + KIND] = UNSURE;
  }

  /** Of those that stand in at least so many lines: how many, and the capitals where all have the same. */
  *atLeast(lines: number): Iterable<{ readonly number: number; readonly lines: number; readonly form?: number }> {
    const { of } = this;
    for (let at = 0; at < this.end; at += WIDTH) {
      if (of[at + LINES]! < lines || of[at + KIND] === UNSURE) continue;
      yield { number: at / WIDTH, lines: of[at + LINES]!, ...(of[at + KIND] === SAME ? { form: of[at + FORM]! } : {}) };
    }
  }

  private grow(): void {
    const grown = new Int32Array(this.of.length * 2);
    grown.set(this.of);
    this.of = grown;
  }
}
