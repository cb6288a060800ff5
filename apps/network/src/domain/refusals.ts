import { refuse, type Refusal } from '#lib/kernel';
import { type Kind, KINDS } from './model.js';

/** EC2's errors, in its own sentences where they are known. */
export const refusals = {
  missing: (parameter: string): Refusal => refuse('MissingParameter', `The request must contain the parameter ${parameter}`),
  invalid: (value: string, parameter: string, why: string): Refusal =>
    refuse('InvalidParameterValue', `Value (${value}) for parameter ${parameter} is invalid. ${why}`),
  combination: (message: string): Refusal => refuse('InvalidParameterCombination', message),
  notFound(kind: Kind, id: string): Refusal {
    const [code, called] = KINDS[kind].missing;
    return refuse(code, `The ${called} '${id}' does not exist`);
  },
  noResource: (id: string): Refusal => refuse('InvalidID', `The ID '${id}' is not valid`),
  badFilter: (name: string): Refusal => refuse('InvalidParameterValue', `The filter '${name}' is invalid`),
  badToken: (): Refusal =>
    refuse('InvalidNextToken', 'The token is invalid: use the one of the page before, with the same parameters.'),
  dependencies: (called: string, id: string): Refusal =>
    refuse('DependencyViolation', `The ${called} '${id}' has dependencies and cannot be deleted.`),
  limit: (code: string, called: string): Refusal => refuse(code, `The maximum number of ${called} has been reached.`),
} as const;

export function required<T>(value: T | undefined, parameter: string): T {
  if (value === undefined || value === '') throw refusals.missing(parameter);
  return value;
}
