import { z } from 'zod';
import { ConfigError, parseEnvironment } from '#lib/platform';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { parseRates, type Rates } from './shares/request-classes.js';

const schema = z.object({
  LONGSHORE_GATEWAY_HOST: z.string().default('127.0.0.1'),
  /** Where local AWS tooling looks for an endpoint. */
  LONGSHORE_GATEWAY_PORT: z.coerce.number().int().min(0).max(65535).default(4566),
  LONGSHORE_MASTER_KEY_FILE: z.string(),
  LONGSHORE_GATEWAY_EVENT_READERS: z.coerce.number().int().min(0).default(DEFAULT_LIMITS.maxEventReaders),
  /** What one account may ask: `read=1000/100,service-modify=50/5` (capacity/refill a second). */
  LONGSHORE_GATEWAY_RATES: z.string().default(''),
  /** Requests of one account under way at the same time. */
  LONGSHORE_GATEWAY_IN_FLIGHT: z.coerce.number().int().min(1).default(DEFAULT_LIMITS.shares.inFlight),
});

export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  /** The file with the key that seals access keys' secrets. */
  readonly masterKeyFile: string;
  readonly limits: Limits;
}

export function gatewayConfig(environment: NodeJS.ProcessEnv): GatewayConfig {
  const env = parseEnvironment(schema, environment);
  return {
    host: env.LONGSHORE_GATEWAY_HOST,
    port: env.LONGSHORE_GATEWAY_PORT,
    masterKeyFile: env.LONGSHORE_MASTER_KEY_FILE,
    limits: {
      ...DEFAULT_LIMITS,
      maxEventReaders: env.LONGSHORE_GATEWAY_EVENT_READERS,
      shares: { rates: ratesFrom(env.LONGSHORE_GATEWAY_RATES), inFlight: env.LONGSHORE_GATEWAY_IN_FLIGHT },
    },
  };
}

function ratesFrom(text: string): Rates {
  const parsed = parseRates(text);
  if ('problem' in parsed) throw new ConfigError(`LONGSHORE_GATEWAY_RATES: ${parsed.problem}`);
  return parsed.rates;
}
