import type { TaskCredentials, TaskReply } from '#lib/ecs/model';
import type { Clock } from '#lib/platform';

type Reply = TaskReply<TaskCredentials>;

/** SDKs ask anew some minutes before keys end: from then on, and only then, there are new ones. */
const RENEWED_BEFORE_MS = 15 * 60_000;

/** The keys of each task that asks, in memory only: while the control plane is away they go on until they end. */
export class CredentialsCache {
  private readonly kept = new Map<string, TaskCredentials>();
  private readonly underWay = new Map<string, Promise<Reply | undefined>>();

  constructor(
    private readonly ask: (taskArn: string) => Promise<Reply | undefined>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  async of(taskArn: string): Promise<Reply | undefined> {
    const known = this.kept.get(taskArn);
    const leftMs = known === undefined ? 0 : Date.parse(known.expiresAt) - this.clock.now();
    if (known && leftMs > RENEWED_BEFORE_MS) return { answer: known };
    const reply = await this.fetch(taskArn);
    return reply ?? (known && leftMs > 0 ? { answer: known } : undefined);
  }

  forget(isGone: (taskArn: string) => boolean): void {
    for (const taskArn of this.kept.keys()) if (isGone(taskArn)) this.kept.delete(taskArn);
  }

  /** One question a task, however many of its processes ask. */
  private fetch(taskArn: string): Promise<Reply | undefined> {
    const underWay = this.underWay.get(taskArn) ?? this.fetchNow(taskArn).finally(() => this.underWay.delete(taskArn));
    this.underWay.set(taskArn, underWay);
    return underWay;
  }

  private async fetchNow(taskArn: string): Promise<Reply | undefined> {
    const reply = await this.ask(taskArn);
    if (reply && 'answer' in reply) this.kept.set(taskArn, reply.answer);
    return reply;
  }
}
