import { refuse, type Refusal } from '#lib/kernel';

/** CloudWatch's errors. */
export const refusals = {
  validation: (message: string): Refusal => refuse('ValidationError', message),
  invalidValue: (message: string): Refusal => refuse('InvalidParameterValueException', message),
  invalidCombination: (message: string): Refusal => refuse('InvalidParameterCombinationException', message),
  missing: (message: string): Refusal => refuse('MissingRequiredParameterException', message),
  alarmNotFound: (): Refusal => refuse('ResourceNotFound', 'Unknown alarm'),
  resourceNotFound: (arn: string): Refusal => refuse('ResourceNotFoundException', `The resource ${arn} does not exist.`),
  badToken: (): Refusal => refuse('InvalidNextToken', 'The next token specified is invalid.'),
  limit: (message: string): Refusal => refuse('LimitExceededFault', message),
} as const;
