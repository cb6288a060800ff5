import type { JetStreamManager, JsMsg, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { endOnTrouble } from '#lib/journal';
import { Backoff, type Clock, type Logger } from '#lib/platform';

const PAUSES = { firstMs: 20, longestMs: 1_000 };
const MESSAGES_AHEAD = 500;
const HEARTBEAT_MS = 2_000;

export interface KeptStreamDeps {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly config: Partial<StreamConfig> & { readonly name: string };
  /** By the broker's clock; undefined: all of it. */
  readonly fromMs: number | undefined;
  readonly handle: (message: JsMsg) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Follows one stream, from some moment on and through everything that happens to the broker. In memory storage the stream goes with it: it is made anew. */
export class KeptStream {
  private readonly ended = new AbortController();
  private created: string | undefined;
  private last = 0;
  private readonly waiting = new Map<number, () => void>();
  private caughtUp: () => void = () => undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly deps: KeptStreamDeps) {}

  /** As it is, made where it is missing; a stream of another configuration is left as it is, and refused. */
  ensure(): Promise<StreamInfo> {
    const { manager, config } = this.deps;
    return manager.streams.add(config);
  }

  /** Returns when everything was heard that it had. */
  start(): Promise<void> {
    const caughtUp = new Promise<void>((resolve) => (this.caughtUp = resolve));
    this.running = this.run();
    return caughtUp;
  }

  async stop(): Promise<void> {
    this.ended.abort(new Error('stopped'));
    await this.running;
  }

  /** Returns when the message of this number was handled. */
  heard(sequence: number): Promise<void> {
    if (sequence <= this.last) return Promise.resolve();
    return new Promise((resolve) => this.waiting.set(sequence, resolve));
  }

  private async run(): Promise<void> {
    const { clock, logger, config } = this.deps;
    const { signal } = this.ended;
    const backoff = new Backoff(clock, PAUSES);
    while (!signal.aborted) {
      try {
        await this.session(signal, () => backoff.reset());
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ err: error, stream: config.name }, 'what is told of metrics is not heard; trying again');
      }
      await backoff.pause({ signal });
    }
  }

  /** One ordered consumer, until anything is not as it should be. */
  private async session(signal: AbortSignal, onHeard: () => void): Promise<void> {
    const { connection, manager, config, fromMs } = this.deps;
    const info = await this.ensure();
    if (info.created !== this.created) {
      this.created = info.created;
      this.last = 0;
      this.release();
    }
    const begin =
      this.last > 0 || fromMs === undefined
        ? { opt_start_seq: this.last + 1 }
        : { opt_start_time: new Date(fromMs).toISOString() };
    const consumer = await manager.jetstream().consumers.get(config.name, begin);
    if ((await consumer.info()).num_pending === 0) this.caughtUp();
    const messages = await consumer.consume({ max_messages: MESSAGES_AHEAD, idle_heartbeat: HEARTBEAT_MS });
    const stop = () => void messages.close();
    signal.addEventListener('abort', stop, { once: true });
    const unwatch = endOnTrouble(connection, messages);
    try {
      if (signal.aborted) return;
      for await (const message of messages) {
        if (message.seq <= this.last) continue;
        this.deps.handle(message);
        this.last = message.seq;
        onHeard();
        this.release(message.seq);
        if (message.info.pending === 0) this.caughtUp();
      }
    } finally {
      signal.removeEventListener('abort', stop);
      unwatch();
      await messages.close();
      // Best effort: the server drops it by itself.
      const deleted = connection.isClosed() ? undefined : consumer.delete().catch(() => false);
      if (signal.aborted) await deleted;
    }
  }

  /** Everybody, where the stream is another one now. */
  private release(upTo = Infinity): void {
    for (const [sequence, resolve] of this.waiting) {
      if (sequence > upTo) continue;
      this.waiting.delete(sequence);
      resolve();
    }
  }
}
