import { Refusal, refuse } from '#lib/kernel';

const refused = (code: string, status: number, message: string): Refusal => new Refusal({ code, message, status });

/** EventBridge Scheduler's errors. */
export const scheduleRefusals = {
  validation: (message: string): Refusal => refuse('ValidationException', message),
  noSchedule: (name: string): Refusal => refused('ResourceNotFoundException', 404, `Schedule ${name} does not exist.`),
  noGroup: (name: string): Refusal => refused('ResourceNotFoundException', 404, `Schedule group ${name} does not exist.`),
  noResource: (arn: string): Refusal => refused('ResourceNotFoundException', 404, `${arn} is no schedule group that exists.`),
  groupExists: (name: string): Refusal => refused('ConflictException', 409, `Schedule group ${name} already exists.`),
  exists: (name: string): Refusal => refused('ConflictException', 409, `Schedule ${name} already exists.`),
  limit: (most: number, what: string): Refusal =>
    refused('ServiceQuotaExceededException', 402, `A region of an account can have at most ${most} ${what}.`),
  badToken: (): Refusal => refuse('ValidationException', 'Invalid NextToken.'),
} as const;
