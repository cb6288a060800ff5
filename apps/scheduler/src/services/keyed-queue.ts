/**
 * A queue of keys (after client-go's workqueue): one pass at a time on a key, any number of adds meanwhile make one more pass.
 * A pass that throws is reported and not repeated; whoever reports decides what becomes of the key.
 */
export class KeyedQueue {
  private readonly waiting = new Set<string>();
  private readonly running = new Set<string>();
  /** Added while they ran. */
  private readonly again = new Set<string>();

  constructor(
    private readonly pass: (key: string) => Promise<void>,
    private readonly onFailure: (key: string, error: unknown) => void,
    private readonly passesAtOnce: number,
  ) {}

  add(key: string): void {
    if (this.running.has(key)) this.again.add(key);
    else this.waiting.add(key);
    this.fill();
  }

  /** Forgets what waits; passes under way end by themselves. */
  clear(): void {
    this.waiting.clear();
    this.again.clear();
  }

  private fill(): void {
    for (const key of this.waiting) {
      if (this.running.size >= this.passesAtOnce) return;
      this.waiting.delete(key);
      this.running.add(key);
      void this.run(key);
    }
  }

  private async run(key: string): Promise<void> {
    try {
      // Not in the tick of the add: a fold's listener adds, and a pass must not run inside of it.
      await Promise.resolve();
      await this.pass(key);
    } catch (error) {
      this.onFailure(key, error);
    }
    this.running.delete(key);
    if (this.again.delete(key)) this.waiting.add(key);
    this.fill();
  }
}
