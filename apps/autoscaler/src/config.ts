import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';

const schema = z.object({
  LONGSHORE_ACCEPT_LOSS_SINCE: z.coerce.number().int().min(1).optional(),
  LONGSHORE_METRICS_URL: z
    .string()
    .optional()
    .refine(
      (url) => url === undefined || url === '' || /^https?:$/.test(URL.parse(url)?.protocol ?? ''),
      'takes the http or https URL of a store',
    ),
});

export interface AutoscalerConfig {
  /** Revisions of the journal from this one on are missing, and the operator gives them up. */
  readonly acceptLossSince?: number;
  /** Where metrics are kept beyond memory; it may hold a name and a password. */
  readonly metricsUrl?: string;
}

export function autoscalerConfig(environment: NodeJS.ProcessEnv): AutoscalerConfig {
  const { LONGSHORE_ACCEPT_LOSS_SINCE: acceptLossSince, LONGSHORE_METRICS_URL } = parseEnvironment(schema, environment);
  return { acceptLossSince, metricsUrl: LONGSHORE_METRICS_URL || undefined };
}
