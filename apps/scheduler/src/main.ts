import { createEcsStore, ECS_SCHEMA_VERSION, ecsDecider } from '#lib/domain';
import { followJournal, openFold } from '#lib/journal';
import { CommandSender, foldedBy } from '#lib/messaging';
import { startApp } from '#lib/messaging/nest';
import { RunTaskService } from './run-task/run-task-service.js';
import { SchedulerModule } from './scheduler.module.js';

await startApp('scheduler', 'scheduler', async (runtime) => {
  const { bus, clock, random, logger, nats, fail } = runtime;
  const { journal, fold, position } = await openFold({
    connection: nats,
    name: 'ecs',
    role: 'reader',
    schemaVersion: ECS_SCHEMA_VERSION,
    store: createEcsStore(),
    decider: ecsDecider,
    clock,
    random,
    logger,
  });
  const commands = new CommandSender(bus, 'ecs', 'scheduler', clock);
  const following = followJournal(fold, journal, fail);
  return {
    module: SchedulerModule.register(new RunTaskService({ fold, commands, clock, random, logger })),
    folded: foldedBy(fold as never),
    status: position,
    stop: () => following.stop(),
  };
});
