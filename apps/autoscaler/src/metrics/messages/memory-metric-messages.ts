import type { Clock } from '#lib/platform';
import type { Subscription } from '#lib/messaging';
import { subjects } from '#lib/names';
import { type MetricMessage, type MetricMessages, replayedSinceMs } from './metric-messages.js';

type Handle = (message: MetricMessage) => void;

/** The broker's part in memory, for tests: what the other one has to be like. Patterns end in wildcards, so a common beginning is enough. */
export class MemoryMetricBroker {
  puts: MetricMessage[] = [];
  private reports: MetricMessage[] = [];
  private readonly listeners = new Set<Handle>();
  private readonly createdAtMs: number;
  /** Set: nothing is taken. */
  away = false;

  constructor(private readonly clock: Pick<Clock, 'now'>) {
    this.createdAtMs = clock.now();
  }

  publish(subject: string, payload: Uint8Array): void {
    const message = { subject, payload, heardAtMs: this.clock.now() };
    (subject === subjects.metricPuts ? this.puts : this.reports).push(message);
    for (const hear of this.listeners) hear(message);
  }

  /** As one replica has it. */
  connect(): MetricMessages {
    const handlers: [first: string, handle: Handle][] = [];
    const sinceMs = Math.max(replayedSinceMs(this.clock.now()), this.createdAtMs);
    const hear: Handle = (message) => {
      for (const [first, handle] of handlers) if (message.subject.startsWith(first)) handle(message);
    };
    return {
      sinceMs,
      hear: (subject, handle): Subscription => {
        handlers.push([subject.split('*')[0]!, handle]);
        return { drain: async () => undefined };
      },
      start: async () => {
        for (const message of this.reports) if (message.heardAtMs >= replayedSinceMs(this.clock.now())) hear(message);
        for (const message of this.puts) hear(message);
        this.listeners.add(hear);
      },
      stop: async () => void this.listeners.delete(hear),
      put: async (payload) => {
        if (this.away) throw new Error('the broker is away');
        this.publish(subjects.metricPuts, payload);
      },
      forgetPuts: async (beforeMs) => void (this.puts = this.puts.filter(({ heardAtMs }) => heardAtMs >= beforeMs)),
      putsKeptSince: async () => this.puts[0]?.heardAtMs ?? this.clock.now(),
    };
  }
}
