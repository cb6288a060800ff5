import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MASTER_KEY_BYTES, sealSecret, unsealSecret } from '#lib/platform';
import type { ValueKey, ValueKeys } from './value-keys.js';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * A file for each key, sealed with the installation's master key. The replicas of the app share the directory: a file is written once,
 * by whoever makes the key, and removed once.
 */
export class FileValueKeys implements ValueKeys {
  private constructor(
    private readonly directory: string,
    private readonly masterKey: Uint8Array,
  ) {}

  static async open(directory: string, masterKey: Uint8Array): Promise<FileValueKeys> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new FileValueKeys(directory, masterKey);
  }

  async make(): Promise<ValueKey> {
    const keyId = randomBytes(16).toString('hex');
    const key = randomBytes(MASTER_KEY_BYTES);
    const file = await open(this.pathOf(keyId), 'wx', 0o600);
    try {
      await file.writeFile(sealSecret(this.masterKey, keyId, key.toString('hex')));
      await file.sync();
    } finally {
      await file.close();
    }
    await this.syncDirectory();
    return { keyId, key };
  }

  async find(keyId: string): Promise<Uint8Array | undefined> {
    let text: string;
    try {
      text = await readFile(this.pathOf(keyId), 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    const key = unsealSecret(this.masterKey, keyId, text);
    return key === undefined ? undefined : Buffer.from(key, 'hex');
  }

  /** Overwritten first: what a file system does with the blocks of a removed file is its own business. */
  async destroy(keyId: string): Promise<void> {
    try {
      const file = await open(this.pathOf(keyId), 'r+');
      try {
        const { size } = await file.stat();
        await file.write(randomBytes(size), 0, size, 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await unlink(this.pathOf(keyId));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    await this.syncDirectory();
  }

  async list(): Promise<readonly string[]> {
    return (await readdir(this.directory)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  }

  private pathOf(keyId: string): string {
    if (!/^[0-9a-f]{32}$/.test(keyId)) throw new Error(`no key id: ${keyId}`);
    return join(this.directory, keyId);
  }

  /** A new or removed file is on disk when its directory is. */
  private async syncDirectory(): Promise<void> {
    const handle = await open(this.directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
