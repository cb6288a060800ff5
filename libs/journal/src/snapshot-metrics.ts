import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { JournalName } from '#lib/names';

/** What taking snapshots costs. */
export interface SnapshotMeasures {
  taken(revision: number, tookMs: number): void;
  failed(): void;
}

/** `longshore_snapshot_*`, labelled with the journal. */
export class SnapshotMetrics implements SnapshotMeasures {
  private readonly seconds: Histogram<'journal'>;
  private readonly revision: Gauge<'journal'>;
  private readonly failures: Counter<'journal'>;

  constructor(
    private readonly journal: JournalName,
    registry: Registry,
  ) {
    const common = { labelNames: ['journal'] as const, registers: [registry] };
    this.seconds = new Histogram({
      name: 'longshore_snapshot_seconds',
      help: 'How long a snapshot took, from the cut to its last byte',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      ...common,
    });
    this.revision = new Gauge({
      name: 'longshore_snapshot_revision',
      help: 'Revision of the newest snapshot taken here',
      ...common,
    });
    this.failures = new Counter({
      name: 'longshore_snapshot_failures_total',
      help: 'Snapshots that could not be taken; they are tried again',
      ...common,
    });
    this.failures.inc({ journal }, 0);
  }

  taken(revision: number, tookMs: number): void {
    this.seconds.observe({ journal: this.journal }, tookMs / 1_000);
    this.revision.set({ journal: this.journal }, revision);
  }

  failed(): void {
    this.failures.inc({ journal: this.journal });
  }
}
