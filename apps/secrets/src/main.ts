import { openDomainFold, openOwner } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { ecs } from '#lib/ecs';
import { followJournal } from '#lib/journal';
import { foldedBy } from '#lib/messaging';
import { agentsRegistryLogin, readMasterKey } from '#lib/platform';
import { KeyUses } from './api/key-uses.js';
import { ParameterValues } from './api/parameter-values.js';
import { SecretValues } from './api/secret-values.js';
import { secretsConfig } from './config.js';
import { TaskSecrets } from './delivery/task-secrets.js';
import { secrets } from './domain/domain.js';
import { secretsPublicEvents } from './domain/public-events.js';
import { SecretsModule } from './secrets.module.js';
import { Ciphertexts } from './vault/ciphertexts.js';
import { FileValueKeys } from './vault/file-value-keys.js';
import { Shredder } from './vault/shredder.js';
import { Vault } from './vault/vault.js';

await startApp('secrets', 'secrets', async (runtime) => {
  const { bus, clock, random, logger, fail } = runtime;
  const { masterKeyFile, keysDirectory, registry, acceptLossSince } = secretsConfig(runtime.environment);
  const masterKey = readMasterKey(masterKeyFile);
  const keys = await FileValueKeys.open(keysDirectory, masterKey);
  const vault = new Vault(keys);
  const { api, fold, owner, parts } = await openOwner(runtime, {
    domain: secrets,
    events: secretsPublicEvents,
    pastWorker: new URL('./past-worker.js', import.meta.url),
    acceptLossSince,
    onPromoted: () => shredder.start(),
    onDemoted: () => shredder.stop(),
  });
  const { state } = fold;
  const shredder: Shredder = new Shredder({ state, keys, send: owner.send, clock, random, logger });
  const tasks = await openDomainFold(runtime, ecs, 'reader');
  const following = followJournal(tasks.fold, tasks.journal, fail);
  const delivery = new TaskSecrets({
    bus,
    tasks: tasks.fold.state,
    caughtUp: tasks.caughtUp,
    state,
    vault,
    ownImages:
      registry === undefined
        ? undefined
        : { host: registry, login: (accountId) => agentsRegistryLogin(masterKey, accountId, clock.now()) },
    logger,
  });
  return {
    module: SecretsModule.register(
      api,
      new SecretValues(api, state, vault),
      new ParameterValues(api, state, vault),
      new KeyUses(api, keys, new Ciphertexts(keys)),
    ),
    ...parts,
    folded: foldedBy(fold, tasks.fold),
    status: () => {
      const own = parts.status();
      return own.ready ? { ...own, ...(tasks.position().ready ? {} : { ready: false, reason: tasks.position().reason }) } : own;
    },
    start: () => {
      void parts.start?.();
      void Promise.all([fold.caughtUpWithStart, tasks.fold.caughtUpWithStart]).then(() => delivery.start());
    },
    stop: async () => {
      shredder.stop();
      await delivery.stop();
      following.stop();
      await parts.stop?.();
    },
  };
});
