import { createHash } from 'node:crypto';
import type { HttpRequest } from '#lib/aws-api';
import type { Random } from '#lib/platform';

const uuid = (hex: string) =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;

export const randomRequestId = (random: Random): string => uuid(random.hex(16));

/**
 * SDKs send one `amz-sdk-invocation-id` with all attempts of one call. The request id, and with it the id of the command, is made of
 * it: when an answer was lost and the SDK tries again, what the first attempt did is answered, not done a second time. The caller and
 * the body are part of it, so nobody can be answered with somebody else's call.
 */
export function requestIdOf(request: HttpRequest, accessKeyId: string, body: Uint8Array, random: Random): string {
  const invocation = request.headers['amz-sdk-invocation-id'];
  if (invocation === undefined || !/^[\w-]{16,64}$/.test(invocation)) return randomRequestId(random);
  const { target, headers } = request;
  const hash = createHash('sha256').update(JSON.stringify([accessKeyId, invocation, target, headers['x-amz-target'] ?? '']));
  return uuid(hash.update(body).digest('hex'));
}
