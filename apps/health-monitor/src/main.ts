import { createEcsStore, ECS_SCHEMA_VERSION, ecsDecider } from '#lib/domain';
import { followJournal, openFold } from '#lib/journal';
import { startApp } from '#lib/messaging/nest';
import { healthMonitorConfig } from './config.js';
import { HealthMonitor } from './health-monitor.js';
import { HealthMonitorModule } from './health-monitor.module.js';

await startApp('health-monitor', 'health-monitor', async (runtime) => {
  const { bus, clock, random, logger, nats, replicaId, fail } = runtime;
  const { journal, fold, leases, caughtUp, position } = await openFold({
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
  const monitor = new HealthMonitor({
    ...healthMonitorConfig(runtime.environment),
    bus,
    fold,
    leases,
    caughtUp,
    clock,
    random,
    logger,
    replicaId,
  });
  const following = followJournal(fold, journal, fail);
  return {
    module: HealthMonitorModule.register(monitor),
    status: () => ({ ...position(), leader: monitor.isJudge }),
    start: () => monitor.start(),
    stop: async () => {
      await monitor.stop();
      following.stop();
    },
  };
});
