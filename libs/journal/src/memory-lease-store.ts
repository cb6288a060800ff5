import type { Clock } from '#lib/platform';
import type { LeaseRecord, LeaseStore } from './lease.js';

/** The keys behind any number of `MemoryLeaseStore` handles. */
export class MemoryLeaseServer {
  readonly records = new Map<string, LeaseRecord>();
  revision = 0;
  /** How often it has lost its memory. */
  losses = 0;

  /** A restart of the broker: memory is lost, and revisions are counted from 1 again. */
  forget(): void {
    this.records.clear();
    this.revision = 0;
    this.losses++;
  }
}

export interface MemoryLeaseFaults {
  /** `unanswered`: written, but the caller gets no answer; `unreachable`: not even written. */
  fate?(operation: 'read' | 'write'): 'ok' | 'unanswered' | 'unreachable';
  delayMs?(): number;
}

export class MemoryLeaseStore implements LeaseStore {
  constructor(
    private readonly server: MemoryLeaseServer,
    private readonly clock: Clock,
    private readonly faults: MemoryLeaseFaults = {},
  ) {}

  async read(key: string): Promise<LeaseRecord> {
    return this.request(
      'read',
      () => this.server.records.get(key) ?? { revision: 0, holder: undefined, nonce: `memory ${this.server.losses}` },
    );
  }

  async write(key: string, value: Omit<LeaseRecord, 'revision'>, expected: number): Promise<number | undefined> {
    return this.request('write', () => {
      if ((this.server.records.get(key)?.revision ?? 0) !== expected) return undefined;
      const revision = ++this.server.revision;
      this.server.records.set(key, { ...value, revision });
      return revision;
    });
  }

  private async request<T>(operation: 'read' | 'write', serve: () => T): Promise<T> {
    const fate = this.faults.fate?.(operation) ?? 'ok';
    await this.travel();
    if (fate === 'unreachable') throw new Error('the lease store is unreachable');
    const result = serve();
    await this.travel();
    if (fate === 'unanswered') throw new Error('the lease store did not answer');
    return result;
  }

  private async travel(): Promise<void> {
    const ms = this.faults.delayMs?.() ?? 0;
    if (ms > 0) await this.clock.sleep(ms);
  }
}
