import type { ContainerInstance, ReportReply, TaskReport } from '#lib/ecs/model';
import type { RecordTaskProgressReply } from '#lib/ecs/tasks';
import type { SendCommand } from '#lib/messaging';
import type { Clock, Logger, Random } from '#lib/platform';

/** Under lasting load a commit this often; whatever came meanwhile is in it. */
const GATHER_MS = 50;
/** So many commits may follow each other without a pause before: the exits and starts of a healing never wait. */
const BURST = 10;
/** One command carries at most this many reports (a commit is at most 256 KiB). */
const MAX_REPORTS = 100;
const SEND_TIMEOUT_MS = 8_000;

interface Waiting {
  readonly instance: ContainerInstance;
  readonly reports: readonly TaskReport[];
  readonly resolve: (reply: ReportReply | undefined) => void;
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

  constructor(
    private readonly send: SendCommand,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly logger: Logger,
  ) {}

  /** Resolves undefined when nothing is known to be committed: the agent sends again. */
  record(instance: ContainerInstance, reports: readonly TaskReport[]): Promise<ReportReply | undefined> {
    const scope = `${instance.accountId}/${instance.region}`;
    return new Promise((resolve) => {
      const queue = this.waiting.get(scope) ?? [];
      queue.push({ instance, reports, resolve });
      this.waiting.set(scope, queue);
      if (!this.busy.has(scope)) void this.run(scope);
    });
  }

  private async run(scope: string): Promise<void> {
    this.busy.add(scope);
    try {
      for (;;) {
        const batch = this.take(scope);
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

  private take(scope: string): Waiting[] {
    const queue = this.waiting.get(scope) ?? [];
    let count = 0;
    let size = 0;
    while (count < queue.length && (count === 0 || size + queue[count]!.reports.length <= MAX_REPORTS))
      size += queue[count++]!.reports.length;
    const batch = queue.splice(0, count);
    if (queue.length === 0) this.waiting.delete(scope);
    return batch;
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    const { accountId, region } = batch[0]!.instance;
    const requestId = this.random.hex(16);
    const reports = batch.flatMap(({ instance, reports }) =>
      reports.map((report) => ({ containerInstanceArn: instance.containerInstanceArn, report })),
    );
    const reply = await this.send(
      'RecordTaskProgress',
      { id: requestId, requestId, principal: 'health-monitor', accountId, region, operation: 'ReportIntake', input: { reports } },
      this.clock.monotonicMs() + SEND_TIMEOUT_MS,
    );
    if (!('output' in reply)) {
      this.logger.warn({ reply, reports: reports.length }, 'reports were not committed; their agents send again');
      for (const waiting of batch) waiting.resolve(undefined);
      return;
    }
    const recorded = reply.output as RecordTaskProgressReply;
    const strays = new Set(recorded.strays);
    for (const { reports: own, resolve } of batch) {
      const arns = own.map((report) => report.taskArn);
      resolve({
        acknowledged: Object.fromEntries(
          arns.filter((arn) => arn in recorded.acknowledged).map((arn) => [arn, recorded.acknowledged[arn]!]),
        ),
        strays: arns.filter((arn) => strays.has(arn)),
      });
    }
  }
}
