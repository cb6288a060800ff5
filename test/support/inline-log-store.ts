import type { DatabaseSync } from 'node:sqlite';
import type {
  Append,
  Counting,
  DamagedFile,
  GroupRef,
  LogStore,
  Scan,
  Sweep,
} from '../../apps/log-aggregator/src/store/log-store.js';
import { prepare } from '../../apps/log-aggregator/src/store/sqlite/prepared.js';
import { SqliteReader } from '../../apps/log-aggregator/src/store/sqlite/sqlite-reader.js';
import { SqliteWriter, type WriterLimits } from '../../apps/log-aggregator/src/store/sqlite/sqlite-writer.js';
import { WriterLoop } from '../../apps/log-aggregator/src/store/sqlite/writer-loop.js';

/** The SQLite store in this thread: threads have no TypeScript. */
export class InlineLogStore implements LogStore {
  readonly damagedFiles: DamagedFile[] = [];
  readonly troubles: unknown[] = [];
  readonly writer: SqliteWriter;
  private readonly loop: WriterLoop;
  private readonly reader: SqliteReader;

  constructor(directory: string, limits?: WriterLimits, nowMs = Date.now) {
    const onDamage = (file: string, reason: string) => void this.damagedFiles.push({ file, reason });
    this.writer = new SqliteWriter(directory, nowMs, onDamage, limits);
    this.loop = new WriterLoop(this.writer, (error) => void this.troubles.push(error));
    this.reader = new SqliteReader(directory, onDamage);
  }

  append = (append: Append) => this.loop.append(prepare(append));
  scan = (scan: Scan, signal?: AbortSignal) => this.reader.scan(scan, () => signal?.aborted === true);
  count = (counting: Counting, signal?: AbortSignal) => this.reader.count(counting, () => signal?.aborted === true);
  streamTimes = async (group: GroupRef) => this.reader.streamTimes(group);
  storedBytes = async () => this.reader.storedBytes();
  damaged = () => this.damagedFiles;

  async sweep(sweep: Sweep): Promise<void> {
    this.loop.sweep(sweep);
    this.reader.forgetAll();
  }

  async close(): Promise<void> {
    this.loop.close();
    this.reader.close();
  }

  /** As on a disk that is full: the tail may not grow. */
  fill(isFull: boolean): void {
    const tail = (this.writer as unknown as { tail: DatabaseSync }).tail;
    const [{ page_count: pages }] = tail.prepare('PRAGMA page_count').all() as [{ page_count: number }];
    tail.exec(`PRAGMA max_page_count = ${isFull ? pages : 1_073_741_823}`);
  }
}
