import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { IMAGES_DIRECTORY } from './registry-config.js';

/**
 * Where Docker's registry has what it keeps: https://distribution.github.io/distribution/ ("storage driver", version 2 of its layout, since
 * 2015). Read and swept here; only it writes.
 */
export class BlobFiles {
  private readonly root: string;

  constructor(directory: string) {
    this.root = join(directory, IMAGES_DIRECTORY, 'docker/registry/v2');
  }

  get blobs(): string {
    return join(this.root, 'blobs/sha256');
  }

  /** The blob's directory; its content is the file `data` in it. */
  pathOf(digest: string): string {
    const [, hex = ''] = digest.split(':');
    return join(this.blobs, hex.slice(0, 2), hex);
  }

  /** Undefined where the repository has no such layer. */
  async open(repository: string, digest: string): Promise<{ readonly file: FileHandle; readonly size: number } | undefined> {
    const [algorithm, hex = ''] = digest.split(':');
    if (algorithm !== 'sha256') return undefined;
    const link = await openIfThere(join(this.root, 'repositories', repository, '_layers/sha256', hex, 'link'));
    if (!link) return undefined;
    await link.close();
    const file = await openIfThere(join(this.pathOf(digest), 'data'));
    return file && { file, size: (await file.stat()).size };
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
