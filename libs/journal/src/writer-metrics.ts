import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { JournalName } from '#lib/names';

/** What a writer tells of its work. All times in milliseconds. */
export interface WriterMeasures {
  decided(batch: { readonly commands: number; readonly refused: number; readonly decideMs: number }): void;
  appended(appendMs: number): void;
  unavailable(): void;
  throttled(): void;
}

/** What is read when somebody asks. */
export interface WriterGauges {
  readonly inbox: number;
  readonly timeAheadMs: number;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** `longshore_writer_*`, labelled with the journal. */
export class WriterMetrics implements WriterMeasures {
  private readonly batchSize: Histogram<'journal'>;
  private readonly decideTime: Histogram<'journal'>;
  private readonly appendTime: Histogram<'journal'>;
  private readonly unanswered: Counter<'journal'>;
  private readonly overShare: Counter<'journal'>;
  private readonly refused: Counter<'journal'>;
  private readonly labels: { readonly journal: JournalName };

  constructor(journal: JournalName, gauges: () => WriterGauges, registry: Registry) {
    this.labels = { journal };
    const { labels } = this;
    const common = { labelNames: ['journal'] as const, registers: [registry] };
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name: `longshore_writer_${name}`, help, buckets, ...common });
    const counter = (name: string, help: string) => new Counter({ name: `longshore_writer_${name}`, help, ...common });
    this.batchSize = histogram('batch_commands', 'Commands decided in one go', [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000]);
    this.decideTime = histogram('decide_seconds', 'How long deciding one batch held the event loop', SECONDS);
    this.appendTime = histogram('append_seconds', 'From sending a commit to its acknowledgement', SECONDS);
    this.unanswered = counter('unavailable_total', 'Commands that were answered with unavailable');
    this.overShare = counter('throttled_total', 'Commands refused because their account has written its share');
    this.refused = counter('refused_total', 'Commands that were refused by a rule');
    const gauge = (name: string, help: string, value: (now: WriterGauges) => number) =>
      new Gauge({
        name: `longshore_writer_${name}`,
        help,
        ...common,
        collect() {
          this.set(labels, value(gauges()));
        },
      });
    gauge('inbox', 'Commands that are not answered yet', ({ inbox }) => inbox);
    gauge(
      'time_ahead_seconds',
      'By how much the journal’s time is ahead of this host’s clock',
      ({ timeAheadMs }) => timeAheadMs / 1_000,
    );
  }

  decided({ commands, refused, decideMs }: Parameters<WriterMeasures['decided']>[0]): void {
    this.batchSize.observe(this.labels, commands);
    this.decideTime.observe(this.labels, decideMs / 1_000);
    this.refused.inc(this.labels, refused);
  }

  appended(appendMs: number): void {
    this.appendTime.observe(this.labels, appendMs / 1_000);
  }

  throttled(): void {
    this.overShare.inc(this.labels);
  }

  unavailable(): void {
    this.unanswered.inc(this.labels);
  }
}
