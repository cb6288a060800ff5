import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { buckets } from '#lib/names';
import { fromJson } from '#lib/messaging';
import type { Assignment } from '#lib/ecs/model';
import type { Clock, Logger } from '#lib/platform';
import type { AssignmentSource } from './ports.js';

const RECONNECT_MS = 1_000;
const LOOK_EVERY_MS = 5_000;
/** A direct get carries the key in its subject, which is what the agent's user is allowed; the other kind asks for any key. */
const DIRECT = { allow_direct: true } as const;

/**
 * This instance's key of the assignments bucket. The watch is made again whenever it ends (the bucket is in memory storage: a
 * restarted server has to be given it anew). A deleted key says nothing, so it changes nothing.
 */
export class NatsAssignmentSource implements AssignmentSource {
  constructor(
    private readonly connection: NatsConnection,
    private readonly instanceId: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  watch(listener: (assignment: Assignment) => void): () => void {
    const life = new AbortController();
    void this.follow(listener, life.signal);
    return () => life.abort(new Error('nobody watches any more'));
  }

  private async follow(listener: (assignment: Assignment) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.followOnce(await new Kvm(this.connection).open(buckets.assignments, DIRECT), listener, signal);
      } catch (error) {
        this.logger.debug({ error }, 'the assignments bucket cannot be watched; everything goes on as it is');
      }
      await this.clock.sleep(RECONNECT_MS, signal).catch(() => undefined);
    }
  }

  private async followOnce(kv: KV, listener: (assignment: Assignment) => void, signal: AbortSignal): Promise<void> {
    const changes = await kv.watch({ key: this.instanceId });
    const end = () => changes.stop();
    signal.addEventListener('abort', end, { once: true });
    const watched = { revision: 0 };
    const endLooking = this.lookNowAndThen(kv, watched, listener, end);
    try {
      for await (const { operation, value, revision } of changes) {
        watched.revision = revision;
        if (operation === 'PUT') listener(fromJson(value) as Assignment);
      }
    } finally {
      endLooking();
      signal.removeEventListener('abort', end);
    }
  }

  /**
   * The slow pass behind the watch. A server that lost the bucket and was given it anew begins its revisions again, while the watch
   * waits for higher ones: then it has to be made again. Hearing the same assignment twice is harmless.
   */
  private lookNowAndThen(
    kv: KV,
    watched: { readonly revision: number },
    listener: (assignment: Assignment) => void,
    endWatch: () => void,
  ): () => void {
    let cancel = () => {};
    const look = async () => {
      try {
        const entry = await kv.get(this.instanceId);
        if (entry?.operation === 'PUT') listener(fromJson(entry.value) as Assignment);
        if (entry && entry.revision < watched.revision) return endWatch();
      } catch (error) {
        this.logger.debug({ error }, 'the assignment cannot be read');
      }
      cancel = this.clock.after(LOOK_EVERY_MS, () => void look());
    };
    cancel = this.clock.after(LOOK_EVERY_MS, () => void look());
    return () => cancel();
  }
}
