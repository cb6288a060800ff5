import { type KurrentDbAddress, KurrentDbUrlError, parseKurrentDbUrl } from '#lib/journal';
import { UserFault } from '../terminal/fault.js';
import { METRICS_VARIABLE } from './victoria-metrics.js';

/** Where this installation's journals are kept. It may hold a password: the owners' processes get it, and nobody else. */
export const JOURNAL_VARIABLE = 'LONGSHORE_JOURNAL';

/** Where lines are kept that are not in files of the log aggregator's. It may hold a password, too. */
export const LOGS_VARIABLE = 'LONGSHORE_LOGS_URL';

/** Undefined: in NATS. */
export function journalPlace(environment: NodeJS.ProcessEnv): (KurrentDbAddress & { readonly url: string }) | undefined {
  const url = environment[JOURNAL_VARIABLE] ?? '';
  if (url === '') return undefined;
  try {
    return { ...parseKurrentDbUrl(url), url };
  } catch (error) {
    if (error instanceof KurrentDbUrlError) throw new UserFault(`${JOURNAL_VARIABLE}: ${error.message}.`);
    throw error;
  }
}

/** What the supervisor's children inherit: nothing that may hold a password. */
export function withoutPlaces(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const places = [JOURNAL_VARIABLE, METRICS_VARIABLE, LOGS_VARIABLE];
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !places.includes(name)));
}
