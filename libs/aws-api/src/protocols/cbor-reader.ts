import { isUtf8 } from 'node:buffer';

/**
 * CBOR (RFC 8949) as Smithy RPC v2 has it, read from strangers. The SDK's own decoder reads what a service of AWS sent: it makes the
 * room that a head claims (five bytes can claim gigabytes), recurses as deep as it is told to, and writes out decimal fractions of any
 * exponent. Here nothing is made before its bytes are there, and the depth and the number of items are bounded.
 * Byte strings are `Uint8Array`, instants (tag 1) seconds since the epoch, `undefined` is null, other tags mean nothing here
 * (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html).
 */
export class MalformedCbor extends Error {}

/** No input of any service is as deep. */
const MAX_DEPTH = 32;
/** PutMetricData with everything that it may have is below: 1,000 metrics of 150 values with their counts. */
const MAX_ITEMS = 500_000;

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, list: 4, map: 5, tag: 6 } as const;
const INDEFINITE = 31;
const BREAK = 0xff;
/** Of tags 2 to 5 (big numbers), which no member of a service here is. */
const isBigNumber = (tag: number) => tag >= 2 && tag <= 5;

export function readCbor(bytes: Uint8Array): unknown {
  const reader = new CborReader(bytes);
  const value = reader.item(0);
  if (!reader.isAtEnd) throw new MalformedCbor('bytes after the value');
  return value;
}

class CborReader {
  private at = 0;
  private items = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  item(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new MalformedCbor(`more than ${MAX_DEPTH} levels`);
    if (++this.items > MAX_ITEMS) throw new MalformedCbor(`more than ${MAX_ITEMS} items`);
    const head = this.byte();
    const [major, minor] = [head >> 5, head & 31];
    switch (major) {
      case MAJOR.unsigned:
        return this.argument(minor);
      case MAJOR.negative:
        return -1 - this.argument(minor);
      case MAJOR.bytes:
        return this.string(minor, major);
      case MAJOR.text:
        return this.text(minor);
      case MAJOR.list:
        return this.list(minor, depth + 1);
      case MAJOR.map:
        return this.map(minor, depth + 1);
      case MAJOR.tag:
        return this.tagged(this.argument(minor), depth + 1);
      default:
        return this.special(minor);
    }
  }

  private list(minor: number, depth: number): unknown[] {
    const list: unknown[] = [];
    for (const _ of this.elements(minor, 1)) list.push(this.item(depth));
    return list;
  }

  private map(minor: number, depth: number): unknown {
    const entries: [string, unknown][] = [];
    for (const _ of this.elements(minor, 2)) {
      const head = this.byte();
      if (head >> 5 !== MAJOR.text) throw new MalformedCbor('a key that is not text');
      entries.push([this.text(head & 31), this.item(depth)]);
    }
    // Defines properties, so that a key `__proto__` stays a key.
    return Object.fromEntries(entries);
  }

  /** Once for every element of a list or map: as many as it says, or up to its break. */
  private *elements(minor: number, itemsEach: number): Generator<void> {
    if (minor === INDEFINITE) {
      while (!this.isBreak()) yield;
      return;
    }
    const count = this.argument(minor);
    if (count * itemsEach > this.bytes.length - this.at) throw new MalformedCbor('more elements than bytes');
    for (let index = 0; index < count; index++) yield;
  }

  private text(minor: number): string {
    const bytes = this.string(minor, MAJOR.text);
    if (!isUtf8(bytes)) throw new MalformedCbor('text that is not UTF-8');
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  }

  private string(minor: number, major: number): Uint8Array {
    return minor === INDEFINITE ? this.chunks(major) : this.take(this.argument(minor));
  }

  private chunks(major: number): Uint8Array {
    const chunks: Uint8Array[] = [];
    while (!this.isBreak()) {
      if (++this.items > MAX_ITEMS) throw new MalformedCbor(`more than ${MAX_ITEMS} items`);
      const head = this.byte();
      if (head >> 5 !== major || (head & 31) === INDEFINITE) throw new MalformedCbor('a chunk of another kind');
      chunks.push(this.take(this.argument(head & 31)));
    }
    return Buffer.concat(chunks);
  }

  private tagged(tag: number, depth: number): unknown {
    if (isBigNumber(tag)) throw new MalformedCbor(`a number of tag ${tag}`);
    const value = this.item(depth);
    if (tag === 1 && typeof value !== 'number') throw new MalformedCbor('an instant that is no number');
    return value;
  }

  private special(minor: number): unknown {
    switch (minor) {
      case 20:
      case 21:
        return minor === 21;
      case 22:
      case 23:
        return null;
      case 25:
        return float16(this.view.getUint16(this.skip(2)));
      case 26:
        return this.view.getFloat32(this.skip(4));
      case 27:
        return this.view.getFloat64(this.skip(8));
      default:
        throw new MalformedCbor(`the simple value ${minor}`);
    }
  }

  /** The number in a head. Beyond 2^53 the nearest one, as JSON numbers are read. */
  private argument(minor: number): number {
    if (minor < 24) return minor;
    switch (minor) {
      case 24:
        return this.byte();
      case 25:
        return this.view.getUint16(this.skip(2));
      case 26:
        return this.view.getUint32(this.skip(4));
      case 27:
        return Number(this.view.getBigUint64(this.skip(8)));
      default:
        throw new MalformedCbor(`a head of ${minor}`);
    }
  }

  private isBreak(): boolean {
    if (this.bytes[this.at] !== BREAK) return false;
    this.at++;
    return true;
  }

  private byte(): number {
    return this.bytes[this.skip(1)]!;
  }

  private take(length: number): Uint8Array {
    const from = this.skip(length);
    return this.bytes.subarray(from, from + length);
  }

  /** Where the next `length` bytes begin, of which there are as many. */
  private skip(length: number): number {
    if (length > this.bytes.length - this.at) throw new MalformedCbor('an early end');
    const from = this.at;
    this.at += length;
    return from;
  }
}

function float16(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
