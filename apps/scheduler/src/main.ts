import { register } from 'prom-client';
import { followJournal } from '#lib/journal';
import { CommandSender, foldedBy } from '#lib/messaging';
import { NamedNetworks, openDomainFold, OwnerQuestions } from '#lib/app';
import { ecs } from '#lib/ecs';
import { prepareToPlan } from '#lib/ecs/placement';
import { startApp } from '#lib/app/nest';
import { postJson } from '#lib/platform';
import { HOOK_LIMITS, HookLoop } from './hooks/hook-loop.js';
import { PlacementMetrics } from './placement-metrics.js';
import { ServiceLoop } from './services/service-loop.js';
import { RunTaskService } from './run-task/run-task-service.js';
import { WaitingTasksLoop } from './run-task/waiting-tasks-loop.js';
import { SchedulerModule } from './scheduler.module.js';

await startApp('scheduler', 'scheduler', async (runtime) => {
  const { bus, clock, random, logger, replicaId, fail } = runtime;
  const { journal, fold, leases, position } = await openDomainFold(runtime, ecs, 'reader');
  const commands = new CommandSender(bus, 'ecs', 'scheduler', clock);
  const metrics = new PlacementMetrics(register);
  const networks = new NamedNetworks(new OwnerQuestions(bus, clock));
  const services = new ServiceLoop({ fold, commands, leases, clock, random, logger, replicaId, metrics });
  const isActive = () => services.isActive;
  const call = (target: string, payload: object, signal: AbortSignal) => postJson(target, payload, signal, HOOK_LIMITS);
  const hooks = new HookLoop({ fold, commands, call, isActive, clock, random, logger });
  const waiting = new WaitingTasksLoop({ fold, commands, isActive, clock, random, logger });
  const following = followJournal(fold, journal, fail);
  return {
    module: SchedulerModule.register(new RunTaskService({ fold, commands, networks, clock, random, logger, metrics })),
    folded: foldedBy(fold),
    status: position,
    start: () =>
      void fold.caughtUpWithStart.then(() => {
        prepareToPlan(fold.state);
        services.start();
        hooks.start();
        waiting.start();
      }),
    stop: async () => {
      waiting.stop();
      hooks.stop();
      await services.stop();
      following.stop();
    },
  };
});
