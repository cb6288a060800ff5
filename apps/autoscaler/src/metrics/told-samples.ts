import type { Scope } from '#lib/kernel';
import { type Bus, fromJson, type Subscription } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Clock } from '#lib/platform';
import type { ScopedSample } from './domain/task-samples.js';
import type { MetricMessage, MetricMessages } from './messages/metric-messages.js';
import type { MetricStore, Sample } from './metric-store.js';

/** Of one message; a sample with 30 dimensions of the longest names and values, and 150 values, has 50,000. */
const MOST_CHARACTERS = 256 * 1024;

interface Waiting {
  readonly samples: readonly string[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** What one replica was given by PutMetricData, or finds as the one that writes, all replicas hear, itself too. */
export class ToldSamples {
  private heard: readonly Subscription[] = [];
  private waiting: Waiting[] = [];
  private isWriting = false;

  constructor(
    private readonly bus: Pick<Bus, 'publish'>,
    private readonly messages: MetricMessages,
    private readonly store: MetricStore,
    private readonly clock: Clock,
  ) {}

  start(): void {
    this.heard = [
      this.messages.hear(subjects.metricPuts, (message) => this.take(message, true)),
      this.messages.hear(subjects.peers('autoscaler'), (message) => this.take(message, false)),
    ];
  }

  /** They are on disk when this returns, and here. What many put meanwhile goes together: each time is one for the disk. */
  put(scope: Scope, samples: readonly Sample[]): Promise<void> {
    const texts = samples.map((sample) => JSON.stringify({ scope, sample } satisfies ScopedSample));
    return new Promise((done, failed) => {
      this.waiting.push({ samples: texts, done, failed });
      if (!this.isWriting) void this.write();
    });
  }

  /** At most once. */
  tell(found: readonly ScopedSample[]): void {
    for (const message of messagesOf(found.map((one) => JSON.stringify(one))))
      this.bus.publish(subjects.peers('autoscaler'), message);
  }

  async stop(): Promise<void> {
    for (const one of this.heard) await one.drain();
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      const together = this.waiting.splice(0);
      try {
        await Promise.all(messagesOf(together.flatMap(({ samples }) => samples)).map((text) => this.messages.put(text)));
        for (const { done } of together) done();
      } catch (error) {
        for (const { failed } of together) failed(error);
      }
    }
    this.isWriting = false;
  }

  private take({ payload, heardAtMs }: MetricMessage, isPut: boolean): void {
    for (const { scope, sample } of fromJson(payload) as readonly ScopedSample[])
      this.store.put(scope, { ...sample, heardAtMs, ...(isPut ? { isPut: true as const } : {}) }, this.clock.now());
  }
}

/** As few as their size allows. */
function messagesOf(samples: readonly string[]): Uint8Array[] {
  const messages: string[][] = [];
  let characters = Infinity;
  for (const sample of samples) {
    if (characters + sample.length > MOST_CHARACTERS) {
      messages.push([]);
      characters = 0;
    }
    messages.at(-1)!.push(sample);
    characters += sample.length;
  }
  return messages.map((texts) => new TextEncoder().encode(`[${texts.join(',')}]`));
}
