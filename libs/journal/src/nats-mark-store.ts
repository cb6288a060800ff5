import { JetStreamApiCodes, jetstream, StorageType } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { HighWaterMark, MarkStore, StoredMark } from './high-water-mark.js';
import { isApiError } from './jetstream-stream.js';
import { buckets, type JournalName } from '#lib/names';

const REQUEST_TIMEOUT_MS = 2_000;

/**
 * Marks as keys of a KV bucket on disk: files of their own, which damage to a journal's newest file leaves alone, on every host that
 * has a copy of the journal, and in every backup of it.
 */
export class NatsMarkStore implements MarkStore {
  private bucket: Promise<KV> | undefined;

  constructor(private readonly connection: NatsConnection) {}

  async read(journal: JournalName): Promise<StoredMark | undefined> {
    const entry = await (await this.open()).get(journal);
    return entry?.operation === 'PUT' ? { mark: entry.json<HighWaterMark>(), version: entry.revision } : undefined;
  }

  async write(journal: JournalName, mark: HighWaterMark, version: number): Promise<number | undefined> {
    try {
      const kv = await this.open();
      return await kv.put(journal, JSON.stringify(mark), { previousSeq: version, timeout: REQUEST_TIMEOUT_MS });
    } catch (error) {
      if (isApiError(error, JetStreamApiCodes.StreamWrongLastSequence)) return undefined;
      if (isApiError(error, JetStreamApiCodes.StreamWrongLastSequenceUnknown)) return undefined;
      throw error;
    }
  }

  /** A bucket that could not be opened is opened again by the next call. */
  private async open(): Promise<KV> {
    const kvm = new Kvm(jetstream(this.connection, { timeout: REQUEST_TIMEOUT_MS }));
    this.bucket ??= kvm.create(buckets.marks, { storage: StorageType.File, history: 1, allow_direct: false });
    try {
      return await this.bucket;
    } catch (error) {
      this.bucket = undefined;
      throw error;
    }
  }
}
