import { join } from 'node:path';
import { register } from 'prom-client';
import { openDomainFold, openOwner, OwnerQuestions } from '#lib/app';
import { startApp } from '#lib/app/nest';
import { ecs } from '#lib/ecs';
import { followJournal } from '#lib/journal';
import { CommandSender, foldedBy } from '#lib/messaging';
import { readMasterKey } from '#lib/platform';
import { LoadBalancerPlacement } from './api/load-balancer-placement.js';
import { Authority } from './certificates/authority.js';
import { ImportedCertificates } from './certificates/imported-certificates.js';
import { IssueLoop } from './certificates/issue-loop.js';
import { loadBalancerConfig } from './config.js';
import { namesServer } from './dns/names.js';
import { DiscoveryApi } from './discovery/discovery-api.js';
import { TaskChanges } from './discovery/task-changes.js';
import { DeploymentTrafficLoop } from './deployment-traffic/deployment-traffic-loop.js';
import { loadBalancing } from './domain/domain.js';
import { loadBalancingPublicEvents } from './domain/public-events.js';
import { DataPlane } from './haproxy/data-plane.js';
import { haproxiesOf } from './haproxy/running-haproxies.js';
import { LoadBalancerModule } from './load-balancer.module.js';
import { NetworkMembersLoop } from './network-members/network-members-loop.js';
import { TargetRegistration } from './registration/target-registration.js';
import { TaskTargetsLoop } from './task-targets/task-targets-loop.js';
import { Traffic } from './traffic.js';

await startApp('load-balancer', 'load-balancer', async (runtime) => {
  const { bus, clock, random, logger, replicaId, fail, config } = runtime;
  const { placement, haproxy, dns, masterKeyFile, acceptLossSince } = loadBalancerConfig(runtime.environment, config.replica);
  const masterKey = readMasterKey(masterKeyFile);
  const { fold, owner, api, events, parts } = await openOwner(runtime, {
    domain: loadBalancing,
    events: loadBalancingPublicEvents,
    pastWorker: new URL('./past-worker.js', import.meta.url),
    acceptLossSince,
  });
  const tasks = await openDomainFold(runtime, ecs, 'reader');
  const following = followJournal(tasks.fold, tasks.journal, fail);
  const isWriter = () => owner.isWriter;
  const toEcs = new CommandSender(bus, 'ecs', 'load-balancer', clock);
  const means = { isWriter, clock, random, logger };
  const traffic = new Traffic({
    ...means,
    fold,
    send: owner.send,
    bus,
    planeOf: (listener) => new DataPlane(haproxy, clock, logger, listener),
    running: () => (haproxy.home === undefined ? Promise.resolve([]) : haproxiesOf(haproxy.home)),
    certificateDirectory: join(haproxy.directory, 'certificates'),
    masterKey,
    replicaId,
    registry: register,
  });
  const taskTargets = new TaskTargetsLoop({
    ...means,
    ecs: tasks.fold,
    own: fold,
    register: owner.send,
    tell: (...command) => toEcs.send(...command),
  });
  const toNetwork = new CommandSender(bus, 'network', 'load-balancer', clock);
  const members = new NetworkMembersLoop({ ...means, own: fold, tell: (...command) => toNetwork.send(...command) });
  const authority = await Authority.open(join(haproxy.directory, 'certificates-issued'));
  const issuing = new IssueLoop({ ...means, own: fold, send: owner.send, authority, masterKey });
  const changes = new TaskChanges(tasks.fold);
  const discovery = new DiscoveryApi({ api, own: fold, ecs: tasks.fold, tasksChangedRevision: changes.revisionOf });
  const names = namesServer({ own: fold, ecs: tasks.fold, settings: dns, registry: register, clock, random, logger });
  const deploymentTraffic = new DeploymentTrafficLoop({
    ...means,
    ecs: tasks.fold,
    own: fold,
    modify: owner.send,
    tell: (...command) => toEcs.send(...command),
    isCarried: () => traffic.isCarried,
  });
  return {
    module: LoadBalancerModule.register(
      api,
      new LoadBalancerPlacement({ ...placement, installation: fold.journalId }, new OwnerQuestions(bus, clock)),
      discovery,
      new ImportedCertificates(masterKey, clock),
      new TargetRegistration(api, fold, tasks.fold),
      events,
    ),
    ...parts,
    // Instances that are tasks are of both.
    folded: foldedBy(fold, tasks.fold),
    status: () => {
      const own = { ...parts.status(), ...(dns.endpoints.length > 0 ? { dns: names.bound() } : {}) };
      return own.ready ? { ...own, ...(tasks.position().ready ? {} : { ready: false, reason: tasks.position().reason }) } : own;
    },
    start: async () => {
      await parts.start?.();
      changes.start();
      // Nothing is answered from an old state.
      void Promise.all([fold.caughtUpWithStart, tasks.fold.caughtUpWithStart]).then(() => names.start());
      void fold.caughtUpWithStart.then(() => {
        traffic.start();
        members.start();
        issuing.start();
      });
      void tasks.fold.caughtUpWithStart.then(() => {
        taskTargets.start();
        deploymentTraffic.start();
      });
    },
    stop: async () => {
      changes.stop();
      await names.stop();
      await deploymentTraffic.stop();
      await taskTargets.stop();
      await issuing.stop();
      await members.stop();
      following.stop();
      await traffic.stop();
      await parts.stop?.();
    },
  };
});
