import { readFileSync } from 'node:fs';
import { createLogger } from '#lib/platform';
import { startTlsEntry } from './tls-entry.js';

// Arguments: host, port, the broker's port, certificate file, key file.
const [host, port, brokerPort, certificateFile, keyFile] = process.argv.slice(2) as [string, string, string, string, string];
const logger = createLogger('nats-tls', process.env.LONGSHORE_LOG_LEVEL ?? 'info');
process.once('SIGTERM', () => process.exit(0));

try {
  const [certificate, key] = [readFileSync(certificateFile), readFileSync(keyFile)];
  await startTlsEntry({ host, port: Number(port), brokerPort: Number(brokerPort), certificate, key }, logger);
  logger.info({ host, port }, 'listening');
} catch (error) {
  // The supervisor tries again, and shows this process as down until then.
  logger.error({ host, port, reason: (error as Error).message }, 'cannot listen');
  process.exitCode = 1;
}
