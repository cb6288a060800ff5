import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/**
 * Access keys' secrets are events; the journal has them sealed with a master key that stays on the control plane's disk. AES-256-GCM;
 * base64 of iv | tag | ciphertext. The access key id is authenticated too, so a sealed secret cannot be moved to another key.
 */
const IV_BYTES = 12;
const TAG_BYTES = 16;
export const MASTER_KEY_BYTES = 32;

/** `randomIv`: 12 bytes that are never used twice under one master key. */
export function sealSecret(masterKey: Uint8Array, accessKeyId: string, secret: string, randomIv = randomBytes(IV_BYTES)): string {
  const cipher = createCipheriv('aes-256-gcm', masterKey, randomIv).setAAD(Buffer.from(accessKeyId));
  const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([randomIv, cipher.getAuthTag(), ciphertext]).toString('base64');
}

/** Undefined when the master key, the access key id or the text is not the one it was sealed with. */
export function unsealSecret(masterKey: Uint8Array, accessKeyId: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', masterKey, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(accessKeyId))
    .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const secret = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([secret, decipher.final()]).toString('utf8');
  } catch {
    // GCM's only way to say that the tag does not match.
    return undefined;
  }
}
