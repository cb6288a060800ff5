import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ApiOperation } from './api-server.js';
import { buckets, token } from '#lib/names';

/** Which operations any app serves: listed but silent means "wait, then 503"; not listed means "not built". Durable. */
export interface OperationsRegistry {
  has(service: string, operation: string): boolean;
}

const keyOf = (service: string, operation: string) => `${token(service)}.${token(operation)}`;

const openBucket = (connection: NatsConnection): Promise<KV> =>
  new Kvm(connection).create(buckets.operations, { history: 1, storage: 'file' as never });

/** Records what an app serves. Nothing is ever taken off by a stopping app: stopped is not unbuilt. */
export async function recordOperations(
  connection: NatsConnection,
  app: string,
  operations: readonly ApiOperation[],
): Promise<void> {
  if (operations.length === 0) return;
  const bucket = await openBucket(connection);
  await Promise.all(operations.map((o) => bucket.put(keyOf(o.service, o.operation), JSON.stringify({ app, kind: o.kind }))));
}

/** A view of the registry that follows it. */
export async function watchOperations(connection: NatsConnection): Promise<OperationsRegistry> {
  const bucket = await openBucket(connection);
  const known = new Set<string>();
  const watch = await bucket.watch();
  void (async () => {
    for await (const entry of watch) known.add(entry.key);
  })();
  // Whatever is in the bucket now is known before the first request is answered; nothing is ever taken out.
  for await (const key of await bucket.keys()) known.add(key);
  return { has: (service, operation) => known.has(keyOf(service, operation)) };
}
