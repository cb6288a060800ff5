import { refuse, type Refusal } from '#lib/kernel';

/** CloudWatch Logs' errors, in its own sentences where they are known. */
export const refusals = {
  invalid: (message: string): Refusal => refuse('InvalidParameterException', message),
  groupExists: (): Refusal => refuse('ResourceAlreadyExistsException', 'The specified log group already exists'),
  streamExists: (): Refusal => refuse('ResourceAlreadyExistsException', 'The specified log stream already exists'),
  groupNotFound: (): Refusal => refuse('ResourceNotFoundException', 'The specified log group does not exist.'),
  notFound: (message: string): Refusal => refuse('ResourceNotFoundException', message),
  streamNotFound: (): Refusal => refuse('ResourceNotFoundException', 'The specified log stream does not exist.'),
  resourceNotFound: (): Refusal => refuse('ResourceNotFoundException', 'The specified resource does not exist.'),
  badToken: (): Refusal => refuse('InvalidParameterException', 'The specified nextToken is invalid.'),
  tooManyTags: (): Refusal => refuse('TooManyTagsException', 'A resource can have at most 50 tags.'),
  invalidOperation: (message: string): Refusal => refuse('InvalidOperationException', message),
  otherRevision: (): Refusal =>
    refuse(
      'OperationAbortedException',
      'The resource policy has another revision than the expected one. Read it, and try again.',
    ),
  limitExceeded: (): Refusal => refuse('LimitExceededException', 'Resource limit exceeded.'),
} as const;
