import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';

const schema = z.object({
  LONGSHORE_GATEWAY_HOST: z.string().default('127.0.0.1'),
  /** Where local AWS tooling looks for an endpoint. */
  LONGSHORE_GATEWAY_PORT: z.coerce.number().int().min(0).max(65535).default(4566),
  LONGSHORE_MASTER_KEY_FILE: z.string(),
});

export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  /** The file with the key that seals access keys' secrets. */
  readonly masterKeyFile: string;
}

export function gatewayConfig(environment: NodeJS.ProcessEnv): GatewayConfig {
  const env = parseEnvironment(schema, environment);
  return { host: env.LONGSHORE_GATEWAY_HOST, port: env.LONGSHORE_GATEWAY_PORT, masterKeyFile: env.LONGSHORE_MASTER_KEY_FILE };
}
