import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';

const schema = z.object({ LONGSHORE_ACCEPT_LOSS_SINCE: z.coerce.number().int().min(1).optional() });

export interface AutoscalerConfig {
  /** Revisions of the journal from this one on are missing, and the operator gives them up. */
  readonly acceptLossSince?: number;
}

export function autoscalerConfig(environment: NodeJS.ProcessEnv): AutoscalerConfig {
  return { acceptLossSince: parseEnvironment(schema, environment).LONGSHORE_ACCEPT_LOSS_SINCE };
}
