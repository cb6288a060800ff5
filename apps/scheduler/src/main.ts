import { createEcsStore, ECS_SCHEMA_VERSION, ecsDecider } from '#lib/domain';
import { followJournal, openFold } from '#lib/journal';
import { CommandSender, foldedBy } from '#lib/messaging';
import { startApp } from '#lib/messaging/nest';
import { ServiceLoop } from './services/service-loop.js';
import { RunTaskService } from './run-task/run-task-service.js';
import { SchedulerModule } from './scheduler.module.js';

await startApp('scheduler', 'scheduler', async (runtime) => {
  const { bus, clock, random, logger, nats, replicaId, fail } = runtime;
  const { journal, fold, leases, position } = await openFold({
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
  const services = new ServiceLoop({ fold, commands, leases, clock, random, logger, replicaId });
  const following = followJournal(fold, journal, fail);
  return {
    module: SchedulerModule.register(new RunTaskService({ fold, commands, clock, random, logger })),
    folded: foldedBy(fold as never),
    status: position,
    start: () => services.start(),
    stop: async () => {
      await services.stop();
      following.stop();
    },
  };
});
