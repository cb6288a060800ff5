import { type Appended, StoreUnavailable, type Sweep } from '../log-store.js';
import type { PreparedAppend } from './prepared.js';
import type { SqliteWriter } from './sqlite-writer.js';

/** Of what goes into one transaction: the first that wait are answered before the last are written. */
const BYTES_AT_ONCE = 8 * 1024 * 1024;
/** Sealed rows are deleted with the next commit, or after so long without one. A seal that failed is tried again then. */
const QUIET_MS = 1_000;

interface Waiting {
  readonly append: PreparedAppend;
  readonly resolve: (outcome: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** Group commit: whatever came while one transaction was synced is in the next one. Sealing has the time between. */
export class WriterLoop {
  private queue: Waiting[] = [];
  private isScheduled = false;
  private quiet: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly writer: Pick<SqliteWriter, 'commit' | 'seal' | 'settle' | 'sweep' | 'close' | 'isBehind'>,
    private readonly onTrouble: (error: unknown) => void,
  ) {
    this.schedule();
  }

  append(append: PreparedAppend): Promise<Appended> {
    if (this.isClosed) return Promise.reject(new StoreUnavailable('The store is closing.'));
    return new Promise((resolve, reject) => {
      this.queue.push({ append, resolve, reject });
      this.schedule();
    });
  }

  sweep(sweep: Sweep): void {
    this.writer.sweep(sweep);
  }

  close(): void {
    this.commitNext();
    this.isClosed = true;
    clearTimeout(this.quiet);
    for (const { reject } of this.queue.splice(0)) reject(new StoreUnavailable('The store is closing.'));
    this.writer.close();
  }

  private schedule(): void {
    if (this.isScheduled || this.isClosed) return;
    this.isScheduled = true;
    setImmediate(() => this.turn());
  }

  private turn(): void {
    this.isScheduled = false;
    if (this.isClosed) return;
    this.commitNext();
    const isMore = this.sealSome();
    if (isMore || this.queue.length > 0) this.schedule();
  }

  private commitNext(): void {
    if (this.queue.length === 0) return;
    let [count, bytes] = [0, 0];
    while (count < this.queue.length && (count === 0 || bytes < BYTES_AT_ONCE))
      bytes += this.queue[count++]!.append.text.byteLength;
    const batch = this.queue.splice(0, count);
    try {
      const outcomes = this.writer.commit(batch.map(({ append }) => append));
      batch.forEach(({ resolve }, index) => resolve(outcomes[index]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** A disk without room is no reason to end: what is durable stays where it is. */
  private sealSome(): boolean {
    try {
      let isMore = this.writer.seal();
      // Before the next batch is taken, so that what waits to be sealed has a bound.
      while (isMore && this.writer.isBehind) isMore = this.writer.seal();
      if (!isMore) this.later(() => this.writer.settle());
      return isMore;
    } catch (error) {
      this.onTrouble(error);
      this.later(() => this.schedule());
      return false;
    }
  }

  private later(work: () => void): void {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      try {
        work();
      } catch (error) {
        this.onTrouble(error);
      }
    }, QUIET_MS).unref();
  }
}
