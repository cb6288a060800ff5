import type { ContainerInstance, ReportReply, TaskReport } from '#lib/ecs/model';
import type { RecordTaskProgressReply } from '#lib/ecs/tasks';
import type { SendCommand } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';
import type { IntakeMetrics } from './intake-metrics.js';

/** Under lasting load a commit this often; whatever came meanwhile is in it. */
const GATHER_MS = 50;
/** So many commits may follow each other without a pause before: the exits and starts of a healing never wait. */
const BURST = 10;
/**
 * One command carries at most so much: a commit is at most 256 KiB, and a report's events are of its size and some hundred bytes
 * more. Should it be too much all the same, the command is refused and halved.
 */
const MAX_REPORTS = 100;
const MAX_BYTES = 96 * 1024;
const SEND_TIMEOUT_MS = 8_000;
/** What may wait, in all and of one instance: about 100,000 reports, more than all hosts have when the control plane was away. */
export const WAITING_LIMITS = { bytes: 64 * 1024 * 1024, bytesOfInstance: 16 * 1024 * 1024 };

/** What one agent said at once, and what is known of it until now. */
interface Request {
  left: number;
  /** The writer has said what became of them; those that it refused are not acknowledged. */
  answered: boolean;
  readonly acknowledged: Record<string, number>;
  readonly strays: string[];
  readonly resolve: (reply: ReportReply | undefined) => void;
}

interface Waiting {
  readonly instance: ContainerInstance;
  readonly report: TaskReport;
  readonly bytes: number;
  readonly request: Request;
}

/**
 * Gathers the reports of many agents into few commands: at once while nothing is on its way, together with whatever came
 * meanwhile otherwise. Agents are answered after the commit, never before.
 */
export class ReportGatherer {
  /** By scope: one command speaks for one account and region. */
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly busy = new Set<string>();
  /** By scope: until when the commits so far would have taken at one every `GATHER_MS` (monotonic ms). */
  private readonly paidUntil = new Map<string, number>();
  private waitingBytes = 0;
  private readonly waitingBytesOf = new Map<string, number>();

  constructor(
    private readonly send: SendCommand,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly logger: Logger,
    private readonly metrics?: IntakeMetrics,
    private readonly limits = WAITING_LIMITS,
  ) {}

  /** Resolves undefined when nothing is known of them; the agent sends again what is not acknowledged. */
  record(instance: ContainerInstance, reports: readonly TaskReport[]): Promise<ReportReply | undefined> {
    const scope = `${instance.accountId}/${instance.region}`;
    if (reports.length === 0) return Promise.resolve({ acknowledged: {}, strays: [] });
    const sized = reports.map((report) => ({ report, bytes: Buffer.byteLength(JSON.stringify(report)) }));
    const bytes = sized.reduce((sum, { bytes: own }) => sum + own, 0);
    const ofInstance = this.waitingBytesOf.get(instance.containerInstanceArn) ?? 0;
    if (this.waitingBytes + bytes > this.limits.bytes || ofInstance + bytes > this.limits.bytesOfInstance) {
      this.metrics?.refused('uncommitted', reports.length);
      return Promise.resolve(undefined);
    }
    return new Promise((resolve) => {
      const request: Request = { left: reports.length, answered: false, acknowledged: {}, strays: [], resolve };
      const queue = this.waiting.get(scope) ?? [];
      for (const one of sized) queue.push({ instance, ...one, request });
      this.wait(instance, bytes);
      this.waiting.set(scope, queue);
      if (!this.busy.has(scope)) void this.run(scope);
    });
  }

  private async run(scope: string): Promise<void> {
    this.busy.add(scope);
    try {
      for (;;) {
        const batch = this.next(scope);
        if (batch.length === 0) return;
        await this.commit(batch);
        const restMs = this.restMs(scope);
        if (restMs > 0 && (this.waiting.get(scope)?.length ?? 0) > 0) await this.clock.sleep(restMs);
      }
    } finally {
      this.busy.delete(scope);
    }
  }

  /** After a commit: how long the next one waits for company, so that a storm makes 20 commits a second, not 500. */
  private restMs(scope: string): number {
    const nowMs = this.clock.monotonicMs();
    const paidUntil = Math.max(nowMs, this.paidUntil.get(scope) ?? 0) + GATHER_MS;
    const restMs = Math.min(GATHER_MS, paidUntil - nowMs - BURST * GATHER_MS);
    this.paidUntil.set(scope, nowMs + BURST * GATHER_MS + restMs);
    return restMs;
  }

  private next(scope: string): Waiting[] {
    const queue = this.waiting.get(scope) ?? [];
    let count = 0;
    let bytes = 0;
    while (count < queue.length && count < MAX_REPORTS && (count === 0 || bytes + queue[count]!.bytes <= MAX_BYTES))
      bytes += queue[count++]!.bytes;
    const batch = queue.splice(0, count);
    for (const one of batch) this.wait(one.instance, -one.bytes);
    if (queue.length === 0) this.waiting.delete(scope);
    return batch;
  }

  private wait({ containerInstanceArn }: ContainerInstance, bytes: number): void {
    this.waitingBytes += bytes;
    const left = (this.waitingBytesOf.get(containerInstanceArn) ?? 0) + bytes;
    if (left > 0) this.waitingBytesOf.set(containerInstanceArn, left);
    else this.waitingBytesOf.delete(containerInstanceArn);
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    const { accountId, region } = batch[0]!.instance;
    const requestId = this.random.hex(16);
    const reports = batch.map(({ instance, report }) => ({ containerInstanceArn: instance.containerInstanceArn, report }));
    const reply = await this.send(
      'RecordTaskProgress',
      { id: requestId, requestId, principal: 'health-monitor', accountId, region, operation: 'ReportIntake', input: { reports } },
      this.clock.monotonicMs() + SEND_TIMEOUT_MS,
    );
    if ('output' in reply) return this.take(batch, reply.output as RecordTaskProgressReply);
    if ('rejection' in reply && batch.length > 1) return this.commitHalves(batch);
    if ('rejection' in reply) {
      const { report, instance, request } = batch[0]!;
      const { taskArn, sequence } = report;
      const { containerInstanceArn } = instance;
      this.metrics?.refused('report');
      this.logger.error({ taskArn, sequence, containerInstanceArn, reply }, 'a report is refused, and is not recorded');
      request.answered = true;
    } else {
      this.metrics?.refused('uncommitted', reports.length);
      this.logger.warn({ reply, reports: reports.length }, 'reports were not committed; their agents send again');
    }
    for (const { request } of batch) settle(request);
  }

  /** One report that cannot be recorded, or too many bytes together, must not keep those of other hosts from being recorded. */
  private async commitHalves(batch: readonly Waiting[]): Promise<void> {
    const middle = Math.ceil(batch.length / 2);
    await this.commit(batch.slice(0, middle));
    await this.commit(batch.slice(middle));
  }

  private take(batch: readonly Waiting[], { acknowledged, strays }: RecordTaskProgressReply): void {
    const isStray = new Set(strays);
    for (const { report, request } of batch) {
      const { taskArn } = report;
      const sequence = acknowledged[taskArn];
      request.answered = true;
      if (sequence !== undefined) request.acknowledged[taskArn] = sequence;
      if (isStray.has(taskArn)) request.strays.push(taskArn);
      settle(request);
    }
  }
}

/** One of its reports is done with; the agent is answered when all are. */
function settle(request: Request): void {
  if (--request.left > 0) return;
  const { answered, acknowledged, strays, resolve } = request;
  resolve(answered ? { acknowledged, strays } : undefined);
}
