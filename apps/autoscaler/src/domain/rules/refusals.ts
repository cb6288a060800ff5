import { refuse, type Refusal } from '#lib/kernel';

/** EventBridge's errors. */
export const ruleRefusals = {
  validation: (message: string): Refusal => refuse('ValidationException', message),
  noRule: (name: string): Refusal => refuse('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`),
  noBus: (name: string): Refusal =>
    refuse('ResourceNotFoundException', `Event bus ${name} does not exist. Longshore has the event bus 'default' only.`),
  noResource: (arn: string): Refusal => refuse('ResourceNotFoundException', `Rule ${arn} does not exist.`),
  limit: (): Refusal => refuse('LimitExceededException', 'The requested resource exceeds the maximum number allowed.'),
  badToken: (): Refusal => refuse('ValidationException', 'Parameter NextToken is not valid.'),
  badPattern: (why: string): Refusal => refuse('InvalidEventPatternException', `Event pattern is not valid. Reason: ${why}`),
} as const;
