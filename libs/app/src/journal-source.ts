import { z } from 'zod';
import { KurrentDb, KurrentDbUrlError, parseKurrentDbUrl, type RelayedSource } from '#lib/journal';
import { type Clock, ConfigError, type Logger, parseEnvironment } from '#lib/platform';

const schema = z.object({
  /** Where the journals of this app are kept; empty or absent: in NATS. */
  LONGSHORE_JOURNAL: z.string().default(''),
  LONGSHORE_REBUILD_RELAY: z.coerce.number().int().min(0).max(1).default(0),
});

/** Undefined: the broker keeps the journals. The client of anything else is loaded only when it is wanted. */
export async function journalSource(
  environment: NodeJS.ProcessEnv,
  options: { readonly clock: Clock; readonly logger: Logger },
): Promise<RelayedSource | undefined> {
  const env = parseEnvironment(schema, environment);
  if (env.LONGSHORE_JOURNAL === '') return undefined;
  try {
    const place = await KurrentDb.connect(parseKurrentDbUrl(env.LONGSHORE_JOURNAL), options);
    return { place, mayReplaceRelay: env.LONGSHORE_REBUILD_RELAY === 1 };
  } catch (error) {
    if (error instanceof KurrentDbUrlError) throw new ConfigError(`LONGSHORE_JOURNAL: ${error.message}`);
    throw error;
  }
}
