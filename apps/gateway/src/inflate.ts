import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { errors } from '#lib/aws-api';
import type { Rejection } from '#lib/kernel';

const unzip = promisify(gunzip);

/** The body as its caller wrote it. Never grows beyond `maxBytes`, whatever it promises. */
export async function inflate(
  body: Uint8Array,
  encoding: string | undefined,
  maxBytes: number,
): Promise<{ body: Uint8Array } | { rejection: Rejection }> {
  const named = encoding?.trim().toLowerCase() ?? 'identity';
  if (named === 'identity' || named === '') return { body };
  if (named !== 'gzip') return { rejection: errors.badEncoding('The only content encoding that is understood here is gzip.') };
  try {
    return { body: await unzip(body, { maxOutputLength: maxBytes }) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return { rejection: errors.tooLarge(maxBytes) };
    return { rejection: errors.badEncoding('The request body is not valid gzip.') };
  }
}
