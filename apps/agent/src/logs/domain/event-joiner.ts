import type { ShippedEvent } from '#lib/logs';
import { MAX_ENCODED_BYTES, MAX_MESSAGE_BYTES, type Piece, type Place } from './line-assembler.js';

/** All lines up to number `n` that were not in an item before. An empty line is no event: CloudWatch Logs takes none. */
export interface Item {
  readonly n: number;
  readonly event?: ShippedEvent;
  /** At least what the event takes as JSON. */
  readonly bytes: number;
  readonly end?: Place;
}

/** Docker's awslogs holds the lines of an event so long for the next line to say whether it is over. */
export const EVENT_WAITS_MS = 5_000;

interface Held {
  readonly texts: string[];
  readonly timestampMs: number;
  messageBytes: number;
  bytes: number;
  last: Piece;
}

/** Makes events of lines: one each, or with a pattern one of all lines from one that matches to the next. */
export class EventJoiner {
  private held: Held | undefined;

  constructor(private readonly beginsEvent?: (line: string) => boolean) {}

  get isHolding(): boolean {
    return this.held !== undefined;
  }

  push(piece: Piece): Item[] {
    if (!this.beginsEvent) return [item(piece, piece.text, piece.timestampMs, piece.bytes)];
    const isOver = this.held && (this.beginsEvent(piece.text) || !hasRoom(this.held, piece));
    const over = isOver ? this.flush() : [];
    this.held ??= { texts: [], timestampMs: piece.timestampMs, messageBytes: 0, bytes: 0, last: piece };
    // Each line with its end, the last one too (moby `awslogs`, `collectBatch`).
    this.held.texts.push(piece.text, '\n');
    this.held.messageBytes += Buffer.byteLength(piece.text) + 1;
    this.held.bytes += piece.bytes;
    this.held.last = piece;
    return over;
  }

  flush(): Item[] {
    if (!this.held) return [];
    const { texts, timestampMs, last, bytes } = this.held;
    this.held = undefined;
    return [item(last, texts.join(''), timestampMs, bytes)];
  }
}

const hasRoom = (held: Held, piece: Piece): boolean =>
  held.messageBytes + Buffer.byteLength(piece.text) + 1 <= MAX_MESSAGE_BYTES && held.bytes + piece.bytes <= MAX_ENCODED_BYTES;

const item = ({ n, end }: Piece, message: string, timestamp: number, bytes: number): Item => ({
  n,
  end,
  bytes,
  event: message === '' ? undefined : { n, timestamp, message },
});
