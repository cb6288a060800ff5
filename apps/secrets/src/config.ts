import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';

const schema = z.object({
  LONGSHORE_MASTER_KEY_FILE: z.string().min(1),
  LONGSHORE_VALUE_KEYS_DIRECTORY: z.string().min(1),
  /** Of the installation's own images, as they are named. */
  LONGSHORE_REGISTRY: z.string().optional(),
  LONGSHORE_ACCEPT_LOSS_SINCE: z.coerce.number().int().min(1).optional(),
});

export interface SecretsConfig {
  /** Seals the keys of the values. */
  readonly masterKeyFile: string;
  /** Where those are kept: all replicas of this app share it, and nobody else reads it. */
  readonly keysDirectory: string;
  /** What images of the installation's own registry begin with: agents are given passwords for it. */
  readonly registry?: string;
  /** Revisions of the journal from this one on are missing, and the operator gives them up. */
  readonly acceptLossSince?: number;
}

export function secretsConfig(environment: NodeJS.ProcessEnv): SecretsConfig {
  const env = parseEnvironment(schema, environment);
  return {
    masterKeyFile: env.LONGSHORE_MASTER_KEY_FILE,
    keysDirectory: env.LONGSHORE_VALUE_KEYS_DIRECTORY,
    registry: env.LONGSHORE_REGISTRY,
    acceptLossSince: env.LONGSHORE_ACCEPT_LOSS_SINCE,
  };
}
