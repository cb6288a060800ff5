import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';

const schema = z.object({ LONGSHORE_LOST_GRACE_MS: z.coerce.number().int().min(0).default(15_000) });

export interface HealthMonitorConfig {
  /** How long after its agent counts as disconnected an instance's tasks are given up and replaced elsewhere. */
  readonly lostGraceMs: number;
}

export const healthMonitorConfig = (environment: NodeJS.ProcessEnv): HealthMonitorConfig => ({
  lostGraceMs: parseEnvironment(schema, environment).LONGSHORE_LOST_GRACE_MS,
});
