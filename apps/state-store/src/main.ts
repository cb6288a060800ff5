import { NamedNetworks, openOwner, OwnerQuestions } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { ecs } from '#lib/ecs';
import { ecsEvents } from '#lib/ecs/public-events';
import { readMasterKey } from '#lib/platform';
import { AccessKeyMint } from './api/access-key-mint.js';
import { AutoScalingGroups } from './api/auto-scaling-groups.js';
import { ServiceCommands } from './api/service-commands.js';
import { Registries } from './api/registries.js';
import { TargetGroups } from './api/target-groups.js';
import { AssignmentPublisher } from './assignments/assignment-publisher.js';
import { NatsAssignmentBucket } from './assignments/nats-assignment-bucket.js';
import { ensureBootstrapKey } from './bootstrap-key.js';
import { stateStoreConfig } from './config.js';
import { ExplainApi } from './explain/explain-api.js';
import { EventPublisher } from './public-events/event-publisher.js';
import { NatsEventOutlet } from './public-events/nats-event-outlet.js';
import { StateStoreModule } from './state-store.module.js';

await startApp('state-store', 'state-store', async (runtime) => {
  const { bus, clock, random, logger, nats, fail } = runtime;
  const config = stateStoreConfig(runtime.environment);
  const mint = new AccessKeyMint(readMasterKey(config.masterKeyFile));
  const { journal, fold, owner, api, past, ring, events, parts } = await openOwner(runtime, {
    domain: ecs,
    events: ecsEvents,
    pastWorker: new URL('./past-worker.js', import.meta.url),
    acceptLossSince: config.acceptLossSince,
    onPromoted: () => {
      assignments.start();
      listeners.start();
      if (!config.bootstrapCredentialsFile) return;
      const deps = { state: fold.state, send: owner.send, mint, clock, random, logger };
      ensureBootstrapKey(config.bootstrapCredentialsFile, deps).catch(fail);
    },
    onDemoted: () => {
      assignments.pause();
      listeners.pause();
    },
  });
  const assignments = new AssignmentPublisher(fold, new NatsAssignmentBucket(nats), clock, logger);
  const listeners = new EventPublisher(fold, ring, new NatsEventOutlet(nats, 'state-store', clock), clock, logger);
  const questions = new OwnerQuestions(bus, clock);
  return {
    module: StateStoreModule.register(
      api,
      new ExplainApi(fold, journal, past, clock, questions),
      mint,
      new ServiceCommands(
        api,
        new TargetGroups(questions),
        new Registries(questions),
        new NamedNetworks(questions),
        config.serviceHealthyAfterMs,
      ),
      new AutoScalingGroups(api, questions),
      events,
    ),
    ...parts,
  };
});
