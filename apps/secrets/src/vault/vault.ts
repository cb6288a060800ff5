import { sealSecret, unsealSecret } from '#lib/platform';
import type { SealedValue } from '../domain/model.js';
import type { ValueKeys } from './value-keys.js';

/** Seals values before they go anywhere, and opens them for whoever may have them. */
export class Vault {
  constructor(private readonly keys: ValueKeys) {}

  /** Each value under a key of its own, so that each can be made unreadable alone. */
  async seal(text: string): Promise<SealedValue> {
    const { keyId, key } = await this.keys.make();
    return { keyId, text: sealSecret(key, keyId, text) };
  }

  /** Undefined when its key is gone (the value was deleted since), or the master key is another one. */
  async open({ keyId, text }: SealedValue): Promise<string | undefined> {
    const key = await this.keys.find(keyId);
    return key && unsealSecret(key, keyId, text);
  }

  /** Of a value that surely became no part of the state. */
  discard({ keyId }: SealedValue): Promise<void> {
    return this.keys.destroy(keyId);
  }
}
