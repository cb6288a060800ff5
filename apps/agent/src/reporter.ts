import type { ReportReply, TaskReport } from '#lib/ecs/model';
import { Backoff, type Clock, type Random } from '#lib/platform';
import { PAUSES } from './pauses.js';

export interface ReporterDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Undefined: no usable answer; what became of the request is unknown. */
  readonly send: (reports: readonly TaskReport[]) => Promise<ReportReply | undefined>;
  readonly onAcknowledged: (taskArn: string, sequence: number) => void;
  readonly onStray: (taskArn: string) => void;
}

const REPORTS_PER_REQUEST = 50;
/** Well under the 1 MiB that a broker takes in a message. */
const BYTES_PER_REQUEST = 128 * 1024;

/**
 * Brings reports to the control plane: the newest of each task, one request at a time, again and again until acknowledged. While a
 * request is under way newer reports of the same task replace older ones. One that was answered and not acknowledged is refused: it
 * waits by itself, longer and longer, and what others have to say passes it.
 */
export class Reporter {
  private readonly waiting = new Map<string, TaskReport>();
  private readonly refused = new Map<string, TaskReport>();
  /** Of tasks whose reports were refused and since then never taken. */
  private readonly refusals = new Map<string, Backoff>();
  private readonly life = new AbortController();
  private readonly backoff: Backoff;
  private sending = false;
  private failures = 0;

  constructor(private readonly deps: ReporterDeps) {
    this.backoff = new Backoff(deps.clock, PAUSES, deps.random);
  }

  offer(report: TaskReport): void {
    const { taskArn, sequence } = report;
    const known = this.waiting.get(taskArn) ?? this.refused.get(taskArn);
    if (known !== undefined && known.sequence >= sequence) return;
    this.refused.delete(taskArn);
    this.waiting.set(taskArn, report);
    void this.sendAll();
  }

  get unacknowledged(): number {
    return this.waiting.size + this.refused.size;
  }

  close(): void {
    this.life.abort(new Error('closed'));
  }

  private async sendAll(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    while (this.waiting.size > 0 && !this.life.signal.aborted) {
      const reports = this.next();
      const reply = await this.deps.send(reports);
      if (this.life.signal.aborted) break;
      if (reply) {
        this.take(reports, reply);
        this.failures = 0;
        this.backoff.reset();
      } else {
        for (const report of reports) this.putLast(report);
        this.failures++;
        await this.backoff.pause({ signal: this.life.signal });
      }
    }
    this.sending = false;
  }

  private take(reports: readonly TaskReport[], reply: ReportReply): void {
    for (const report of reports) {
      const { taskArn } = report;
      const acknowledged = reply.acknowledged[taskArn];
      const latest = this.waiting.get(taskArn)!;
      if (reply.strays.includes(taskArn)) {
        this.waiting.delete(taskArn);
        this.refusals.delete(taskArn);
        this.deps.onStray(taskArn);
      } else if (acknowledged !== undefined) {
        if (acknowledged >= latest.sequence) this.waiting.delete(taskArn);
        this.refusals.delete(taskArn);
        this.deps.onAcknowledged(taskArn, acknowledged);
      } else if (latest === report) void this.setAside(report);
    }
  }

  private async setAside(report: TaskReport): Promise<void> {
    const { taskArn } = report;
    this.waiting.delete(taskArn);
    this.refused.set(taskArn, report);
    const refusals = this.refusals.get(taskArn) ?? new Backoff(this.deps.clock, PAUSES, this.deps.random);
    this.refusals.set(taskArn, refusals);
    await refusals.pause({ signal: this.life.signal });
    if (this.refused.get(taskArn) !== report || this.life.signal.aborted) return;
    this.refused.delete(taskArn);
    this.offer(report);
  }

  /** Fewer at a time after each failure: among a few, what is never answered holds up few. */
  private next(): readonly TaskReport[] {
    const most = Math.max(1, Math.floor(REPORTS_PER_REQUEST / 2 ** this.failures));
    const reports: TaskReport[] = [];
    let bytes = 0;
    for (const report of this.waiting.values()) {
      bytes += Buffer.byteLength(JSON.stringify(report));
      if (reports.length > 0 && (reports.length >= most || bytes > BYTES_PER_REQUEST)) break;
      reports.push(report);
    }
    return reports;
  }

  /** To the end of the queue: one report that is never answered does not hold up the others. */
  private putLast(report: TaskReport): void {
    if (this.waiting.get(report.taskArn) !== report) return;
    this.waiting.delete(report.taskArn);
    this.waiting.set(report.taskArn, report);
  }
}
