import { Refusal, refuse } from '#lib/kernel';

const refused = (code: string, status: number, message: string): Refusal => new Refusal({ code, message, status });

/** EventBridge Scheduler's errors. */
export const scheduleRefusals = {
  validation: (message: string): Refusal => refuse('ValidationException', message),
  noSchedule: (name: string): Refusal => refused('ResourceNotFoundException', 404, `Schedule ${name} does not exist.`),
  noGroup: (name: string): Refusal =>
    refused(
      'ResourceNotFoundException',
      404,
      `Schedule group ${name} does not exist. Longshore has the schedule group 'default' only.`,
    ),
  exists: (name: string): Refusal => refused('ConflictException', 409, `Schedule ${name} already exists.`),
  limit: (most: number): Refusal =>
    refused('ServiceQuotaExceededException', 402, `A region of an account can have at most ${most} schedules.`),
  badToken: (): Refusal => refuse('ValidationException', 'Invalid NextToken.'),
} as const;
