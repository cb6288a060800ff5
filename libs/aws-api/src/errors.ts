import { type Rejection, throttled } from '#lib/kernel';

/** The refusals of the front door, in AWS's words. JSON's names; the Query protocol has its own for some (`protocols/query.ts`). */
export const errors = {
  unknownOperation: (operation?: string): Rejection => ({
    code: 'UnknownOperationException',
    message: operation ? `The operation ${operation} does not exist.` : 'The request names no operation of a known service.',
    status: 400,
  }),
  /** In the model, but no app of this installation serves it. The code is one that ECS models for exactly this. */
  unsupportedOperation: (operation: string): Rejection => ({
    code: 'UnsupportedFeatureException',
    message: `${operation} is not supported by Longshore yet. docs/api-coverage.md lists the operations that are.`,
    status: 400,
  }),
  throttled,
  /** SDKs retry it. */
  unavailable: (sentence: string): Rejection => ({ code: 'ServiceUnavailableException', message: sentence, status: 503 }),
  internal: (requestId: string): Rejection => ({
    code: 'InternalFailure',
    message: `The request failed for a reason inside Longshore. The log has it under request id ${requestId}.`,
    status: 500,
  }),
  /** What EC2 answers to DryRun of a call that it would have made: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
  dryRun: { code: 'DryRunOperation', message: 'Request would have succeeded, but DryRun flag is set.', status: 412 } as Rejection,
  badAsOf: (given: string): Rejection => ({
    code: 'ValidationException',
    message: `'${given}' is no moment to read at: use /as-of/<ISO-8601 instant, like 2026-11-22T11:00:00Z> or /as-of/ecs.r<revision>.`,
    status: 400,
  }),
  tooLarge: (limitBytes: number): Rejection => ({
    code: 'RequestEntityTooLargeException',
    message: `The request body is larger than ${limitBytes} bytes.`,
    status: 413,
  }),
  badEncoding: (sentence: string): Rejection => ({ code: 'SerializationException', message: sentence, status: 400 }),
  unknownPath: (method: string): Rejection => ({
    code: 'UnknownOperationException',
    message: `There is nothing to ${method} here. Longshore answers AWS API calls: POST / with X-Amz-Target or a form.`,
    status: 404,
  }),
} as const;
