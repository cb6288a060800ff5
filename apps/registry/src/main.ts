import { openDomainFold, openOwner } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { ecsAccounts } from '#lib/ecs';
import { followJournal } from '#lib/journal';
import { foldedBy } from '#lib/messaging';
import { readMasterKey } from '#lib/platform';
import { Layers } from './api/layers.js';
import { Manifests } from './api/manifests.js';
import { RegistryPlace } from './api/registry-place.js';
import { registryAppConfig } from './config.js';
import { registry } from './domain/domain.js';
import { registryPublicEvents } from './domain/public-events.js';
import { Bearers } from './door/bearers.js';
import { Door } from './door/door.js';
import { Listener } from './door/listener.js';
import { Pushes } from './pushes.js';
import { RegistryModule } from './registry.module.js';
import { BlobFiles } from './storage/blob-files.js';
import { ImageStore } from './storage/image-store.js';
import { Reliance } from './storage/reliance.js';
import { Sweep } from './storage/sweep.js';
import { RegistryProcess } from './storage/registry-process.js';

await startApp('registry', 'registry', async (runtime) => {
  const { clock, random, logger, fail } = runtime;
  const config = registryAppConfig(runtime.environment);
  const masterKey = readMasterKey(config.masterKeyFile);
  const { api, fold, parts } = await openOwner(runtime, {
    domain: registry,
    events: registryPublicEvents,
    pastWorker: new URL('./past-worker.js', import.meta.url),
    acceptLossSince: config.acceptLossSince,
  });
  const { state } = fold;
  const accounts = await openDomainFold(runtime, ecsAccounts, 'reader');
  const following = followJournal(accounts.fold, accounts.journal, fail);
  const process = new RegistryProcess(config.store, { clock, logger });
  const relied = new Reliance(clock, config.keepsUnusedMs);
  const store = new ImageStore(process, relied);
  const files = new BlobFiles(config.store.directory);
  const sweep = new Sweep({ files, state, relied, clock, logger });
  const pushes = new Pushes(api, store);
  const place = new RegistryPlace(config.host, masterKey, clock);
  const bearers = new Bearers({ masterKey, accounts: accounts.fold.state, state, clock });
  const door = new Door({ state, bearers, store, files, pushes, clock, random, logger });
  const listener = new Listener(door, config.listen, { clock, logger });
  return {
    module: RegistryModule.register(api, place, new Manifests({ state, store, pushes }), new Layers({ state, store, place })),
    ...parts,
    folded: foldedBy(fold, accounts.fold),
    status: () => {
      const own = parts.status();
      if (!own.ready) return own;
      const { ready, reason } = accounts.position();
      const why = ready ? undefined : reason;
      const images = listener.whyNot ?? `answered at ${config.host}`;
      return { ...own, images, ...(why === undefined ? {} : { ready: false, reason: why }) };
    },
    start: () => {
      void parts.start?.();
      // Nothing is answered from an old state.
      void Promise.all([fold.caughtUpWithStart, accounts.fold.caughtUpWithStart]).then(() => {
        sweep.start();
        return listener.start();
      });
    },
    stop: async () => {
      sweep.stop();
      await listener.stop();
      await process.stop();
      following.stop();
      await parts.stop?.();
    },
  };
});
