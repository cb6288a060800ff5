import { Counter, type Registry } from 'prom-client';

/** What comes of the lines that agents ship. */
export class IntakeMetrics {
  private readonly lines: Counter;
  private readonly dropped: Counter;
  private readonly refusals: Counter<'code'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.lines = new Counter({ name: 'longshore_log_lines_total', help: 'Lines of containers that are durable', registers });
    this.dropped = new Counter({
      name: 'longshore_log_lines_dropped_total',
      help: 'Lines that hosts threw away for want of room in a non-blocking buffer',
      registers,
    });
    this.refusals = new Counter({
      name: 'longshore_log_batches_refused_total',
      help: 'Batches of lines that were not taken; agents send them again unless they were refused for good',
      labelNames: ['code'],
      registers,
    });
  }

  took(lines: number, dropped: number): void {
    this.lines.inc(lines);
    this.dropped.inc(dropped);
  }

  refused(code: string): void {
    this.refusals.inc({ code });
  }
}
