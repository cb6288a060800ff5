import { binOf } from '../selected.js';

/** Events by the begin of their bin. Neighbours in a run are mostly of one. */
export class Bins {
  private readonly full = new Map<number, number>();
  private at = -Infinity;
  private count = 0;

  constructor(private readonly binMs: number) {}

  add(timestamp: number, rows: number): void {
    if (timestamp < this.at || timestamp >= this.at + this.binMs) {
      this.close();
      this.at = binOf(timestamp, this.binMs);
    }
    this.count += rows;
  }

  counts(): Record<number, number> {
    this.close();
    return Object.fromEntries(this.full);
  }

  private close(): void {
    if (this.count > 0) this.full.set(this.at, (this.full.get(this.at) ?? 0) + this.count);
    this.count = 0;
  }
}
