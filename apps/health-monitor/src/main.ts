import { register } from 'prom-client';
import { followJournal } from '#lib/journal';
import { openDomainFold } from '#lib/app';
import { ecs } from '#lib/ecs';
import { startApp } from '#lib/app/nest';
import { healthMonitorConfig } from './config.js';
import { IntakeMetrics } from './intake-metrics.js';
import { HealthMonitor } from './health-monitor.js';
import { HealthMonitorModule } from './health-monitor.module.js';

await startApp('health-monitor', 'health-monitor', async (runtime) => {
  const { bus, clock, random, logger, replicaId, fail } = runtime;
  const { journal, fold, leases, caughtUp, position } = await openDomainFold(runtime, ecs, 'reader');
  const { lostGraceMs } = healthMonitorConfig(runtime.environment);
  const metrics = new IntakeMetrics(register);
  const monitor = new HealthMonitor({ bus, fold, leases, caughtUp, lostGraceMs, clock, random, logger, replicaId, metrics });
  const following = followJournal(fold, journal, fail);
  return {
    module: HealthMonitorModule.register(monitor),
    status: () => ({ ...position(), leader: monitor.isJudge }),
    start: () => void fold.caughtUpWithStart.then(() => monitor.start()),
    stop: async () => {
      await monitor.stop();
      following.stop();
    },
  };
});
