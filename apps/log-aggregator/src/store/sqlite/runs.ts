import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Events of one stream that came together, in the order in which they came. */
export interface Run {
  /** Rises for ever. */
  readonly id: number;
  readonly ingestedAt: number;
  readonly times: readonly number[] | Float64Array;
  /** Bytes of each message in `text`, which has them one behind the other in UTF-8. */
  readonly lengths: readonly number[] | Uint32Array;
  readonly text: Buffer;
}

/** A run in a block, with the stream's number in the file. */
export interface PlacedRun extends Run {
  readonly stream: number;
}

/** Unsigned LEB128, up to 2^53. */
class Bytes {
  private buffer = Buffer.allocUnsafe(4_096);
  private length = 0;

  varint(value: number): void {
    if (this.length + 10 > this.buffer.length) this.buffer = Buffer.concat([this.buffer], this.buffer.length * 2);
    while (value >= 128) {
      this.buffer[this.length++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    this.buffer[this.length++] = value;
  }

  /** Small ones of either sign stay small. */
  signed(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  done(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}

class Reading {
  constructor(
    private readonly buffer: Uint8Array,
    private at = 0,
  ) {}

  get isOver(): boolean {
    return this.at >= this.buffer.length;
  }

  varint(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.buffer[this.at++];
      if (byte === undefined) throw new Error('a block ends too early');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function writeEvents(bytes: Bytes, { times, lengths }: Pick<Run, 'times' | 'lengths'>): void {
  bytes.varint(times.length);
  let before = 0;
  for (let i = 0; i < times.length; i++) {
    bytes.signed(times[i]! - before);
    before = times[i]!;
    bytes.varint(lengths[i]!);
  }
}

function readEvents(reading: Reading): { times: Float64Array; lengths: Uint32Array; bytes: number } {
  const rows = reading.varint();
  const times = new Float64Array(rows);
  const lengths = new Uint32Array(rows);
  let [before, bytes] = [0, 0];
  for (let i = 0; i < rows; i++) {
    times[i] = before += reading.signed();
    bytes += lengths[i] = reading.varint();
  }
  return { times, lengths, bytes };
}

/** A run as a row of the tail has it: what is known of its events, and their text. */
export function encodeRun(run: Pick<Run, 'times' | 'lengths' | 'text'>): Buffer {
  const bytes = new Bytes();
  writeEvents(bytes, run);
  const meta = bytes.done();
  const size = Buffer.allocUnsafe(4);
  size.writeUInt32LE(meta.length);
  return Buffer.concat([size, meta, run.text]);
}

export function decodeRun(data: Uint8Array): Pick<Run, 'times' | 'lengths' | 'text'> {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const end = 4 + buffer.readUInt32LE();
  const { times, lengths } = readEvents(new Reading(buffer.subarray(4, end)));
  return { times, lengths, text: buffer.subarray(end) };
}

/** What a block says beside its events, in few bytes. */
export const compressedCounts = (counts: Buffer): Buffer => compressed(counts);
export const readCounts = (stored: Uint8Array): Buffer => zstdDecompressSync(stored);

export interface EncodedBlock {
  readonly meta: Buffer;
  readonly data: Buffer;
}

/** With a checksum: a flipped bit is found when the block is read. */
const compressed = (bytes: Buffer): Buffer =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 } });

export function encodeBlock(runs: readonly PlacedRun[]): EncodedBlock {
  const bytes = new Bytes();
  for (const run of runs) {
    bytes.varint(run.id);
    bytes.varint(run.stream);
    bytes.varint(run.ingestedAt);
    writeEvents(bytes, run);
  }
  return { meta: compressed(bytes.done()), data: compressed(Buffer.concat(runs.map(({ text }) => text))) };
}

/** `rawBytes`: of the text, which then needs one buffer and no growing; one that is full to the last byte would be followed by another. */
export function decodeBlock({ meta, data }: { meta: Uint8Array; data: Uint8Array }, rawBytes: number): PlacedRun[] {
  const reading = new Reading(zstdDecompressSync(meta));
  const text = rawBytes === 0 ? Buffer.alloc(0) : zstdDecompressSync(data, { chunkSize: rawBytes + 64 });
  const runs: PlacedRun[] = [];
  let at = 0;
  while (!reading.isOver) {
    const head = { id: reading.varint(), stream: reading.varint(), ingestedAt: reading.varint() };
    const { times, lengths, bytes } = readEvents(reading);
    runs.push({ ...head, times, lengths, text: text.subarray(at, at + bytes) });
    at += bytes;
  }
  if (at !== text.length || at !== rawBytes) throw new Error('a block has not as many bytes as its events');
  return runs;
}
