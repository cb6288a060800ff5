import { register } from 'prom-client';
import { ecsDecider } from '#lib/ecs';
import { MarkKeeper, NatsMarkStore } from '#lib/journal';
import { foldedBy, openEcsFold } from '#lib/messaging';
import { startApp } from '#lib/messaging/nest';
import { readMasterKey } from '#lib/platform';
import { AccessKeyMint } from './api/access-key-mint.js';
import { EcsApi } from './api/ecs-api.js';
import { pastThread, WorkerPastReader } from './as-of/past-reader.js';
import { NatsAssignmentBucket } from './assignments/nats-assignment-bucket.js';
import { ensureBootstrapKey } from './bootstrap-key.js';
import { stateStoreConfig } from './config.js';
import { ServiceDefaults } from './api/service-defaults.js';
import { EventReader } from './public-events/event-reader.js';
import { EventRing } from './public-events/event-ring.js';
import { NatsEventOutlet } from './public-events/nats-event-outlet.js';
import { ExplainApi } from './explain/explain-api.js';
import { StateStore } from './state-store.js';
import { StateStoreModule } from './state-store.module.js';

await startApp('state-store', 'state-store', async (runtime) => {
  const { bus, clock, random, logger, nats, replicaId, fail } = runtime;
  const config = stateStoreConfig(runtime.environment);
  const mint = new AccessKeyMint(readMasterKey(config.masterKeyFile));
  const ring = new EventRing();
  const { journal, fold, snapshots, leases, position } = await openEcsFold(runtime, 'owner', undefined, ring.decider(ecsDecider));
  const mark = new MarkKeeper({ store: new NatsMarkStore(nats), journal, fold, snapshots, clock, logger, ...config });
  // Before the first answer, too: a read of a journal that has lost something would deny what was acknowledged.
  await mark.check();
  const { state } = fold;
  ring.follow(fold);
  const stateStore = new StateStore({
    journal,
    fold,
    snapshots,
    mark,
    leases,
    bus,
    assignments: new NatsAssignmentBucket(nats),
    events: { ring, outlet: new NatsEventOutlet(nats, 'state-store', clock) },
    metricsIn: register,
    clock,
    random,
    logger,
    replicaId,
    onFatal: fail,
    onPromoted: () => {
      if (!config.bootstrapCredentialsFile) return;
      const deps = { state, send: stateStore.send, mint, clock, random, logger };
      ensureBootstrapKey(config.bootstrapCredentialsFile, deps).catch(fail);
    },
  });
  const past = new WorkerPastReader(() => pastThread(new URL('./as-of/past-worker.js', import.meta.url)), clock, logger);
  const events = new EventReader(fold, ring, journal, past, clock);
  return {
    module: StateStoreModule.register(
      new EcsApi(fold, stateStore.send, past),
      new ExplainApi(fold, journal, past, clock),
      mint,
      new ServiceDefaults(config.serviceHealthyAfterMs),
      events,
    ),
    folded: foldedBy(fold),
    status: () => ({ ...position(), leader: stateStore.isWriter }),
    start: () => stateStore.start(),
    endWaits: () => events.stop(),
    stop: async () => {
      await stateStore.stop();
      await past.stop();
    },
  };
});
