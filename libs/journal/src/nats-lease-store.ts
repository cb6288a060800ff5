import { JetStreamApiCodes, jetstream, StorageType } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { isApiError } from './jetstream-stream.js';
import type { LeaseRecord, LeaseStore } from './lease.js';
import { buckets } from '#lib/names';

/** Well under the lease's TTL: a renewal that is not answered has to be tried again in time. */
const REQUEST_TIMEOUT_MS = 600;

interface StoredLease {
  readonly holder?: string;
  readonly nonce: string;
}

/**
 * Leases as keys of a KV bucket in memory storage (a file stream would share the journals' fsync). The bucket vanishes with a
 * restart of the server and is made again; `LeaseKeeper` reckons with that.
 */
export class NatsLeaseStore implements LeaseStore {
  private bucket: Promise<KV> | undefined;

  constructor(private readonly connection: NatsConnection) {}

  read(key: string): Promise<LeaseRecord> {
    return this.withBucket(async (kv) => {
      const entry = await kv.get(key);
      if (!entry || entry.operation !== 'PUT')
        return { revision: 0, holder: undefined, nonce: (await kv.status()).streamInfo.created };
      const { holder, nonce } = entry.json<StoredLease>();
      return { revision: entry.revision, holder, nonce };
    });
  }

  write(key: string, value: Omit<LeaseRecord, 'revision'>, expected: number): Promise<number | undefined> {
    const stored: StoredLease = { holder: value.holder, nonce: value.nonce };
    return this.withBucket(async (kv) => {
      try {
        return await kv.put(key, JSON.stringify(stored), { previousSeq: expected, timeout: REQUEST_TIMEOUT_MS });
      } catch (error) {
        if (isApiError(error, JetStreamApiCodes.StreamWrongLastSequence)) return undefined;
        if (isApiError(error, JetStreamApiCodes.StreamWrongLastSequenceUnknown)) return undefined;
        throw error;
      }
    });
  }

  /** After a failure the bucket is opened again by the next call: it may have gone with a restarted server. */
  private async withBucket<T>(use: (kv: KV) => Promise<T>): Promise<T> {
    try {
      this.bucket ??= this.open();
      return await use(await this.bucket);
    } catch (error) {
      this.bucket = undefined;
      throw error;
    }
  }

  private open(): Promise<KV> {
    const kvm = new Kvm(jetstream(this.connection, { timeout: REQUEST_TIMEOUT_MS }));
    // Reads go to the stream's leader (no `allow_direct`): a candidate must not watch a stale copy and take it for silence.
    return kvm.create(buckets.leases, {
      storage: StorageType.Memory,
      history: 1,
      allow_direct: false,
      timeout: REQUEST_TIMEOUT_MS,
    });
  }
}
