import type { Scope } from '#lib/kernel';
import { type PlaceWaitingTasksInput, planWaiting } from '#lib/ecs/tasks';
import type { EcsState } from '#lib/ecs/model';
import type { Fold, Revision } from '#lib/journal';
import type { CommandSender } from '#lib/messaging';
import { type Clock, type Logger, Periodic, type Random } from '#lib/platform';

export interface WaitingTasksLoopDeps {
  readonly fold: Pick<Fold<EcsState>, 'state' | 'revision' | 'waitFor' | 'caughtUpWithStart'>;
  readonly commands: Pick<CommandSender, 'send'>;
  /** One scheduler does this at a time, to save work; the writer places none twice. */
  readonly isActive: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A host takes longer to come. Nothing is asked while nothing waits. */
const LOOK_EVERY_MS = 500;
const COMMAND_TIMEOUT_MS = 8_000;
const CATCH_UP_TIMEOUT_MS = 2_000;

/** Gives tasks that wait in PROVISIONING for a capacity provider a place, when there is one. */
export class WaitingTasksLoop {
  private readonly round: Periodic;

  constructor(private readonly deps: WaitingTasksLoopDeps) {
    this.round = new Periodic(deps.clock, LOOK_EVERY_MS, () => this.placeAll(), { first: 'after-interval' });
  }

  start(): void {
    this.round.start();
  }

  stop(): void {
    this.round.stop();
  }

  private async placeAll(): Promise<void> {
    const { fold, random, isActive } = this.deps;
    if (!isActive() || fold.state.tasks.countBy('waiting', 'yes') === 0) return;
    for (const { scope, placements } of planWaiting(fold.state, () => random.next())) await this.place(scope, { placements });
  }

  private async place({ accountId, region }: Scope, input: PlaceWaitingTasksInput): Promise<void> {
    const { fold, commands, clock, random, logger } = this.deps;
    const id = random.hex(16);
    const name = 'PlaceWaitingTasks';
    const by = { id, principal: 'scheduler', accountId, region, requestId: id, operation: name };
    const command = { ...by, basisRevision: fold.revision, input };
    const reply = await commands.send(name, command, clock.monotonicMs() + COMMAND_TIMEOUT_MS);
    if ('output' in reply) await fold.waitFor(reply.revision as Revision, CATCH_UP_TIMEOUT_MS);
    else logger.warn({ reply }, 'tasks that wait for capacity were not placed; it is tried again');
  }
}
