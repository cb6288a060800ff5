import { randomBytes } from 'node:crypto';
import type { ValueKey, ValueKeys } from './value-keys.js';

/** For tests. */
export class MemoryValueKeys implements ValueKeys {
  private readonly keys = new Map<string, Uint8Array>();

  make(): Promise<ValueKey> {
    const made = { keyId: randomBytes(16).toString('hex'), key: randomBytes(32) };
    this.keys.set(made.keyId, made.key);
    return Promise.resolve(made);
  }

  find(keyId: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.keys.get(keyId));
  }

  destroy(keyId: string): Promise<void> {
    this.keys.delete(keyId);
    return Promise.resolve();
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.keys.keys()]);
  }
}
