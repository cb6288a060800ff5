import { type Bus, fromJson, type Subscription, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import type { Clock } from '#lib/platform';
import type { Registration } from './proxy/registration.js';
import type { OtherReplicas } from './targets-loop/targets-loop.js';

/** Says how long a replica that is heard no more still has a say: the deadline of a drain is kept anyway. */
const LIVES_FOR_MS = 3_000;

interface Told {
  readonly replicaId: string;
  readonly idle: readonly Registration[];
}

/** The replicas of this app, each with a HAProxy of its own, tell each other which draining targets are idle at theirs. */
export class Peers implements OtherReplicas {
  private readonly heard = new Map<string, { readonly idle: readonly Registration[]; readonly atMs: number }>();
  private readonly subscription: Subscription;

  constructor(
    private readonly bus: Pick<Bus, 'publish' | 'subscribe'>,
    private readonly replicaId: string,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {
    this.subscription = bus.subscribe(subjects.peers('load-balancer'), ({ payload }) => {
      const { replicaId: teller, idle } = fromJson(payload) as Told;
      if (teller !== replicaId) this.heard.set(teller, { idle, atMs: clock.monotonicMs() });
    });
  }

  idle(): readonly (readonly Registration[])[] {
    const now = this.clock.monotonicMs();
    for (const [replica, { atMs }] of this.heard) if (now - atMs > LIVES_FOR_MS) this.heard.delete(replica);
    return [...this.heard.values()].map(({ idle }) => idle);
  }

  tellIdle(idle: readonly Registration[]): void {
    this.bus.publish(subjects.peers('load-balancer'), toJson({ replicaId: this.replicaId, idle } satisfies Told));
  }

  stop(): Promise<void> {
    return this.subscription.drain();
  }
}
