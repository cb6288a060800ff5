import type { Filter } from '../../domain/filter-pattern/filter.js';
import type { Selection } from '../log-store.js';
import { filterOf } from '../selected.js';
import type { Run } from './runs.js';

export interface StreamRun extends Run {
  readonly streamId: string;
}

/** Which events of a run are meant, made ready for many runs. */
export interface Meant {
  readonly filter: Filter;
  readonly streams: ReadonlySet<string> | undefined;
  readonly from: number;
  readonly to: number;
}

export const meantOf = (selection: Selection): Meant => ({
  filter: filterOf(selection),
  streams: selection.streams && new Set(selection.streams),
  from: selection.from,
  to: selection.to,
});

/** Gives the events of a run that are meant and `isWanted`; the text of one is made when it is asked for. */
export function visit(
  run: StreamRun,
  { filter, streams, from, to }: Meant,
  isWanted: (timestamp: number, index: number) => boolean,
  give: (timestamp: number, index: number, message: () => string, bytes: number) => void,
): void {
  if (streams?.has(run.streamId) === false) return;
  const places = filter.literal === undefined ? undefined : new Places(run.text, filter.literal);
  const { times, lengths, text } = run;
  let end = 0;
  for (let index = 0; index < times.length; index++) {
    const begin = end;
    end += lengths[index]!;
    if (places) {
      // From one place to the next, past all events that have none.
      if (places.isNowhere) return;
      if (end <= places.at || !places.isIn(begin, end)) continue;
    }
    const timestamp = times[index]!;
    if (timestamp < from || timestamp >= to || !isWanted(timestamp, index)) continue;
    const [first, last] = [begin, end];
    const message = () => text.toString('utf8', first, last);
    const verdict = places && filter.onlyWords ? places.areWords(begin, end) : undefined;
    if (verdict ?? filter.matches(message())) give(timestamp, index, message, last - first);
  }
}

/** Of each byte: 1 a letter or digit of ASCII, 2 not ASCII. */
const KIND = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 128 ? 2 : /[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Where a literal stands in the text of a run: found once for all of its events, which have to be asked about in order. */
class Places {
  private readonly literal: Buffer;
  private readonly opens: boolean;
  private readonly closes: boolean;
  private found: number;

  constructor(
    private readonly text: Buffer,
    literal: string,
  ) {
    this.literal = Buffer.from(literal);
    this.opens = KIND[this.literal[0]!] === 1;
    this.closes = KIND[this.literal.at(-1)!] === 1;
    this.found = text.indexOf(this.literal);
  }

  /** There is none any more. */
  get isNowhere(): boolean {
    return this.found < 0;
  }

  /** The next one. */
  get at(): number {
    return this.found;
  }

  isIn(begin: number, end: number): boolean {
    if (this.found >= 0 && this.found < begin) this.nextFrom(begin);
    return this.found >= 0 && this.found + this.literal.length <= end;
  }

  /** As `hasWords`, of bytes, of an event that it is in. Undefined: a neighbour is not ASCII, and its character has to be looked at. */
  areWords(begin: number, end: number): boolean | undefined {
    for (; this.found >= 0 && this.found + this.literal.length <= end; this.nextFrom(this.found + 1)) {
      const behind = this.found + this.literal.length;
      const before = this.opens && this.found > begin ? KIND[this.text[this.found - 1]!]! : 0;
      const after = this.closes && behind < end ? KIND[this.text[behind]!]! : 0;
      if (before === 0 && after === 0) return true;
      if (before === 2 || after === 2) return undefined;
    }
    return false;
  }

  private nextFrom(at: number): void {
    this.found = this.text.indexOf(this.literal, at);
  }
}
