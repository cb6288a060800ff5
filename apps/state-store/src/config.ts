import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';

const schema = z.object({
  LONGSHORE_MASTER_KEY_FILE: z.string(),
  LONGSHORE_BOOTSTRAP_CREDENTIALS_FILE: z.string().optional(),
});

export interface StateStoreConfig {
  /** The file with the key that seals access key secrets. It stays on the control plane's disk. */
  readonly masterKeyFile: string;
  /** JSON `{accountId, accessKeyId, secretAccessKey}`: the installation's first key, made true at the first start. */
  readonly bootstrapCredentialsFile?: string;
}

export function stateStoreConfig(environment: NodeJS.ProcessEnv): StateStoreConfig {
  const env = parseEnvironment(schema, environment);
  return { masterKeyFile: env.LONGSHORE_MASTER_KEY_FILE, bootstrapCredentialsFile: env.LONGSHORE_BOOTSTRAP_CREDENTIALS_FILE };
}
