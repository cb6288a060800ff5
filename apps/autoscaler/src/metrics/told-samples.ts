import type { Scope } from '#lib/kernel';
import { type Bus, fromJson, type Subscription } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Clock } from '#lib/platform';
import type { ScopedSample } from './domain/task-samples.js';
import type { MetricMessage, MetricMessages } from './messages/metric-messages.js';
import type { MetricStore, Sample } from './metric-store.js';

/** Of one message; a sample with 30 dimensions of the longest names and values, and 150 values, has 50,000. */
const MOST_CHARACTERS = 256 * 1024;

/** Who has no answer asks again within this, under the same id. */
const ASKED_AGAIN_WITHIN_MS = 5 * 60_000;
const MOST_IDS = 200_000;

/** `id`: of a sample that was put, the same each time it is put; absent of what nobody repeats. */
interface ToldSample extends ScopedSample {
  readonly id?: string;
}

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
  /** Of samples that were put, and when they were heard. */
  private readonly ids = new Map<string, number>();

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

  /** They are on disk when this returns, and here; once, however often the request comes. What many put meanwhile goes together: each time is one for the disk. */
  put(scope: Scope, samples: readonly Sample[], requestId?: string): Promise<void> {
    const idOf = (index: number) => (requestId === undefined ? {} : { id: `${requestId} ${index}` });
    const texts = samples.map((sample, index) => JSON.stringify({ scope, sample, ...idOf(index) } satisfies ToldSample));
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
    for (const { scope, sample, id } of fromJson(payload) as readonly ToldSample[]) {
      if (id !== undefined && this.wasHeard(id, heardAtMs)) continue;
      this.store.put(scope, { ...sample, heardAtMs, ...(isPut ? { isPut: true as const } : {}) }, this.clock.now());
    }
  }

  /** All replicas hear the same in the same order, so they leave out the same. */
  private wasHeard(id: string, heardAtMs: number): boolean {
    for (const [old, atMs] of this.ids) {
      if (atMs + ASKED_AGAIN_WITHIN_MS > heardAtMs && this.ids.size < MOST_IDS) break;
      this.ids.delete(old);
    }
    if (this.ids.has(id)) return true;
    this.ids.set(id, heardAtMs);
    return false;
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
