import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';

/** What a log router hears by fluentd's forward protocol: `[tag, time, record]` in MessagePack, as Docker's `fluentd` driver says it. */
export interface ForwardedRecord {
  readonly tag: string;
  /** Milliseconds since 1970. */
  readonly timestampMs: number;
  readonly record: Readonly<Record<string, string>>;
}

/** Listens where a router of a task would: on the socket that is in its container, too. */
export async function startForwardRouter(socket: string, onRecord: (record: ForwardedRecord) => void): Promise<() => void> {
  if (existsSync(socket)) throw new Error(`somebody listens at ${socket}`);
  const server = createServer((connection) => {
    let waiting = Buffer.alloc(0);
    connection.on('data', (bytes) => {
      waiting = Buffer.concat([waiting, bytes]);
      for (;;) {
        const reader = new MessagePack(waiting);
        const message = reader.value();
        if (message === INCOMPLETE) return;
        waiting = waiting.subarray(reader.at);
        const [tag, timestampMs, record] = message as [string, number, Record<string, string>];
        onRecord({ tag, timestampMs, record });
      }
    });
  }).listen(socket);
  await once(server, 'listening');
  return () => server.close();
}

const INCOMPLETE = Symbol('incomplete');
type Value = number | string | boolean | null | Value[] | { [key: string]: Value };

/** As much of https://github.com/msgpack/msgpack/blob/master/spec.md as the protocol needs; another type is an error. */
class MessagePack {
  at = 0;

  constructor(private readonly bytes: Buffer) {}

  value(): Value | typeof INCOMPLETE {
    try {
      return this.next();
    } catch (error) {
      if (error instanceof RangeError) return INCOMPLETE;
      throw error;
    }
  }

  private next(): Value {
    const type = this.take(1).readUInt8();
    if (type < 0x80) return type;
    if (type < 0x90) return this.map(type & 0x0f);
    if (type < 0xa0) return this.array(type & 0x0f);
    if (type < 0xc0) return this.text(type & 0x1f);
    switch (type) {
      case 0xc0:
        return null;
      case 0xcc:
      case 0xd9:
      case 0xc4: {
        const number = this.take(1).readUInt8();
        return type === 0xcc ? number : this.text(number);
      }
      case 0xcd:
        return this.take(2).readUInt16BE();
      case 0xce:
        return this.take(4).readUInt32BE();
      case 0xda:
      case 0xc5:
        return this.text(this.take(2).readUInt16BE());
      case 0xdb:
      case 0xc6:
        return this.text(this.take(4).readUInt32BE());
      case 0xdc:
        return this.array(this.take(2).readUInt16BE());
      case 0xde:
        return this.map(this.take(2).readUInt16BE());
      case 0xd7:
        return this.eventTime();
      default:
        throw new Error(`MessagePack's type ${type.toString(16)} was not expected`);
    }
  }

  /** Extension 0 of the forward protocol: seconds and nanoseconds. */
  private eventTime(): number {
    const time = this.take(9);
    if (time[0] !== 0) throw new Error(`the extension ${time[0]} was not expected`);
    return time.readUInt32BE(1) * 1_000 + time.readUInt32BE(5) / 1e6;
  }

  private array(count: number): Value[] {
    return Array.from({ length: count }, () => this.next());
  }

  private map(count: number): { [key: string]: Value } {
    return Object.fromEntries(Array.from({ length: count }, () => [this.next() as string, this.next()]));
  }

  private text(length: number): string {
    return this.take(length).toString();
  }

  private take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new RangeError('there is more to come');
    return this.bytes.subarray(this.at, (this.at += length));
  }
}
