import { type JetStreamManager, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { streamInfo } from './jetstream-stream.js';
import { buckets } from '#lib/names';
import type { SnapshotStore } from './snapshot-store.js';

const STREAM = `KV_${buckets.snapshots}`;

/**
 * Snapshots as keys of a KV bucket on disk, a message a blob. (An object store cuts each into messages of 128 KiB, reads it back
 * through a consumer of its own and hashes it in JavaScript: measured 31 ms a MiB, and a damaged one never ends.)
 */
export class NatsSnapshotStore implements SnapshotStore {
  private constructor(
    private readonly kvm: Kvm,
    private readonly manager: JetStreamManager,
    private bucket?: KV,
  ) {}

  /** For the owner of a journal, who makes the bucket when it is missing. */
  static async create(connection: NatsConnection): Promise<NatsSnapshotStore> {
    const kvm = new Kvm(connection);
    const bucket = await kvm.create(buckets.snapshots, { storage: StorageType.File, history: 1, allow_direct: true });
    return new NatsSnapshotStore(kvm, await jetstreamManager(connection), bucket);
  }

  /** For the others, who may only read. Until the owner has made the bucket there are no snapshots. */
  static async open(connection: NatsConnection): Promise<NatsSnapshotStore> {
    return new NatsSnapshotStore(new Kvm(connection), await jetstreamManager(connection));
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await (await this.existing())!.put(keyOf(name), bytes);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const entry = await (await this.existing())?.get(keyOf(name));
    return entry?.operation === 'PUT' ? entry.value : undefined;
  }

  async names(): Promise<readonly string[]> {
    const bucket = await this.existing();
    if (!bucket) return [];
    const names: string[] = [];
    for await (const key of await bucket.keys()) names.push(nameOf(key));
    return names;
  }

  /** Leaves no mark behind, as the bucket's own deletion would. */
  async delete(name: string): Promise<void> {
    await this.manager.streams.purge(STREAM, { filter: `$KV.${buckets.snapshots}.${keyOf(name)}` });
  }

  private async existing(): Promise<KV | undefined> {
    if (!this.bucket && (await streamInfo(this.manager, STREAM)))
      this.bucket = await this.kvm.open(buckets.snapshots, { allow_direct: true });
    return this.bucket;
  }
}

/** A key has no `$`, and the journal for its first token: its owner alone may write there. A name has no `=`, and no `.` in a journal's name. */
const keyOf = (name: string): string => name.replaceAll('$', '=').replace('/', '.');
const nameOf = (key: string): string => key.replace('.', '/').replaceAll('=', '$');
