import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';
import { parseServerUrls, type SearchServer, SearchServerError } from './store/open-search/settings.js';

/** From an environment file an empty value is none. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const schema = z
  .object({
    LONGSHORE_LOGS_DIRECTORY: z.string().min(1),
    LONGSHORE_LOGS_REPLICAS: z.coerce.number().int().min(1).optional(),
    LONGSHORE_LOGS_URL: optional(z.string()),
    LONGSHORE_LOGS_CA: optional(z.string()),
    LONGSHORE_LOGS_INSECURE: optional(z.enum(['true', 'false'])),
    LONGSHORE_LOGS_PREFIX: optional(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'takes lower case letters, digits, - and _')),
    LONGSHORE_LOGS_KEPT_DAYS: optional(z.coerce.number().int().min(1).max(36_500)),
    LONGSHORE_ACCEPT_LOSS_SINCE: z.coerce.number().int().min(1).optional(),
  })
  .transform((env, context): LogAggregatorConfig => {
    const acceptLossSince = env.LONGSHORE_ACCEPT_LOSS_SINCE;
    const directory = env.LONGSHORE_LOGS_DIRECTORY;
    const replicas = env.LONGSHORE_LOGS_REPLICAS;
    if (env.LONGSHORE_LOGS_URL === undefined) return { directory, replicas, acceptLossSince };
    const isInsecure = env.LONGSHORE_LOGS_INSECURE === 'true';
    try {
      const server: SearchServer = {
        ...parseServerUrls(env.LONGSHORE_LOGS_URL, isInsecure),
        ...(env.LONGSHORE_LOGS_CA === undefined ? {} : { ca: readFileSync(env.LONGSHORE_LOGS_CA, 'utf8') }),
        isInsecure,
        prefix: env.LONGSHORE_LOGS_PREFIX ?? 'longshore',
        ...(env.LONGSHORE_LOGS_KEPT_DAYS === undefined ? {} : { keptDays: env.LONGSHORE_LOGS_KEPT_DAYS }),
      };
      return { directory, server, acceptLossSince };
    } catch (error) {
      const isCa = (error as { syscall?: unknown }).syscall !== undefined;
      if (!isCa && !(error instanceof SearchServerError)) throw error;
      context.addIssue({
        code: 'custom',
        path: [isCa ? 'LONGSHORE_LOGS_CA' : 'LONGSHORE_LOGS_URL'],
        message: (error as Error).message,
      });
      return z.NEVER;
    }
  });

export interface LogAggregatorConfig {
  /** Where the lines are kept when no server has them: one process alone writes there. Of the aggregator of number 2 it is `<directory>-2`. */
  readonly directory: string;
  /** How many aggregators there are on this host: this one serves what others of higher numbers have left. Undefined: it serves its own. */
  readonly replicas?: number;
  /** The server that has them. */
  readonly server?: SearchServer;
  /** Revisions of the journal from this one on are missing, and the operator gives them up. */
  readonly acceptLossSince?: number;
}

export const logAggregatorConfig = (environment: NodeJS.ProcessEnv): LogAggregatorConfig => parseEnvironment(schema, environment);
