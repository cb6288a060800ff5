import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';
import { DEFAULT_LIMITS } from './limits.js';

const schema = z.object({
  LONGSHORE_GATEWAY_HOST: z.string().default('127.0.0.1'),
  /** Where local AWS tooling looks for an endpoint. */
  LONGSHORE_GATEWAY_PORT: z.coerce.number().int().min(0).max(65535).default(4566),
  LONGSHORE_MASTER_KEY_FILE: z.string(),
  LONGSHORE_GATEWAY_EVENT_READERS: z.coerce.number().int().min(0).default(DEFAULT_LIMITS.maxEventReaders),
});

export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  /** The file with the key that seals access keys' secrets. */
  readonly masterKeyFile: string;
  /** Of `GET /events`, at the same time. */
  readonly maxEventReaders: number;
}

export function gatewayConfig(environment: NodeJS.ProcessEnv): GatewayConfig {
  const env = parseEnvironment(schema, environment);
  return {
    host: env.LONGSHORE_GATEWAY_HOST,
    port: env.LONGSHORE_GATEWAY_PORT,
    masterKeyFile: env.LONGSHORE_MASTER_KEY_FILE,
    maxEventReaders: env.LONGSHORE_GATEWAY_EVENT_READERS,
  };
}
