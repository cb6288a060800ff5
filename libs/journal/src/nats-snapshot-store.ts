import { JetStreamApiCodes } from '@nats-io/jetstream';
import { type ObjectStore, Objm, StorageType } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { isApiError } from './jetstream-stream.js';
import { buckets } from './nats-names.js';
import type { SnapshotStore } from './snapshot-store.js';

/** Snapshots as objects in NATS, on disk beside the journals they were folded from. */
export class NatsSnapshotStore implements SnapshotStore {
  private constructor(private readonly objects: ObjectStore) {}

  /** For the owner of a journal, who makes the bucket when it is missing. */
  static async create(connection: NatsConnection): Promise<NatsSnapshotStore> {
    return new NatsSnapshotStore(await new Objm(connection).create(buckets.snapshots, { storage: StorageType.File }));
  }

  /** For the others, who may only read. Until the owner has made the bucket there are no snapshots. */
  static async open(connection: NatsConnection): Promise<NatsSnapshotStore> {
    return new NatsSnapshotStore(await new Objm(connection).open(buckets.snapshots, false));
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.objects.putBlob({ name }, bytes);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return (await this.objects.getBlob(name)) ?? undefined;
  }

  async names(): Promise<readonly string[]> {
    try {
      return (await this.objects.list()).filter(({ deleted }) => !deleted).map(({ name }) => name);
    } catch (error) {
      // The very first start: a reader may come between the owner's journal and the owner's bucket.
      if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return [];
      throw error;
    }
  }

  async delete(name: string): Promise<void> {
    if (await this.objects.info(name)) await this.objects.delete(name);
  }
}
