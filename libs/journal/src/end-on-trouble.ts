import type { ConsumerMessages, ConsumerNotification } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

const SIGNS_OF_TROUBLE: ReadonlySet<string> = new Set<ConsumerNotification['type']>([
  'heartbeats_missed',
  'consumer_deleted',
  'consumer_not_found',
  'stream_not_found',
  'no_responders',
]);

/**
 * Closes the messages of an ordered consumer, which ends their iteration, on the first sign that it may be gone. (The client would heal some of
 * this itself, later.) The function that is returned watches no more.
 */
export function endOnTrouble(connection: NatsConnection, messages: ConsumerMessages): () => void {
  const statuses = connection.status();
  void (async () => {
    for await (const { type } of statuses) if (type === 'reconnect') await messages.close();
  })();
  void (async () => {
    for await (const { type } of messages.status()) if (SIGNS_OF_TROUBLE.has(type)) await messages.close();
  })();
  // An iterator of the client's queue; its type just does not say so.
  return () => (statuses as unknown as { stop(): void }).stop();
}
