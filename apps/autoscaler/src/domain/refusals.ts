import { refuse, type Refusal } from '#lib/kernel';

/** CloudWatch's errors. */
export const refusals = {
  /** Query's clients see ValidationError. */
  validation: (message: string): Refusal => refuse('ValidationException', message),
  invalidValue: (message: string): Refusal => refuse('InvalidParameterValueException', message),
  invalidCombination: (message: string): Refusal => refuse('InvalidParameterCombinationException', message),
  missing: (message: string): Refusal => refuse('MissingRequiredParameterException', message),
  alarmNotFound: (): Refusal => refuse('ResourceNotFound', 'Unknown alarm'),
  resourceNotFound: (arn: string): Refusal => refuse('ResourceNotFoundException', `The resource ${arn} does not exist.`),
  badToken: (): Refusal => refuse('InvalidNextToken', 'The next token specified is invalid.'),
  /** Of operations for which the model lists no InvalidNextToken. */
  badTokenValue: (): Refusal => refuse('InvalidParameterValueException', 'Request parameter NextToken is invalid'),
  notJson: (name: string): Refusal => refuse('InvalidFormatFault', `The value of ${name} is not valid JSON.`),
  limit: (message: string): Refusal => refuse('LimitExceededFault', message),
} as const;
