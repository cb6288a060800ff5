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
  /** Its HAProxys, with those that were replaced and still have clients. */
  readonly pids: readonly number[];
}

/** The replicas of this app, each with a HAProxy of its own, tell each other which draining targets are idle at theirs. */
export class Peers implements OtherReplicas {
  private readonly heard = new Map<string, Told & { readonly atMs: number }>();
  private readonly subscription: Subscription;

  constructor(
    private readonly bus: Pick<Bus, 'publish' | 'subscribe'>,
    private readonly replicaId: string,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {
    this.subscription = bus.subscribe(subjects.peers('load-balancer'), ({ payload }) => {
      const told = fromJson(payload) as Told;
      if (told.replicaId !== replicaId) this.heard.set(told.replicaId, { ...told, atMs: clock.monotonicMs() });
    });
  }

  live(): readonly Told[] {
    const now = this.clock.monotonicMs();
    for (const [replica, { atMs }] of this.heard) if (now - atMs > LIVES_FOR_MS) this.heard.delete(replica);
    return [...this.heard.values()];
  }

  tell(idle: readonly Registration[], pids: readonly number[]): void {
    this.bus.publish(subjects.peers('load-balancer'), toJson({ replicaId: this.replicaId, idle, pids } satisfies Told));
  }

  stop(): Promise<void> {
    return this.subscription.drain();
  }
}
