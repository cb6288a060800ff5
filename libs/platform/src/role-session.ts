import { z } from 'zod';
import { sealSecret, unsealSecret } from './seal.js';

/**
 * Short-lived keys that no journal knows: all about them is in their session token, sealed with the master key. Whoever has that key
 * reads from the token whose they are, until when, and the secret that requests are signed with.
 */
export interface SealedSession {
  readonly accountId: string;
  readonly roleName: string;
  /** Tells one session of a role from the next: a task's id. */
  readonly sessionName: string;
  readonly secretAccessKey: string;
  readonly expiresAt: string;
}

const shape = z.object({
  accountId: z.string(),
  roleName: z.string(),
  sessionName: z.string(),
  secretAccessKey: z.string(),
  expiresAt: z.string(),
});

/** AWS's prefix for keys that only count together with their token. */
export const SESSION_KEY_PREFIX = 'ASIA';

/** So that a sealed secret of a lasting key never passes for a token. */
const purpose = (accessKeyId: string) => `session ${accessKeyId}`;

export const sealSession = (masterKey: Uint8Array, accessKeyId: string, session: SealedSession): string =>
  sealSecret(masterKey, purpose(accessKeyId), JSON.stringify(session));

/** Undefined: the token is not of this key, or of another installation. */
export function openSession(masterKey: Uint8Array, accessKeyId: string, token: string): SealedSession | undefined {
  const text = unsealSecret(masterKey, purpose(accessKeyId), token);
  return text === undefined ? undefined : shape.parse(JSON.parse(text));
}
