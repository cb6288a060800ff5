import { connect, type Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import type { Logger } from '#lib/platform';
import { API_PROTOCOL, REGISTRY_PROTOCOL } from '#lib/messaging';
import { announceTls } from './domain/announce-tls.js';

const HANDSHAKE_TIMEOUT_MS = 5_000;
/** A host that is cut off says no goodbye: its half of the connection is probed after this silence. */
const KEEP_ALIVE_AFTER_MS = 15_000;
/** Strangers shall not use up the broker's file descriptors. */
const LARGEST_NUMBER_OF_CONNECTIONS = 5_000;

const LINE_END = '\r\n';

export interface TlsEntryOptions {
  /** Where other hosts come to. */
  readonly host: string;
  readonly port: number;
  /** Of the broker, on the loopback of this host. */
  readonly brokerPort: number;
  /** Of the own image registry, likewise; a connection says so when it is for that. */
  readonly registryPort: number;
  /** Of the gateway, likewise: for tasks of other hosts. */
  readonly gatewayPort: number;
  /** PEM. */
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/**
 * The entry for other hosts: takes TLS, and nothing but TLS, on its own address and hands the bytes to the broker's
 * loopback listener, or to that of the image registry or of the API. A process of its own, so that neither the broker nor the apps of this host depend on that address: it may
 * come late (DHCP), go, or change, and only the other hosts notice. Who may do what is the broker's to decide, as for everybody.
 */
export function startTlsEntry(options: TlsEntryOptions, logger: Logger): Promise<Server> {
  const server = createServer(
    {
      cert: options.certificate,
      key: options.key,
      minVersion: 'TLSv1.3',
      // The broker's clients name no protocol.
      ALPNProtocols: [REGISTRY_PROTOCOL, API_PROTOCOL],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    },
    (remote) => {
      const peer = `${remote.remoteAddress}:${remote.remotePort}`;
      logger.info({ peer }, 'connected');
      const isForBroker = !remote.alpnProtocol;
      const port = portOf(remote.alpnProtocol, options);
      const local = connect({ host: '127.0.0.1', port, noDelay: true });
      joinSockets(remote, local, peer, logger);
      if (isForBroker) passBroker(local, remote, peer, logger);
      else local.pipe(remote);
    },
  );
  server.maxConnections = LARGEST_NUMBER_OF_CONNECTIONS;
  server.on('tlsClientError', (error, socket) => {
    logger.warn({ peer: `${socket.remoteAddress}:${socket.remotePort}`, reason: error.message }, 'refused: no TLS');
    // Node leaves one that says nothing open after the timeout.
    socket.destroy();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve(server));
  });
}

function portOf(protocol: string | false | null, { brokerPort, registryPort, gatewayPort }: TlsEntryOptions): number {
  if (protocol === API_PROTOCOL) return gatewayPort;
  return protocol === REGISTRY_PROTOCOL ? registryPort : brokerPort;
}

/** Bytes both ways, each side slowed down by the other; when one ends, so does the other. */
function joinSockets(remote: Socket, local: Socket, peer: string, logger: Logger): void {
  const say = (error: Error) => logger.debug({ peer, reason: error.message }, 'connection broke');
  remote.on('error', say);
  local.on('error', say);
  remote.on('close', () => {
    logger.info({ peer }, 'disconnected');
    local.destroy();
  });
  // Not at once: the broker's last words (why it refuses) are still on their way.
  local.on('close', () => remote.destroySoon());
  remote.pipe(local);
}

/** The broker's first line has to offer TLS to a client that insists on it. */
function passBroker(broker: Socket, remote: Socket, peer: string, logger: Logger): void {
  let begun = Buffer.alloc(0);
  const begin = (chunk: Buffer) => {
    begun = Buffer.concat([begun, chunk]);
    const end = begun.indexOf(LINE_END);
    if (end < 0) return;
    broker.off('data', begin);
    const info = announceTls(begun.subarray(0, end).toString());
    if (info === undefined) {
      // One that is going away, or another program on its port: only this connection ends.
      logger.warn({ peer }, 'what answers on the port of the broker is not nats-server');
      broker.destroy();
      return;
    }
    remote.write(info);
    remote.write(begun.subarray(end));
    broker.pipe(remote);
  };
  broker.on('data', begin);
}
