import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { systemClock } from '#lib/platform';
import { type NatsServer, startNatsServer } from '../../../test/support/nats-server.js';
import type { LeaseStore } from './lease.js';
import { MemoryLeaseServer, MemoryLeaseStore } from './memory-lease-store.js';
import { NatsLeaseStore } from './nats-lease-store.js';
import { NatsSnapshotStore } from './nats-snapshot-store.js';
import { MemorySnapshotStore, type SnapshotStore } from './snapshot-store.js';

let server: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  server = await startNatsServer();
  connection = await connect({ servers: server.url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});

const memoryLeases = new MemoryLeaseServer();

describe.each<[string, () => LeaseStore, () => Promise<void>]>([
  ['MemoryLeaseStore', () => new MemoryLeaseStore(memoryLeases, systemClock), () => Promise.resolve(memoryLeases.forget())],
  ['NatsLeaseStore', () => new NatsLeaseStore(connection), () => server.restart()],
])('LeaseStore: %s', (_name, open, loseMemory) => {
  it('writes only over the record that the writer names', async () => {
    const [a, b] = [open(), open()];
    expect(await a.read('ecs')).toMatchObject({ revision: 0, holder: undefined });
    const first = (await a.write('ecs', { holder: 'a', nonce: '1' }, 0))!;
    expect(await b.read('ecs')).toEqual({ revision: first, holder: 'a', nonce: '1' });
    expect(await b.write('ecs', { holder: 'b', nonce: '2' }, 0)).toBeUndefined();
    const second = (await b.write('ecs', { holder: undefined, nonce: '3' }, first))!;
    expect(second).toBeGreaterThan(first);
    expect(await a.write('ecs', { holder: 'a', nonce: '4' }, first)).toBeUndefined();
    expect(await a.read('ecs')).toEqual({ revision: second, holder: undefined, nonce: '3' });
  });

  it('keeps the keys apart', async () => {
    const store = open();
    await store.write('scaling', { holder: 'a', nonce: '1' }, 0);
    expect(await store.write('logging', { holder: 'b', nonce: '2' }, 0)).toBeGreaterThan(0);
    expect((await store.read('scaling')).holder).toBe('a');
  });

  it('lets exactly one of many have a free key', async () => {
    const stores = Array.from({ length: 6 }, open);
    const written = await Promise.all(stores.map((store, i) => store.write('race', { holder: `${i}`, nonce: `${i}` }, 0)));
    expect(written.filter((revision) => revision !== undefined)).toHaveLength(1);
  });

  it('goes on after a restart that made it forget', async () => {
    const store = open();
    const none = await store.read('restart');
    expect(await store.read('restart')).toEqual(none);
    const before = (await store.write('restart', { holder: 'a', nonce: '1' }, 0))!;
    await loseMemory();
    /** Until the connection is back: refused attempts throw. */
    const patiently = async <T>(request: () => Promise<T>): Promise<T> => {
      for (let left = 50; ; left--) {
        try {
          return await request();
        } catch (error) {
          if (left === 0) throw error;
          await systemClock.sleep(50);
        }
      }
    };
    const after = await patiently(() => store.read('restart'));
    expect(after.revision).toBe(0);
    expect(after.nonce).not.toBe(none.nonce);
    expect(await patiently(() => store.write('restart', { holder: 'a', nonce: '2' }, before))).toBeUndefined();
    expect(await patiently(() => store.write('restart', { holder: 'a', nonce: '3' }, 0))).toBeGreaterThan(0);
  }, 20_000);
});

describe.each<[string, () => Promise<SnapshotStore>]>([
  ['MemorySnapshotStore', () => Promise.resolve(new MemorySnapshotStore())],
  ['NatsSnapshotStore', () => NatsSnapshotStore.create(connection)],
])('SnapshotStore: %s', (_name, open) => {
  it('keeps blobs under names with slashes, and overwrites', async () => {
    const store = await open();
    const large = new Uint8Array(3 * 1024 * 1024).map((_, i) => i % 251);
    await store.put('ecs/000000000001-5/accounts.0', new Uint8Array([1]));
    await store.put('ecs/000000000001-5/accounts.0', large);
    await store.put('ecs/000000000001-5/manifest', new Uint8Array([3]));
    expect((await store.names()).toSorted()).toEqual(['ecs/000000000001-5/accounts.0', 'ecs/000000000001-5/manifest']);
    expect(Buffer.from((await store.get('ecs/000000000001-5/accounts.0'))!).equals(large)).toBe(true);
  });

  it('forgets what is deleted; what is not there is undefined', async () => {
    const store = await open();
    await store.put('ecs/gone', new Uint8Array([1]));
    await store.delete('ecs/gone');
    await store.delete('ecs/gone');
    await store.delete('ecs/never');
    expect(await store.get('ecs/gone')).toBeUndefined();
    expect(await store.get('ecs/never')).toBeUndefined();
    expect(await store.names()).not.toContain('ecs/gone');
  });
});

describe('NatsSnapshotStore before its owner has made the bucket', () => {
  it('has no snapshots, for a reader that came first', async () => {
    const fresh = await startNatsServer();
    const reader = await connect({ servers: fresh.url });
    try {
      expect(await (await NatsSnapshotStore.open(reader)).names()).toEqual([]);
    } finally {
      await reader.close();
      await fresh.stop();
    }
  });
});
