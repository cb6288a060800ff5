/** Messages in a stream of bytes, each behind its length in two bytes (RFC 1035 §4.2.2). */
export class StreamMessages {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly mostBytes: number) {}

  /** Those that are whole now; undefined when one is announced that is too long. */
  add(bytes: Buffer): readonly Buffer[] | undefined {
    this.rest = Buffer.concat([this.rest, bytes]);
    const messages: Buffer[] = [];
    while (this.rest.length >= 2) {
      const length = this.rest.readUInt16BE(0);
      if (length > this.mostBytes) return undefined;
      if (this.rest.length < 2 + length) break;
      messages.push(Buffer.from(this.rest.subarray(2, 2 + length)));
      this.rest = this.rest.subarray(2 + length);
    }
    return messages;
  }
}

export function withLength(message: Buffer): Buffer {
  const framed = Buffer.alloc(2 + message.length);
  framed.writeUInt16BE(message.length, 0);
  message.copy(framed, 2);
  return framed;
}
