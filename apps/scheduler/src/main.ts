import { followJournal } from '#lib/journal';
import { CommandSender, foldedBy, openEcsFold } from '#lib/messaging';
import { startApp } from '#lib/messaging/nest';
import { RunTaskService } from './run-task/run-task-service.js';
import { SchedulerModule } from './scheduler.module.js';

await startApp('scheduler', 'scheduler', async (runtime) => {
  const { bus, clock, random, logger, fail } = runtime;
  const { journal, fold, position } = await openEcsFold(runtime, 'reader');
  const commands = new CommandSender(bus, 'ecs', 'scheduler', clock);
  const following = followJournal(fold, journal, fail);
  return {
    module: SchedulerModule.register(new RunTaskService({ fold, commands, clock, random, logger })),
    folded: foldedBy(fold),
    status: position,
    stop: () => following.stop(),
  };
});
