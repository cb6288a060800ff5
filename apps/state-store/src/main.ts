import { readFileSync } from 'node:fs';
import { createEcsStore, ecsDecider } from '#lib/domain';
import { openFold, Writer } from '#lib/journal';
import { CommandSender, foldedBy, serveCommands, type Subscription } from '#lib/messaging';
import { startApp } from '#lib/messaging/nest';
import { WorkerPastReader } from './as-of/past-reader.js';
import { AccessKeyMint } from './api/access-key-mint.js';
import { EcsApi, type SendCommand } from './api/ecs-api.js';
import { AssignmentPublisher } from './assignments/assignment-publisher.js';
import { NatsAssignmentBucket } from './assignments/nats-assignment-bucket.js';
import { ensureBootstrapKey } from './bootstrap-key.js';
import { stateStoreConfig } from './config.js';
import { ExpiryLoop } from './expiry-loop.js';
import { StateStoreModule } from './state-store.module.js';

const APP = 'state-store';

await startApp(APP, APP, async (runtime) => {
  const { bus, clock, random, logger, nats, replicaId, fail } = runtime;
  const config = stateStoreConfig(runtime.environment);
  const { journal, fold, leases, position } = await openFold({
    connection: nats,
    name: 'ecs',
    store: createEcsStore(),
    decider: ecsDecider,
    clock,
    random,
    logger,
  });
  const mint = new AccessKeyMint(Buffer.from(readFileSync(config.masterKeyFile, 'utf8').trim(), 'hex'));

  const sender = new CommandSender(bus, 'ecs', APP, clock);
  // While this replica writes, its own commands need no way over the bus; a refusal to write (`unavailable`) goes there.
  const send: SendCommand = async ({ name, ...request }, deadlineAt) => {
    if (writer.epoch !== undefined) {
      const timeoutMs = deadlineAt - clock.monotonicMs();
      const answer = await writer.submit({ ...request, name, actor: APP }, { timeoutMs });
      if (!('unavailable' in answer)) return answer;
    }
    return sender.send(name, request, deadlineAt);
  };

  const publisher = new AssignmentPublisher(fold, new NatsAssignmentBucket(nats), clock, logger);
  const expiry = new ExpiryLoop(fold.state, send, clock, random, logger);
  let commands: Subscription | undefined;
  const writer = new Writer({
    journal,
    fold,
    leases,
    writer: replicaId,
    clock,
    random,
    logger,
    onFatal: fail,
    onPromoted: () => {
      commands = serveCommands(bus, 'ecs', (command) => writer.submit(command));
      publisher.start();
      expiry.start();
      if (config.bootstrapCredentialsFile) {
        ensureBootstrapKey(config.bootstrapCredentialsFile, { state: fold.state, send, mint, clock, random, logger }).catch(fail);
      }
    },
    onDemoted: () => {
      void commands?.drain();
      publisher.pause();
      expiry.stop();
    },
  });

  const past = new WorkerPastReader(new URL('./as-of/past-worker.js', import.meta.url), clock, logger);
  return {
    module: StateStoreModule.register(new EcsApi(fold.state, send, past, clock), mint),
    folded: foldedBy(fold as never),
    status: () => ({ ...position(), leader: writer.epoch !== undefined }),
    start: () => writer.start(),
    stop: async () => {
      await writer.stop();
      await past.stop();
    },
  };
});
