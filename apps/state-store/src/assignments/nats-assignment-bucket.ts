import { JetStreamApiError, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { type AssignmentText, type FoundAssignment, readAssignmentText, writeAssignment } from '#lib/ecs/model';
import { buckets, kvKey, kvStream } from '#lib/names';
import type { AssignmentBucket, StoredAssignment } from './assignment-bucket.js';

/** JetStream's "wrong last sequence". */
const WRONG_LAST_SEQUENCE = 10071;

export class NatsAssignmentBucket implements AssignmentBucket {
  private bucket: Promise<KV> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly connection: NatsConnection) {
    void this.watchReconnects();
  }

  async get(instanceId: string, expected?: FoundAssignment): Promise<StoredAssignment | undefined> {
    return this.reset(async () => {
      const entry = await (await this.open()).get(instanceId);
      if (!entry || entry.operation !== 'PUT') return undefined;
      return { assignment: readAssignmentText(entry.value, expected), bucketRevision: entry.revision };
    });
  }

  async put(instanceId: string, assignment: AssignmentText, previous: number): Promise<number | undefined> {
    return this.reset(async () => {
      try {
        return await (await this.open()).put(instanceId, Buffer.from(writeAssignment(assignment)), { previousSeq: previous });
      } catch (error) {
        if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) return undefined;
        throw error;
      }
    });
  }

  ids(): Promise<readonly string[]> {
    return this.reset(async () => {
      const ids: string[] = [];
      for await (const id of await (await this.open()).keys()) ids.push(id);
      return ids;
    });
  }

  /** Without a trace: what the bucket's own deletion leaves behind is as large as the assignment of a host that runs nothing. */
  async remove(instanceId: string, bucketRevision: number): Promise<void> {
    const manager = await jetstreamManager(this.connection, { checkAPI: false });
    const filter = kvKey(buckets.assignments, instanceId);
    await manager.streams.purge(kvStream(buckets.assignments), { filter, seq: bucketRevision + 1 });
  }

  onReset(listener: () => void): void {
    this.listeners.add(listener);
  }

  private open(): Promise<KV> {
    return (this.bucket ??= new Kvm(this.connection).create(buckets.assignments, { history: 1, storage: StorageType.Memory }));
  }

  /** A restarted server has lost the bucket: whatever failed, it is opened (and made) anew the next time. */
  private async reset<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      this.bucket = undefined;
      throw error;
    }
  }

  private async watchReconnects(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type !== 'reconnect') continue;
      this.bucket = undefined;
      for (const listener of this.listeners) listener();
    }
  }
}
