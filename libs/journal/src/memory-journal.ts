import type { Clock } from '#lib/platform';
import type { AppendOutcome, Commit, Journal, RecordedCommit, Revision } from './port.js';
import type { JournalName } from '#lib/names';

/**
 * What happens to an append on its way. `lost`: neither stored nor answered. `landed-unanswered`: stored, the answer is lost.
 * `lands-late`: no answer, and the server gets it only after the caller gave up (it lands if nobody took its place).
 */
export type AppendFate = 'ok' | 'lost' | 'landed-unanswered' | 'lands-late';

/** Injected by the simulator; everything absent goes right and takes no time. */
export interface MemoryJournalFaults {
  appendFate?(commit: Commit, expected: Revision): AppendFate;
  /** A read or head request that fails. */
  failsToRead?(): boolean;
  /** How long one message takes, each way. */
  delayMs?(way: 'request' | 'answer' | 'delivery'): number;
}

/** The storage behind any number of `MemoryJournal` handles: what survives when apps die. */
export class MemoryJournalServer {
  /** JSON, as a broker would hold it: no handle can change what another reads. */
  private readonly stored: string[] = [];
  private readonly arrivals = new Set<() => void>();

  constructor(
    readonly name: JournalName,
    readonly journalId: string,
  ) {}

  get head(): Revision {
    return this.stored.length as Revision;
  }

  store(json: string, expected: Revision): AppendOutcome {
    if (expected !== this.head) return { outcome: 'conflict', head: this.head };
    this.stored.push(json);
    for (const arrived of this.arrivals) arrived();
    return { outcome: 'committed', revision: this.head };
  }

  at(revision: Revision): Commit | undefined {
    const json = this.stored[revision - 1];
    return json === undefined ? undefined : (JSON.parse(json) as Commit);
  }

  /** Resolves when the head is past `revision`, or the signal aborts. */
  async arrival(revision: Revision, signal: AbortSignal): Promise<void> {
    if (this.head > revision || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.arrivals.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.arrivals.add(done);
      signal.addEventListener('abort', done);
    });
  }
}

export interface MemoryJournalOptions {
  readonly clock: Clock;
  readonly faults?: MemoryJournalFaults;
  /** When an unanswered append is given up. */
  readonly appendTimeoutMs?: number;
}

/** One client's view of a `MemoryJournalServer`. */
export class MemoryJournal implements Journal {
  private readonly clock: Clock;
  private readonly faults: MemoryJournalFaults;
  private readonly appendTimeoutMs: number;

  constructor(
    private readonly server: MemoryJournalServer,
    options: MemoryJournalOptions,
  ) {
    this.clock = options.clock;
    this.faults = options.faults ?? {};
    this.appendTimeoutMs = options.appendTimeoutMs ?? 2_000;
  }

  get name(): JournalName {
    return this.server.name;
  }

  get journalId(): string {
    return this.server.journalId;
  }

  async append(commit: Commit, expected: Revision, json = JSON.stringify(commit)): Promise<AppendOutcome> {
    const fate = this.faults.appendFate?.(commit, expected) ?? 'ok';
    await this.travel('request');
    switch (fate) {
      case 'ok': {
        const outcome = this.server.store(json, expected);
        await this.travel('answer');
        return outcome;
      }
      case 'landed-unanswered':
        this.server.store(json, expected);
        break;
      case 'lands-late':
        this.clock.after(
          this.appendTimeoutMs + (this.faults.delayMs?.('request') ?? 0),
          () => void this.server.store(json, expected),
        );
        break;
      case 'lost':
    }
    await this.clock.sleep(this.appendTimeoutMs);
    return { outcome: 'unknown', error: new Error(`no acknowledgement within ${this.appendTimeoutMs} ms`) };
  }

  async read(revision: Revision): Promise<Commit | undefined> {
    await this.request();
    return this.server.at(revision);
  }

  async head(): Promise<Revision> {
    await this.request();
    return this.server.head;
  }

  async *follow(after: Revision, signal: AbortSignal): AsyncIterable<RecordedCommit> {
    for (let revision = (after + 1) as Revision; ; revision++) {
      await this.server.arrival((revision - 1) as Revision, signal);
      if (signal.aborted) return;
      await this.travel('delivery');
      if (signal.aborted) return;
      yield {
        revision: revision as Revision,
        commit: this.server.at(revision as Revision)!,
        pending: this.server.head - revision,
      };
    }
  }

  private async request(): Promise<void> {
    await this.travel('request');
    if (this.faults.failsToRead?.()) throw new Error('the journal does not answer');
    await this.travel('answer');
  }

  private async travel(way: 'request' | 'answer' | 'delivery'): Promise<void> {
    const ms = this.faults.delayMs?.(way) ?? 0;
    if (ms > 0) await this.clock.sleep(ms);
  }
}
