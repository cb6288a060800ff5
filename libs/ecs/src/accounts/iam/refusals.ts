import { type Rejection, Refusal } from '#lib/kernel';

const refuse = (code: string, message: string, status: number): Refusal =>
  new Refusal({ code, message, status } satisfies Rejection);

/** IAM's errors, with its statuses: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html#API_CreateRole_Errors */
export const iamRefusals = {
  missing: (what: string) => refuse('NoSuchEntity', `${what} cannot be found.`, 404),
  exists: (message: string) => refuse('EntityAlreadyExists', message, 409),
  inUse: (message: string) => refuse('DeleteConflict', message, 409),
  malformed: (message: string) => refuse('MalformedPolicyDocument', message, 400),
  badInput: (message: string) => refuse('InvalidInput', message, 400),
  invalid: (message: string) => refuse('ValidationError', message, 400),
  limit: (message: string) => refuse('LimitExceeded', message, 409),
} as const;

export function required<T>(value: T | undefined, member: string): T {
  if (value !== undefined && value !== '') return value;
  throw iamRefusals.invalid(
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  );
}
