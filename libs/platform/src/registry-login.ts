import { z } from 'zod';
import { sealSecret, unsealSecret } from './seal.js';

/**
 * Passwords of the image registry: all about one is in it, sealed with the master key, so no journal knows them. What its bearer may do is
 * looked up with each request.
 */
export interface RegistryLogin {
  readonly accountId: string;
  /** The key whose holder asked for it; undefined: an agent's, which may pull what its account has. */
  readonly key?: { readonly accessKeyId: string; readonly principal: string };
  readonly expiresAt: string;
}

const shape = z.object({
  accountId: z.string(),
  key: z.object({ accessKeyId: z.string(), principal: z.string() }).optional(),
  expiresAt: z.string(),
});

/** As with ECR's `docker login --username AWS`. */
export const REGISTRY_USER = 'AWS';
/** ECR's. */
export const REGISTRY_LOGIN_MS = 12 * 3_600_000;

/** So that nothing else that is sealed passes for one. */
const PURPOSE = 'registry login';

export const sealRegistryLogin = (masterKey: Uint8Array, login: RegistryLogin): string =>
  sealSecret(masterKey, PURPOSE, JSON.stringify(login));

/** For an agent, which pulls what its account has. */
export const agentsRegistryLogin = (masterKey: Uint8Array, accountId: string, nowMs: number) => ({
  username: REGISTRY_USER,
  password: sealRegistryLogin(masterKey, { accountId, expiresAt: new Date(nowMs + REGISTRY_LOGIN_MS).toISOString() }),
});

/** Undefined: it is none, or another installation's. */
export function openRegistryLogin(masterKey: Uint8Array, password: string): RegistryLogin | undefined {
  const text = unsealSecret(masterKey, PURPOSE, password);
  return text === undefined ? undefined : shape.parse(JSON.parse(text));
}
