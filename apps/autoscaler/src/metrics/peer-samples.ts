import type { Scope } from '#lib/kernel';
import { type Bus, fromJson, type Subscription, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Clock } from '#lib/platform';
import type { MetricStore, Sample } from './metric-store.js';

interface Told {
  readonly from: string;
  readonly scope: Scope;
  readonly samples: readonly Sample[];
}

/** With 30 dimensions of the longest names and values each they are less than the broker's 1 MB. */
const MOST_AT_ONCE = 20;

/** What one replica was given by PutMetricData the others hear, so that each can answer and evaluate. */
export class PeerSamples {
  private heard: Subscription | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly store: MetricStore,
    private readonly clock: Clock,
    private readonly replicaId: string,
  ) {}

  start(): void {
    this.heard = this.bus.subscribe(subjects.peers('autoscaler'), ({ payload }) => {
      const { from, scope, samples } = fromJson(payload) as Told;
      if (from !== this.replicaId) for (const sample of samples) this.store.put(scope, sample, this.clock.now());
    });
  }

  readonly tell = (scope: Scope, samples: readonly Sample[]): void => {
    for (let at = 0; at < samples.length; at += MOST_AT_ONCE) {
      const told: Told = { from: this.replicaId, scope, samples: samples.slice(at, at + MOST_AT_ONCE) };
      this.bus.publish(subjects.peers('autoscaler'), toJson(told));
    }
  };

  async stop(): Promise<void> {
    await this.heard?.drain();
  }
}
