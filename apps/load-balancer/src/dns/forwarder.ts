import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Clock, Random } from '#lib/platform';
import { StreamMessages, withLength } from './stream-messages.js';

export interface ForwarderDeps {
  readonly resolvers: () => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly random: Random;
  /** Of the resolvers; 53 everywhere but in tests. */
  readonly port?: number;
}

/** One resolver's time. Askers wait 5 s (glibc's default) before they ask again. */
const ATTEMPT_MS = 2_000;
/** Questions under way: whoever floods is not helped to flood others. */
const MOST_UNDER_WAY = 500;

/**
 * Gives questions about names that are not ours to the resolvers of this host, one after another until one answers, and their answers back as
 * they are. Each question goes out from a port and under an id of its own, so that nobody can guess the answer's (RFC 5452).
 */
export class Forwarder {
  private underWay = 0;

  constructor(private readonly deps: ForwarderDeps) {}

  /** Undefined: nobody has answered. */
  async ask(query: Buffer, over: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    if (this.underWay >= MOST_UNDER_WAY) return undefined;
    this.underWay++;
    try {
      for (const address of await this.deps.resolvers()) {
        const answer = await (over === 'udp' ? this.overUdp(query, address) : this.overTcp(query, address));
        if (answer) return answer;
      }
      return undefined;
    } finally {
      this.underWay--;
    }
  }

  private overUdp(query: Buffer, address: string): Promise<Buffer | undefined> {
    const { asked, isAnswer } = this.disguised(query);
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    return this.within((done) => {
      socket.on('error', () => done(undefined));
      socket.on('message', (message) => {
        if (isAnswer(message)) done(message);
      });
      // Connected, it hears nobody else, and hears of a port that is closed.
      socket.connect(this.deps.port ?? 53, address, () => socket.send(asked, (error) => error && done(undefined)));
      return () => socket.close();
    }, query);
  }

  private overTcp(query: Buffer, address: string): Promise<Buffer | undefined> {
    const { asked, isAnswer } = this.disguised(query);
    return this.within((done) => {
      const socket = connect({ host: address, port: this.deps.port ?? 53 });
      const messages = new StreamMessages(65_535);
      socket.on('error', () => done(undefined));
      socket.on('close', () => done(undefined));
      socket.on('data', (bytes) => {
        for (const message of messages.add(bytes) ?? []) if (isAnswer(message)) return done(message);
      });
      socket.write(withLength(asked));
      return () => socket.destroy();
    }, query);
  }

  /** Under an id of its own; and whether a message is what was asked for: same id, an answer, the same question. */
  private disguised(query: Buffer): { asked: Buffer; isAnswer: (message: Buffer) => boolean } {
    const asked = Buffer.from(query);
    const id = Number.parseInt(this.deps.random.hex(2), 16);
    asked.writeUInt16BE(id, 0);
    const question = questionOf(query);
    return {
      asked,
      isAnswer: (message) =>
        message.length >= 12 &&
        message.readUInt16BE(0) === id &&
        (message[2]! & 0x80) !== 0 &&
        // A resolver may leave the question of what it refuses out.
        (message.readUInt16BE(4) === 0 || questionOf(message) === question),
    };
  }

  /** What comes within the time of one resolver, under the asker's id again. */
  private within(start: (done: (answer: Buffer | undefined) => void) => () => void, query: Buffer): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      let end: (() => void) | undefined;
      let isOver = false;
      const done = (answer: Buffer | undefined) => {
        if (isOver) return;
        isOver = true;
        cancel();
        end?.();
        if (answer) query.copy(answer, 0, 0, 2);
        resolve(answer);
      };
      const cancel = this.deps.clock.after(ATTEMPT_MS, () => done(undefined));
      end = start(done);
    });
  }
}

/** Name, type and class, without regard to case: the bytes behind the header up to the end of the first question. */
function questionOf(message: Buffer): string {
  let at = 12;
  while (at < message.length && message[at] !== 0) at += message[at]! + 1;
  return message.toString('latin1', 12, at + 5).toLowerCase();
}
