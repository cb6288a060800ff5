import { createEcsStore, ecsDecider } from '#lib/domain';
import { followJournal, LeaseKeeper, openFold } from '#lib/journal';
import { CommandSender } from '#lib/messaging';
import { startApp } from '#lib/messaging/nest';
import { HealthMonitorModule } from './health-monitor.module.js';
import { Heartbeats } from './heartbeats.js';
import { Intake } from './intake.js';
import { ReportGatherer } from './report-gatherer.js';

/** The lease whose holder gives verdicts on silent instances. */
const VERDICTS = 'verdicts';

await startApp('health-monitor', 'health-monitor', async (runtime) => {
  const { bus, clock, random, logger, nats, replicaId } = runtime;
  const { journal, fold, leases, caughtUp, position } = await openFold({
    connection: nats,
    name: 'ecs',
    store: createEcsStore(),
    decider: ecsDecider,
    clock,
    random,
    logger,
  });
  const commands = new CommandSender(bus, 'ecs', 'health-monitor', clock);
  const send = commands.send.bind(commands);
  const heartbeats = new Heartbeats(fold.state, send, clock, random, logger);
  const gatherer = new ReportGatherer(send, clock, random, logger);
  const intake = new Intake({
    bus,
    state: fold.state,
    journalId: journal.journalId,
    caughtUp,
    send,
    gatherer,
    heartbeats,
    clock,
    random,
    logger,
  });
  const lease = new LeaseKeeper({
    store: leases,
    key: VERDICTS,
    holder: replicaId,
    clock,
    random,
    logger,
    onAcquired: () => heartbeats.startJudging(),
    onLost: () => heartbeats.stopJudging(),
  });
  const following = followJournal(fold, journal, runtime.fail);
  return {
    module: HealthMonitorModule.register(),
    status: () => ({ ...position(), leader: lease.holdsCertainly() }),
    start: () => {
      intake.start();
      lease.start();
    },
    stop: async () => {
      await intake.stop();
      await lease.stop();
      following.stop();
    },
  };
});
