import {
  DiscardPolicy,
  type JetStreamManager,
  type JsMsg,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Subscription } from '#lib/messaging';
import { streams, subjects } from '#lib/names';
import type { Clock, Logger } from '#lib/platform';
import { KeptStream } from './kept-stream.js';
import { type MetricMessage, type MetricMessages, replayedSinceMs } from './metric-messages.js';

const REQUEST_TIMEOUT_MS = 2_000;
const MINUTE_MS = 60_000;
const NANOS_A_MS = 1_000_000;
/** What clocks are corrected by. A broker whose clock is further off is on a host whose clock nobody sets. */
const SKEW_MS = 2_000;
/** What is on disk is put; without a store of metrics so much of it is there after a start. */
const PUTS_MS = 24 * 60 * MINUTE_MS;
const PUTS_BYTES = 256 * 1024 * 1024;
const REPORTS_MS = 6 * MINUTE_MS;
const REPORTS_BYTES = 64 * 1024 * 1024;
/** It is on disk, and this replica does not hear for so long: whoever put it is told that it is kept. */
const HEARD_WITHIN_MS = 2_000;

const COMMON = { retention: RetentionPolicy.Limits, discard: DiscardPolicy.Old, num_replicas: 1, allow_direct: true } as const;

const PUTS = {
  ...COMMON,
  name: streams.metricPuts,
  subjects: [subjects.metricPuts],
  storage: StorageType.File,
  max_age: PUTS_MS * NANOS_A_MS,
  max_bytes: PUTS_BYTES,
};

/** Nobody who reports waits for an answer. */
const REPORTS = {
  ...COMMON,
  name: streams.metricReports,
  subjects: [subjects.allTaskMetrics, subjects.allLogMetrics, subjects.loadBalancingMetrics, subjects.peers('autoscaler')],
  storage: StorageType.Memory,
  max_age: REPORTS_MS * NANOS_A_MS,
  max_bytes: REPORTS_BYTES,
  no_ack: true,
};

export interface JetStreamMetricMessagesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Two streams: what is put is on disk before it is answered; what is reported every ten seconds is in the broker's memory for minutes, and costs
 * no journal an fsync.
 */
export class JetStreamMetricMessages implements MetricMessages {
  private readonly handlers = new Map<string, Set<(message: MetricMessage) => void>>();
  private readonly kept: { readonly puts: KeptStream; readonly reports: KeptStream };
  /** By the minute in which they came, the number of the first. */
  private readonly firstPuts = new Map<number, number>();
  private forgottenBeforeMs = -Infinity;

  private constructor(
    connection: NatsConnection,
    private readonly manager: JetStreamManager,
    readonly sinceMs: number,
    /** The broker's clock less this one. */
    private readonly skewMs: number,
    private readonly options: JetStreamMetricMessagesOptions,
  ) {
    const { clock, logger } = options;
    const stream = (config: typeof PUTS | typeof REPORTS, fromMs: number | undefined, note: (message: JsMsg) => void) =>
      new KeptStream({
        connection,
        manager,
        config,
        fromMs,
        handle: (message) => {
          note(message);
          this.take(message);
        },
        clock,
        logger,
      });
    this.kept = {
      puts: stream(PUTS, undefined, (message) => this.notePut(message)),
      reports: stream(REPORTS, replayedSinceMs(clock.now()) + skewMs, () => undefined),
    };
  }

  static async open(connection: NatsConnection, options: JetStreamMetricMessagesOptions): Promise<JetStreamMetricMessages> {
    const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS });
    await manager.streams.add(PUTS);
    const { created, ts } = (await manager.streams.add(REPORTS)) as { created: string; ts?: string };
    const nowMs = options.clock.now();
    const offMs = ts === undefined ? 0 : Date.parse(ts) - nowMs;
    const skewMs = Math.abs(offMs) < SKEW_MS ? 0 : offMs;
    const sinceMs = Math.max(replayedSinceMs(nowMs), Date.parse(created) - skewMs);
    return new JetStreamMetricMessages(connection, manager, sinceMs, skewMs, options);
  }

  hear(subject: string, handle: (message: MetricMessage) => void): Subscription {
    const handlers = this.handlers.get(subject) ?? new Set();
    this.handlers.set(subject, handlers.add(handle));
    return { drain: async () => void handlers.delete(handle) };
  }

  async start(): Promise<void> {
    await Promise.all([this.kept.reports.start(), this.kept.puts.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.kept.reports.stop(), this.kept.puts.stop()]);
  }

  async put(payload: Uint8Array): Promise<void> {
    const { seq } = await this.manager.jetstream().publish(subjects.metricPuts, payload, {
      timeout: REQUEST_TIMEOUT_MS,
      expect: { streamName: PUTS.name },
    });
    await Promise.race([this.kept.puts.heard(seq), this.options.clock.sleep(HEARD_WITHIN_MS)]);
  }

  async forgetPuts(beforeMs: number): Promise<void> {
    const whole = Math.floor(beforeMs / MINUTE_MS) * MINUTE_MS;
    if (whole <= this.forgottenBeforeMs) return;
    const next = [...this.firstPuts].find(([minuteMs]) => minuteMs >= whole)?.[1];
    // To purge up to the first one is to purge all (nats-server 2.10).
    if (next === undefined || next === 1) return;
    try {
      await this.manager.streams.purge(PUTS.name, { seq: next });
    } catch (error) {
      // The broker is away, say: the next time it is the same and more.
      this.options.logger.warn({ err: error }, 'what was put is kept longer than it has to be');
      return;
    }
    this.forgottenBeforeMs = whole;
    for (const minuteMs of this.firstPuts.keys()) if (minuteMs < whole) this.firstPuts.delete(minuteMs);
  }

  async putsKeptSince(): Promise<number> {
    try {
      const { state } = await this.manager.streams.info(PUTS.name);
      return state.messages === 0 ? this.options.clock.now() : Date.parse(state.first_ts) - this.skewMs;
    } catch (error) {
      this.options.logger.warn({ err: error }, 'it is not known which puts are still kept');
      return -Infinity;
    }
  }

  private heardAtMs({ timestampNanos }: JsMsg): number {
    return Number(timestampNanos / BigInt(NANOS_A_MS)) - this.skewMs;
  }

  private notePut(message: JsMsg): void {
    const minuteMs = Math.floor(this.heardAtMs(message) / MINUTE_MS) * MINUTE_MS;
    if (!this.firstPuts.has(minuteMs)) this.firstPuts.set(minuteMs, message.seq);
  }

  private take(message: JsMsg): void {
    const { subject, data: payload } = message;
    for (const [pattern, handlers] of this.handlers) {
      if (!isOf(pattern, subject)) continue;
      const heard = { subject, payload, heardAtMs: this.heardAtMs(message) };
      for (const handle of handlers) handle(heard);
    }
  }
}

/** `*`: any one token. */
function isOf(pattern: string, subject: string): boolean {
  const [wanted, given] = [pattern.split('.'), subject.split('.')];
  return wanted.length === given.length && wanted.every((token, at) => token === '*' || token === given[at]);
}
