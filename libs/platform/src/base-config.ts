import { z } from 'zod';

/** What every app reads from its environment. Parsed once; a value that is wrong ends the start with one sentence. */
const baseSchema = z.object({
  LONGSHORE_REPLICA: z.coerce.number().int().min(1).default(1),
  LONGSHORE_NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  LONGSHORE_NATS_CREDS: z.string().optional(),
  LONGSHORE_NATS_CA: z.string().optional(),
  LONGSHORE_HEALTH_HOST: z.string().default('127.0.0.1'),
  /** 0: a free port (then only the log tells which). */
  LONGSHORE_HEALTH_PORT: z.coerce.number().int().min(0).max(65535).default(0),
  LONGSHORE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export interface BaseConfig {
  readonly replica: number;
  readonly natsUrl: string;
  readonly natsCredsPath?: string;
  /** The broker is another host's: TLS, verified against this certificate. */
  readonly natsCaPath?: string;
  readonly healthHost: string;
  readonly healthPort: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** The environment does not say what the app needs; the message names the variable. */
export class ConfigError extends Error {}

/** Parses the environment against a schema of `LONGSHORE_*` variables. */
export function parseEnvironment<T>(schema: z.ZodType<T>, environment: NodeJS.ProcessEnv): T {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}

export function baseConfig(environment: NodeJS.ProcessEnv): BaseConfig {
  const env = parseEnvironment(baseSchema, environment);
  return {
    replica: env.LONGSHORE_REPLICA,
    natsUrl: env.LONGSHORE_NATS_URL,
    natsCredsPath: env.LONGSHORE_NATS_CREDS,
    natsCaPath: env.LONGSHORE_NATS_CA,
    healthHost: env.LONGSHORE_HEALTH_HOST,
    healthPort: env.LONGSHORE_HEALTH_PORT,
    logLevel: env.LONGSHORE_LOG_LEVEL,
  };
}
