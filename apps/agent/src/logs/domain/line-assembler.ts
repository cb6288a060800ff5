/** Where something begins in the engine's files: behind all that is before it. */
export interface Place {
  /** Which file, whatever it is called after a rotation. */
  readonly file: string;
  readonly offset: number;
}

/** One line of the engine's file: a line of the container's, or 16 KB of one. */
export interface EngineRecord {
  readonly log: string;
  readonly stream: string;
  readonly timestampMs: number;
  /** As it stands in the file, at least as much as JSON of ours needs. */
  readonly bytes: number;
  /** Behind it. */
  readonly end: Place;
}

/** A line of the container's, or as much of one as an event holds. Numbers rise by one. */
export interface Piece {
  readonly n: number;
  readonly timestampMs: number;
  readonly text: string;
  readonly bytes: number;
  /** Where whoever has this piece, and knows nothing else, goes on and makes the same pieces with the same numbers. */
  readonly end?: Place;
}

/** An event's message (Docker's awslogs: 256 KiB less the 26 bytes that CloudWatch Logs counts for itself). */
export const MAX_MESSAGE_BYTES = 256 * 1024 - 26;
/** The same as JSON, in which a control character takes six bytes: an event has to fit into a batch. */
export const MAX_ENCODED_BYTES = 384 * 1024;
/** A line begun on one stream is not waited for longer, while the other one goes on: what is held has to be read again after a crash. */
const RECORDS_WAITED = 64;

interface Begun {
  texts: string[];
  messageBytes: number;
  bytes: number;
  timestampMs: number;
  waited: number;
}

/**
 * Puts the pieces of long lines together again, each stream's by themselves. What it makes depends on the records and on nothing
 * else, so that after a crash the same lines get the same numbers.
 */
export class LineAssembler {
  private readonly begun = new Map<string, Begun>();
  private behind: Place | undefined;

  constructor(private next = 0) {}

  get isClean(): boolean {
    return this.begun.size === 0;
  }

  push(record: EngineRecord): Piece[] {
    const isWhole = record.log.endsWith('\n');
    const text = isWhole ? record.log.slice(0, -1) : record.log;
    const { behind } = this;
    this.behind = record.end;
    if (isWhole && this.begun.size === 0) return [this.piece(text, record.timestampMs, record.bytes, record.end)];
    const pieces = this.makeRoom(record, text, behind);
    this.append(record, text);
    if (isWhole) pieces.push(this.finish(record.stream, record.end));
    return [...pieces, ...this.finishTheWaiting(record)];
  }

  /** Nothing more will come. */
  flush(): Piece[] {
    return [...this.begun.keys()].map((stream) => this.finish(stream, this.behind));
  }

  private makeRoom(record: EngineRecord, text: string, behind: Place | undefined): Piece[] {
    const begun = this.begun.get(record.stream);
    if (!begun) return [];
    const fits =
      begun.messageBytes + Buffer.byteLength(text) <= MAX_MESSAGE_BYTES && begun.bytes + record.bytes <= MAX_ENCODED_BYTES;
    return fits ? [] : [this.finish(record.stream, behind)];
  }

  private append(record: EngineRecord, text: string): void {
    const begun = this.begun.get(record.stream) ?? {
      texts: [],
      messageBytes: 0,
      bytes: 0,
      timestampMs: record.timestampMs,
      waited: 0,
    };
    begun.texts.push(text);
    begun.messageBytes += Buffer.byteLength(text);
    begun.bytes += record.bytes;
    begun.waited = 0;
    this.begun.set(record.stream, begun);
  }

  private finishTheWaiting({ stream, end }: EngineRecord): Piece[] {
    const waiting = [...this.begun].filter(([other, begun]) => other !== stream && ++begun.waited > RECORDS_WAITED);
    return waiting.map(([other]) => this.finish(other, end));
  }

  private finish(stream: string, end: Place | undefined): Piece {
    const { texts, timestampMs, bytes } = this.begun.get(stream)!;
    this.begun.delete(stream);
    return this.piece(texts.join(''), timestampMs, bytes, this.isClean ? end : undefined);
  }

  private piece(text: string, timestampMs: number, bytes: number, end: Place | undefined): Piece {
    return { n: this.next++, text, timestampMs, bytes, end };
  }
}
