import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';

const schema = z.object({
  LONGSHORE_LOGS_DIRECTORY: z.string().min(1),
  LONGSHORE_ACCEPT_LOSS_SINCE: z.coerce.number().int().min(1).optional(),
});

export interface LogAggregatorConfig {
  /** Where the lines are kept: this process alone writes there. */
  readonly directory: string;
  /** Revisions of the journal from this one on are missing, and the operator gives them up. */
  readonly acceptLossSince?: number;
}

export function logAggregatorConfig(environment: NodeJS.ProcessEnv): LogAggregatorConfig {
  const env = parseEnvironment(schema, environment);
  return { directory: env.LONGSHORE_LOGS_DIRECTORY, acceptLossSince: env.LONGSHORE_ACCEPT_LOSS_SINCE };
}
