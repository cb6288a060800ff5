import { readFileSync } from 'node:fs';
import { inboxPrefix } from '#lib/names';
import { connect, credsAuthenticator, type NatsConnection, type TlsOptions } from '@nats-io/transport-node';
import { endAnsweredRequestsWithoutError } from './answered-requests.js';
import { signNatively } from './native-signatures.js';
import { writeOnceATurn } from './one-write-a-turn.js';

endAnsweredRequestsWithoutError();
signNatively();
writeOnceATurn();

/** The name in the broker's certificate, whatever address a host reaches it by (apps/launcher/src/broker/tls-files.ts). */
export const BROKER_TLS_NAME = 'longshore-broker';

/** TLS's word (ALPN) for a connection through the broker's entry that is for the installation's own image registry. */
export const REGISTRY_PROTOCOL = 'longshore-registry';
/** … that is for the API. */
export const API_PROTOCOL = 'longshore-api';
export type EntryProtocol = typeof REGISTRY_PROTOCOL | typeof API_PROTOCOL;

/** Of a host that is not the broker's: TLS from the first byte, and only a broker that this authority has certified. */
export const brokerTls = (caCertificate: string): TlsOptions & { readonly servername: string } => ({
  handshakeFirst: true,
  ca: caCertificate,
  servername: BROKER_TLS_NAME,
});

/** Of a dial and of the answer to it. With the default of 20 s a healed link would go unnoticed as long. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Connects, waiting for the server as long as it takes, and reconnects for ever: an app outlives its broker. */
export async function connectNats(options: {
  /** One or several, separated by commas. */
  url: string;
  /** The NATS user's name; also its inbox prefix, which is all that it may subscribe to for replies. */
  user: string;
  credsPath?: string;
  /** Of another host's broker: the certificate of its authority (PEM). */
  caPath?: string;
}): Promise<NatsConnection> {
  return connect({
    servers: options.url.split(','),
    noRandomize: true,
    timeout: CONNECT_TIMEOUT_MS,
    name: options.user,
    inboxPrefix: inboxPrefix(options.user),
    ...(options.credsPath ? { authenticator: credsAuthenticator(readFileSync(options.credsPath)) } : {}),
    ...(options.caPath ? { tls: brokerTls(readFileSync(options.caPath, 'utf8')) } : {}),
    // The addresses that it was given are the ones that it can reach.
    ignoreClusterUpdates: true,
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

/** Whether the broker is there, as far as the client knows: a cut link is noticed after two pings. */
export function watchConnection(connection: NatsConnection): () => boolean {
  let connected = true;
  void (async () => {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') connected = false;
      if (type === 'reconnect') connected = true;
    }
  })();
  return () => connected;
}
