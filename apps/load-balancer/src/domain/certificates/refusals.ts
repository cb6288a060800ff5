import { refuse, type Refusal } from '#lib/kernel';

/** ACM's errors. */
export const refusals = {
  validation: (message: string): Refusal => refuse('ValidationException', message),
  notFound: (arn: string, accountId: string): Refusal =>
    refuse('ResourceNotFoundException', `Could not find certificate ${arn} for account ${accountId}.`),
  invalidArn: (arn: string): Refusal =>
    refuse('InvalidArnException', `The certificate ARN ${arn} is not one of ACM's certificates.`),
  pending: (arn: string): Refusal => refuse('RequestInProgressException', `Certificate ${arn} is pending validation.`),
  invalidDomain: (name: string): Refusal =>
    refuse('InvalidDomainValidationOptionsException', `${name} is not a domain name that a certificate can be issued for.`),
  inUse: (arn: string, accountId: string): Refusal =>
    refuse('ResourceInUseException', `Certificate ${arn} in account ${accountId} is in use.`),
  limitExceeded: (message: string): Refusal => refuse('LimitExceededException', message),
  tooManyTags: (message: string): Refusal => refuse('TooManyTagsException', message),
  invalidTag: (message: string): Refusal => refuse('InvalidTagException', message),
} as const;
