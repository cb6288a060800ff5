import { type KurrentDbAddress, KurrentDbUrlError, parseKurrentDbUrl } from '#lib/journal';
import { UserFault } from '../terminal/fault.js';

/** Where this installation's journals are kept. It may hold a password: the owners' processes get it, and nobody else. */
export const JOURNAL_VARIABLE = 'LONGSHORE_JOURNAL';

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

/** What the supervisor's children inherit. */
export function withoutJournalPlace(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name !== JOURNAL_VARIABLE));
}
