import { z } from 'zod';
import { MAX_ATTRIBUTE_LENGTH } from './common.js';

/**
 * What a host that has joined may say of itself, as its token was made: the record of the first host decides it, not the host,
 * which would get the tasks (and with them their environment) that it claims to be there for.
 */
export interface HostGrant {
  /** At most so many CPU units and so much memory; as many as it has where this is silent. */
  readonly cpu?: number;
  readonly memoryMiB?: number;
  /** The custom attributes, and `ecs.availability-zone`, that it has. Others it must not claim. */
  readonly attributes: Readonly<Record<string, string>>;
}

const text = z.string().max(MAX_ATTRIBUTE_LENGTH);
const shape = z.object({
  cpu: z.int().positive().optional(),
  memoryMiB: z.int().positive().optional(),
  attributes: z.record(text.min(1), text),
});

/**
 * One token of a NATS subject: the host's user may register on the subject with its own grant and on no other, so the broker
 * vouches for it, and nobody has to remember it.
 */
export const encodeHostGrant = (grant: HostGrant): string => Buffer.from(JSON.stringify(grant)).toString('base64url');

/** Undefined for what is none. */
export function decodeHostGrant(token: string): HostGrant | undefined {
  try {
    return shape.safeParse(JSON.parse(Buffer.from(token, 'base64url').toString())).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
