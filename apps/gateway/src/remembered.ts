import type { Clock } from '#lib/platform';

/** `undefined`: there is none (or it is not active). `unavailable`: nobody could be asked. */
export type Resolved<T> = T | undefined | 'unavailable';

/** What was deleted works this much longer at most. */
const FRESH_MS = 10_000;
/** While the state store cannot be reached, what is known goes on working: reads by standbys need it. */
const STALE_MS = 5 * 60_000;
/** What is new is asked for again after this. */
const UNKNOWN_MS = 1_000;
const MAX_ENTRIES = 10_000;

interface Entry<T> {
  readonly value: T | undefined;
  readonly resolvedAtMs: number;
  /** Not asked again before this. */
  askAtMs: number;
}

/** Answers of the state store, asked for once and kept for a while. */
export class Remembered<T> {
  /** Oldest out first: a stranger who tries many names costs a bounded amount of memory. */
  private readonly entries = new Map<string, Entry<T>>();
  private readonly asking = new Map<string, Promise<Resolved<T>>>();

  constructor(
    private readonly ask: (name: string) => Promise<Resolved<T>>,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  async resolve(name: string): Promise<Resolved<T>> {
    const entry = this.entries.get(name);
    if (entry && this.clock.monotonicMs() < entry.askAtMs) return entry.value;
    // One question at a time for a name, however many requests wait for its answer.
    let asked = this.asking.get(name);
    if (!asked) {
      asked = this.refresh(name, entry).finally(() => this.asking.delete(name));
      this.asking.set(name, asked);
    }
    return asked;
  }

  private async refresh(name: string, known: Entry<T> | undefined): Promise<Resolved<T>> {
    const answer = await this.ask(name);
    const now = this.clock.monotonicMs();
    if (answer !== 'unavailable') {
      const value = answer as T | undefined;
      this.remember(name, { value, resolvedAtMs: now, askAtMs: now + (value ? FRESH_MS : UNKNOWN_MS) });
      return value;
    }
    if (!known?.value || now - known.resolvedAtMs > STALE_MS) return 'unavailable';
    known.askAtMs = now + UNKNOWN_MS;
    return known.value;
  }

  private remember(name: string, entry: Entry<T>): void {
    this.entries.delete(name);
    if (this.entries.size >= MAX_ENTRIES) this.entries.delete(this.entries.keys().next().value!);
    this.entries.set(name, entry);
  }
}
