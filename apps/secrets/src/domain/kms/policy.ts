import type { Scope } from '#lib/kernel';
import { refusals } from './refusals.js';

/** As AWS bounds one. */
const MAX_BYTES = 32_768;

/** What AWS gives a key that was made without one. */
export const defaultPolicy = ({ accountId }: Pick<Scope, 'accountId'>): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  });

/** It is kept and shown, and decides nothing: so only what is no policy at all is refused. */
export function checkPolicy(text: string): void {
  if (Buffer.byteLength(text) > MAX_BYTES) throw refusals.policyTooLong(MAX_BYTES);
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refusals.malformedPolicy('The key policy is not valid JSON.');
  }
  const { Statement } = (policy ?? {}) as { readonly Statement?: unknown };
  if (typeof Statement !== 'object' || Statement === null)
    throw refusals.malformedPolicy('The key policy has no statements (Statement).');
  const statements: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  for (const statement of statements) {
    const { Effect, Principal, NotPrincipal } = (statement ?? {}) as Readonly<Record<string, unknown>>;
    if (Effect !== 'Allow' && Effect !== 'Deny')
      throw refusals.malformedPolicy("Each statement of a key policy has the Effect 'Allow' or 'Deny'.");
    if (Principal === undefined && NotPrincipal === undefined)
      throw refusals.malformedPolicy('Each statement of a key policy names a Principal.');
  }
}
