import { openDomainFold, openOwner } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { ecs } from '#lib/ecs';
import { followJournal } from '#lib/journal';
import { CommandSender, foldedBy } from '#lib/messaging';
import { networkConfig } from './config.js';
import { HostAddresses } from './delivery/host-addresses.js';
import { PacketFilters } from './delivery/packet-filters.js';
import { ReleasedInterfaces } from './delivery/released-interfaces.js';
import { TaskNetworks } from './delivery/task-networks.js';
import { network } from './domain/domain.js';
import { networkPublicEvents } from './domain/public-events.js';
import { NetworkModule } from './network.module.js';

await startApp('network', 'network', async (runtime) => {
  const { bus, clock, random, logger, fail } = runtime;
  const { api, fold, owner, parts } = await openOwner(runtime, {
    domain: network,
    events: networkPublicEvents,
    pastWorker: new URL('./past-worker.js', import.meta.url),
    ...networkConfig(runtime.environment),
  });
  const tasks = await openDomainFold(runtime, ecs, 'reader');
  const following = followJournal(tasks.fold, tasks.journal, fail);
  const { caughtUp } = tasks;
  const { send } = owner;
  const toEcs = new CommandSender(bus, 'ecs', 'network', clock);
  const hosts = new HostAddresses(tasks.fold);
  const common = { caughtUp, send, isWriter: () => owner.isWriter, clock, random, logger };
  const delivery = new TaskNetworks({
    ...common,
    bus,
    hosts,
    ecs: tasks.fold,
    tell: (...command) => toEcs.send(...command),
  });
  const filters = new PacketFilters({ bus, fold, hosts, clock, logger });
  const released = new ReleasedInterfaces({ ...common, ecs: tasks.fold, state: fold.state, hosts });
  return {
    module: NetworkModule.register(api, hosts),
    ...parts,
    folded: foldedBy(fold, tasks.fold),
    status: () => {
      const own = parts.status();
      return own.ready ? { ...own, ...(tasks.position().ready ? {} : { ready: false, reason: tasks.position().reason }) } : own;
    },
    start: () => {
      void parts.start?.();
      void Promise.all([fold.caughtUpWithStart, tasks.fold.caughtUpWithStart]).then(() => {
        delivery.start();
        filters.start();
        released.start();
      });
    },
    stop: async () => {
      await delivery.stop();
      await filters.stop();
      await released.stop();
      following.stop();
      await parts.stop?.();
    },
  };
});
