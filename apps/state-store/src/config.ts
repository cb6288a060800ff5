import { z } from 'zod';
import { DEFAULT_HEALTHY_AFTER_MS } from '#lib/ecs/services/api';
import { parseEnvironment } from '#lib/platform';

const schema = z.object({
  LONGSHORE_MASTER_KEY_FILE: z.string(),
  LONGSHORE_BOOTSTRAP_CREDENTIALS_FILE: z.string().optional(),
  LONGSHORE_ACCEPT_LOSS_SINCE: z.coerce.number().int().min(1).optional(),
  LONGSHORE_SERVICE_HEALTHY_AFTER_MS: z.coerce.number().int().min(0).default(DEFAULT_HEALTHY_AFTER_MS),
});

export interface StateStoreConfig {
  /** The file with the key that seals access key secrets. It stays on the control plane's disk. */
  readonly masterKeyFile: string;
  /** JSON `{accountId, accessKeyId, secretAccessKey}`: the installation's first key, made true at the first start. */
  readonly bootstrapCredentialsFile?: string;
  /** Revisions of the journal from this one on are missing, and the operator gives them up. */
  readonly acceptLossSince?: number;
  /** How long a service's task without a health check has to be RUNNING to count as healthy. */
  readonly serviceHealthyAfterMs: number;
}

export function stateStoreConfig(environment: NodeJS.ProcessEnv): StateStoreConfig {
  const env = parseEnvironment(schema, environment);
  return {
    masterKeyFile: env.LONGSHORE_MASTER_KEY_FILE,
    bootstrapCredentialsFile: env.LONGSHORE_BOOTSTRAP_CREDENTIALS_FILE,
    acceptLossSince: env.LONGSHORE_ACCEPT_LOSS_SINCE,
    serviceHealthyAfterMs: env.LONGSHORE_SERVICE_HEALTHY_AFTER_MS,
  };
}
