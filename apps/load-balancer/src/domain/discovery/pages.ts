import { type Page, pageOf, paginate, Refusal } from '#lib/kernel';
import { refusals } from './refusals.js';

/** As Cloud Map's lists take it. */
export interface PageInput {
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

const MAX_RESULTS = 100;

/** What is wrong with a token or a size, in Cloud Map's code. */
function asInvalidInput<T>(page: () => Page<T>): Page<T> {
  try {
    return page();
  } catch (error) {
    if (error instanceof Refusal) throw refusals.invalidInput(error.message);
    throw error;
  }
}

const kernelInput = ({ NextToken, MaxResults }: PageInput) => ({ nextToken: NextToken, maxResults: MaxResults });

export const tokenOf = ({ nextToken }: Page<unknown>) => (nextToken === undefined ? {} : { NextToken: nextToken });

/** Of items that come in the order of their keys, from the one behind `after`. */
export const orderedPage = <T>(
  input: PageInput,
  list: string,
  from: (after: string | undefined) => Iterable<T>,
  keyOf: (item: T) => string,
): Page<T> => asInvalidInput(() => pageOf(from, keyOf, kernelInput(input), { list, limit: MAX_RESULTS }));

/** Of items that are few. */
export const sortedPage = <T>(input: PageInput, list: string, all: Iterable<T>, keyOf: (item: T) => string): Page<T> =>
  asInvalidInput(() => paginate(all, keyOf, kernelInput(input), { list, limit: MAX_RESULTS }));
