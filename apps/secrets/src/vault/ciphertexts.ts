import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CIPHERTEXT_HEADER_BYTES, CIPHERTEXT_VERSION } from '#lib/ecs/authorization';
import type { KeyToUse } from '../domain/kms/reads.js';
import type { ValueKeys } from './value-keys.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Not secret, and the same at both ends: who decrypts has to know it. */
export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * What keys of KMS encrypt: AES-256-GCM under the key's material. A ciphertext is version (1 byte) | key id (16) | iv (12) | tag (16) |
 * encrypted. The first two and the encryption context are authenticated: no ciphertext is taken for another key's.
 */
export class Ciphertexts {
  constructor(private readonly keys: Pick<ValueKeys, 'find'>) {}

  /** Base64. Undefined when the material is gone, or sealed with another master key. */
  async encrypt(key: KeyToUse, plaintext: Uint8Array, context: EncryptionContext = {}): Promise<string | undefined> {
    const material = await this.keys.find(key.materialId);
    if (!material) return undefined;
    const [header, iv] = [headerOf(key), randomBytes(IV_BYTES)];
    const cipher = createCipheriv('aes-256-gcm', material, iv).setAAD(authenticated(header, context));
    const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([header, iv, cipher.getAuthTag(), encrypted]).toString('base64');
  }

  /** `opened` is undefined when the ciphertext, its key or its context is another; the whole answer, when the material is gone. */
  async decrypt(
    key: KeyToUse,
    ciphertext: string,
    context: EncryptionContext = {},
  ): Promise<{ readonly opened: Uint8Array | undefined } | undefined> {
    const material = await this.keys.find(key.materialId);
    if (!material) return undefined;
    const bytes = Buffer.from(ciphertext, 'base64');
    const header = headerOf(key);
    const [ivAt, tagAt] = [header.length, header.length + IV_BYTES];
    if (bytes.length < tagAt + TAG_BYTES || !bytes.subarray(0, ivAt).equals(header)) return { opened: undefined };
    const decipher = createDecipheriv('aes-256-gcm', material, bytes.subarray(ivAt, tagAt), { authTagLength: TAG_BYTES })
      .setAAD(authenticated(header, context))
      .setAuthTag(bytes.subarray(tagAt, tagAt + TAG_BYTES));
    const opened = decipher.update(bytes.subarray(tagAt + TAG_BYTES));
    try {
      return { opened: Buffer.concat([opened, decipher.final()]) };
    } catch {
      // Node has no class for a tag that does not fit; nothing else can fail here.
      return { opened: undefined };
    }
  }
}

function headerOf({ id }: KeyToUse): Buffer {
  const header = Buffer.concat([Buffer.from([CIPHERTEXT_VERSION]), Buffer.from(id.replaceAll('-', ''), 'hex')]);
  if (header.length !== CIPHERTEXT_HEADER_BYTES) throw new Error(`no key id: ${id}`);
  return header;
}

/** In the order of the names, which maps have none of. */
const authenticated = (header: Buffer, context: EncryptionContext): Buffer =>
  Buffer.concat([header, Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))))]);
