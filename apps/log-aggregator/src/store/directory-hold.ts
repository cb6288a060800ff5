import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#lib/platform';

const FILE = 'held.sqlite';
const ASK_AGAIN_MS = 250;
/** https://www.sqlite.org/rescode.html#busy */
const BUSY = 5;

/**
 * The right to be the one process that writes into a directory of lines: a lock of the operating system's on a file in it, taken by SQLite. It ends
 * with the process, however that ends, so nobody has to wait for a time to be over and nobody can have it twice.
 */
export class DirectoryHold {
  private constructor(private readonly database: DatabaseSync) {}

  /** Undefined: somebody else has it. */
  static tryTake(directory: string): DirectoryHold | undefined {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(join(directory, FILE));
    try {
      database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE;');
      return new DirectoryHold(database);
    } catch (error) {
      database.close();
      if ((error as { errcode?: number }).errcode === BUSY) return undefined;
      throw error;
    }
  }

  /** Resolves when it is ours; `onWait` is called once when it is not at once. */
  static async take(directory: string, clock: Pick<Clock, 'sleep'>, onWait: () => void): Promise<DirectoryHold> {
    for (let tries = 0; ; tries++) {
      const hold = DirectoryHold.tryTake(directory);
      if (hold) return hold;
      if (tries === 0) onWait();
      await clock.sleep(ASK_AGAIN_MS);
    }
  }

  release(): void {
    this.database.close();
  }
}
