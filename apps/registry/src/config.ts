import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';
import type { RegistryProcessSettings } from './storage/registry-process.js';

const schema = z.object({
  LONGSHORE_MASTER_KEY_FILE: z.string().min(1),
  /** What images are named by, and where their clients are answered: `127.0.0.1:5566`. */
  LONGSHORE_REGISTRY: z.string().regex(/^[\w.-]+:\d+$/, 'must be host:port'),
  /** Other than in the images' names, where the app runs in a container of its own. */
  LONGSHORE_REGISTRY_LISTEN: z.string().min(1).optional(),
  LONGSHORE_REGISTRY_DIRECTORY: z.string().min(1),
  /** Debian's place. Used only while there are repositories. */
  LONGSHORE_DOCKER_REGISTRY: z.string().default('/usr/bin/docker-registry'),
  /** How long what no image has any more stays; no push may take longer. */
  LONGSHORE_REGISTRY_KEEPS_UNUSED_MS: z.coerce
    .number()
    .int()
    .min(1)
    .default(6 * 3_600_000),
  LONGSHORE_ACCEPT_LOSS_SINCE: z.coerce.number().int().min(1).optional(),
});

/** No user of a Debian has it: not of the range for people, nor of those that the system hands out. */
const USER_ID = 61_566;

export interface RegistryConfig {
  /** Passwords are sealed with it. */
  readonly masterKeyFile: string;
  readonly host: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly store: RegistryProcessSettings;
  readonly keepsUnusedMs: number;
  /** Revisions of the journal from this one on are missing, and the operator gives them up. */
  readonly acceptLossSince?: number;
}

export function registryAppConfig(environment: NodeJS.ProcessEnv): RegistryConfig {
  const env = parseEnvironment(schema, environment);
  const [name, port] = env.LONGSHORE_REGISTRY.split(':') as [string, string];
  return {
    masterKeyFile: env.LONGSHORE_MASTER_KEY_FILE,
    host: env.LONGSHORE_REGISTRY,
    listen: { host: env.LONGSHORE_REGISTRY_LISTEN ?? name, port: Number(port) },
    store: {
      program: env.LONGSHORE_DOCKER_REGISTRY,
      directory: env.LONGSHORE_REGISTRY_DIRECTORY,
      ...(process.getuid?.() === 0 ? { userId: USER_ID } : {}),
    },
    keepsUnusedMs: env.LONGSHORE_REGISTRY_KEEPS_UNUSED_MS,
    acceptLossSince: env.LONGSHORE_ACCEPT_LOSS_SINCE,
  };
}
