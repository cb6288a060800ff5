import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { baseConfig, createLogger, startHealthServer } from '#lib/platform';
import { startTlsEntry } from './tls-entry.js';

// Arguments: host, port, the broker's port, the registry's, the gateway's, certificate file, key file.
const [host, port, brokerPort, registryPort, gatewayPort, certificateFile, keyFile] = process.argv.slice(2) as [
  ...[host: string, port: string, brokerPort: string, registryPort: string, gatewayPort: string],
  ...[certificateFile: string, keyFile: string],
];
const RETRY_MS = 1_000;

const config = baseConfig(process.env);
const logger = createLogger('nats-tls', config.logLevel);
process.once('SIGTERM', () => process.exit(0));
let reason: string | undefined = 'starting';
await startHealthServer({ app: 'nats-tls', replica: 1, host: config.healthHost, port: config.healthPort }, () => ({
  ready: reason === undefined,
  reason,
}));

const [certificate, key] = [readFileSync(certificateFile), readFileSync(keyFile)];
while (reason !== undefined) {
  try {
    const [own, broker, registry, gateway] = [port, brokerPort, registryPort, gatewayPort].map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const ports = { port: own, brokerPort: broker, registryPort: registry, gatewayPort: gateway };
    await startTlsEntry({ host, ...ports, certificate, key }, logger);
    logger.info({ host, port }, 'listening');
    reason = undefined;
  } catch (error) {
    const problem = sentence(error as NodeJS.ErrnoException);
    if (problem !== reason) logger.warn({ host, port }, problem);
    reason = problem;
    await pause(RETRY_MS);
  }
}

/** An address may come later (DHCP, a VPN), and a port may become free. */
function sentence(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRNOTAVAIL') return `this machine has no address ${host} now`;
  if (error.code === 'EADDRINUSE') return `port ${port} of ${host} is in use by another program`;
  return error.message;
}
