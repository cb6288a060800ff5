import type { Scope } from '#lib/kernel';
import { statementsOf } from '../policies.js';
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

/** Throws what is no policy of a key. */
export function checkPolicy(text: string): void {
  if (Buffer.byteLength(text) > MAX_BYTES) throw refusals.policyTooLong(MAX_BYTES);
  statementsOf(text, 'key policy', refusals.malformedPolicy);
}
