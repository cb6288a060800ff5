import { rmSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type Logger, Periodic } from '#lib/platform';
import { readManifest } from '../domain/manifest.js';
import type { RegistryState } from '../domain/state.js';
import type { BlobFiles } from './blob-files.js';
import type { Reliance } from './reliance.js';

const INTERVAL_MS = 600_000;

/**
 * Deletes what no image has any more: layers, configurations and manifests. Docker's own collector may not run beside pushes, so this one goes by
 * what the journal and this process know: of an unused file nobody was told for longer than a push takes, and the last look at
 * that and the deletion are one step. A client that asks afterwards is told that it is not there, and sends it.
 */
export class Sweep {
  private readonly rounds: Periodic;

  constructor(
    private readonly deps: {
      readonly files: BlobFiles;
      readonly state: RegistryState;
      readonly relied: Pick<Reliance, 'has' | 'isWhole' | 'lastsMs'>;
      readonly clock: Clock;
      readonly logger: Logger;
    },
  ) {
    this.rounds = new Periodic(deps.clock, INTERVAL_MS, () => this.round(), { first: 'after-interval' });
  }

  start(): void {
    this.rounds.start();
  }

  stop(): void {
    this.rounds.stop();
  }

  /** One round; public for tests. */
  async round(): Promise<void> {
    const { relied, logger } = this.deps;
    if (!relied.isWhole) return;
    try {
      const used = await this.used();
      let deleted = 0;
      for (const digest of await this.stored()) {
        if (used.has(digest) || !(await this.isOld(digest)) || relied.has(digest)) continue;
        // Nothing may come between the look above and this.
        rmSync(this.deps.files.pathOf(digest), { recursive: true });
        deleted++;
      }
      if (deleted > 0) logger.info({ deleted }, 'what no image has any more was deleted');
    } catch (error) {
      logger.error({ err: error }, 'unused layers were not deleted; it is tried again');
    }
  }

  /** Of all images that there are. One that cannot be read ends the round: what it needs is not known. */
  private async used(): Promise<ReadonlySet<string>> {
    const used = new Set<string>();
    for (const { digest } of Array.from(this.deps.state.images.values())) {
      if (used.has(digest)) continue;
      const manifest = readManifest(await readFile(join(this.deps.files.pathOf(digest), 'data'), 'utf8'));
      if (!manifest) throw new Error(`the manifest ${digest} cannot be read`);
      for (const needed of [digest, ...manifest.blobs, ...(manifest.lists ?? [])]) used.add(needed);
    }
    return used;
  }

  private async stored(): Promise<readonly string[]> {
    const { blobs } = this.deps.files;
    const prefixes = await namesIn(blobs);
    const found: string[] = [];
    for (const prefix of prefixes) for (const hex of await namesIn(join(blobs, prefix))) found.push(`sha256:${hex}`);
    return found;
  }

  /** Sent before anybody could still be at the push that it was sent for. */
  private async isOld(digest: string): Promise<boolean> {
    const { mtimeMs } = await stat(this.deps.files.pathOf(digest));
    return this.deps.clock.now() - mtimeMs >= this.deps.relied.lastsMs;
  }
}

/** None where there is no directory yet. */
async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
