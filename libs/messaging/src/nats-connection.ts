import { readFileSync } from 'node:fs';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';

/** Connects, waiting for the server as long as it takes, and reconnects for ever: an app outlives its broker. */
export async function connectNats(options: {
  url: string;
  /** The NATS user's name; also its inbox prefix, which is all that it may subscribe to for replies. */
  user: string;
  credsPath?: string;
}): Promise<NatsConnection> {
  return connect({
    servers: options.url,
    name: options.user,
    inboxPrefix: inboxPrefix(options.user),
    ...(options.credsPath ? { authenticator: credsAuthenticator(readFileSync(options.credsPath)) } : {}),
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 50,
    pingInterval: 5_000,
    maxPingOut: 2,
    // Else each request makes an error with a stack beforehand, which costs more than the request itself.
    noAsyncTraces: true,
  });
}

/** Where a user's replies arrive; its permissions name just this. */
export const inboxPrefix = (user: string): string => `_INBOX_${user}`;
