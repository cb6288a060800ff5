import type { Fold } from '#lib/journal';
import { type Clock, type Logger, Periodic, type Random } from '#lib/platform';
import type { SendToWriter } from './domain-api.js';

/** How late a deadline may be noticed, where the domain does not say it: for forgetting, deleting, and the end of what is gone. */
const INTERVAL_MS = 5_000;
const REPLY_TIMEOUT_MS = 5_000;

/** The writer's clock loop: deadlines are fields of the state, and this asks for what has passed its own (the command `Expire`). */
export class ExpiryLoop<S> {
  private readonly rounds: Periodic;

  constructor(
    private readonly app: string,
    private readonly fold: Pick<Fold<S>, 'state' | 'nowMs'>,
    private readonly isExpired: (state: S, at: string) => boolean,
    private readonly send: SendToWriter,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly logger: Logger,
    intervalMs = INTERVAL_MS,
  ) {
    this.rounds = new Periodic(clock, intervalMs, () => this.round(), { first: 'after-interval' });
  }

  start(): void {
    this.rounds.start();
  }

  stop(): void {
    this.rounds.stop();
  }

  /** Asked here first, so that an idle system writes nothing. */
  private async round(): Promise<void> {
    while (this.rounds.isRunning && this.isExpired(this.fold.state, new Date(this.fold.nowMs()).toISOString())) {
      if (!(await this.expire())) return;
    }
  }

  /** One command takes a part; false when nothing was recorded. */
  private async expire(): Promise<boolean> {
    const id = this.random.hex(16);
    const reply = await this.send(
      { id, name: 'Expire', principal: this.app, accountId: '', region: '', requestId: id, operation: 'Expire', input: {} },
      this.clock.monotonicMs() + REPLY_TIMEOUT_MS,
    );
    if (!('output' in reply)) this.logger.warn({ reply }, 'nothing was expired; the next round tries again');
    return 'output' in reply;
  }
}
