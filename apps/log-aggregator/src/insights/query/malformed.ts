import { refuse, type Refusal } from '#lib/kernel';
import type { Location } from './query.js';

/** As AWS refuses a query: with where in it. */
export const malformed = (message: string, at: Location): Refusal =>
  refuse('MalformedQueryException', message, {
    queryCompileError: { location: { startCharOffset: at.start, endCharOffset: at.end }, message },
  });
