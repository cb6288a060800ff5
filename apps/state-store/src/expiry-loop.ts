import type { EcsState } from '#lib/domain';
import { expired } from '#lib/domain';
import type { Clock, Logger, Random } from '#lib/platform';
import type { SendCommand } from './api/ecs-api.js';

/** How late a deadline may be noticed. Nothing that users wait for hangs on it: forgetting and deleting only. */
const INTERVAL_MS = 5_000;

/** The writer's clock loop: deadlines are fields of the state, and this asks for what has passed its own. */
export class ExpiryLoop {
  private running: AbortController | undefined;

  constructor(
    private readonly state: EcsState,
    private readonly send: SendCommand,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.stop();
    this.running = new AbortController();
    void this.run(this.running.signal);
  }

  stop(): void {
    this.running?.abort();
    this.running = undefined;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.clock.sleep(INTERVAL_MS, signal);
      } catch {
        return; // only the signal ends the sleep
      }
      // Asked here first, so that an idle system writes nothing.
      if (expired(this.state, new Date(this.clock.now()).toISOString()).length > 0) await this.expire();
    }
  }

  private async expire(): Promise<void> {
    const id = this.random.hex(16);
    const reply = await this.send(
      { id, name: 'Expire', principal: 'state-store', accountId: '', region: '', requestId: id, operation: 'Expire', input: {} },
      this.clock.monotonicMs() + INTERVAL_MS,
    );
    if (!('output' in reply)) this.logger.warn({ reply }, 'nothing was expired; the next round tries again');
  }
}
