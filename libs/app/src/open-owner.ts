import { register } from 'prom-client';
import { MarkKeeper, NatsMarkStore, type OpenedFold } from '#lib/journal';
import type { Domain, PublicEvents } from '#lib/kernel';
import { foldedBy } from '#lib/messaging';
import type { ControlPlaneApp } from '#lib/names';
import { freeSpace } from '#lib/platform';
import { DomainApi } from './domain-api.js';
import { EventReader } from './events/event-reader.js';
import { EventRing } from './events/event-ring.js';
import { JournalOwner } from './journal-owner.js';
import { journalSource } from './journal-source.js';
import type { AppParts, AppRuntime } from './nest/start-app.js';
import { JournalShares } from './journal-shares.js';
import { openDomainFold } from './open-domain-fold.js';
import { pastThread, WorkerPastReader } from './past/past-reader.js';

export interface OwnerOptions<S, O> {
  readonly domain: Domain<S>;
  readonly events: PublicEvents<S, O>;
  /** The app's `past-worker.js`. */
  readonly pastWorker: URL;
  /** What else only the writer does; told after the journal's own machinery. */
  readonly onPromoted?: () => void;
  readonly onDemoted?: () => void;
  /** Of lost acknowledged commits that an operator has accepted: see `MarkKeeper`. */
  readonly acceptLossSince?: number;
}

export interface OpenedOwner<S, O> extends Pick<OpenedFold<S>, 'journal' | 'fold'> {
  readonly owner: JournalOwner<S>;
  readonly api: DomainApi<S>;
  readonly past: WorkerPastReader;
  readonly ring: EventRing<S, O>;
  readonly events: EventReader;
  /** What `startApp` has to know of the journal. */
  readonly parts: Pick<AppParts & { readonly folded: unknown }, 'status' | 'start' | 'endWaits' | 'stop'> & {
    readonly folded: ReturnType<typeof foldedBy>;
  };
}

/** All that a journal-owning app stands on: its fold, the right to write, the API on both, reads of the past, public events. */
export async function openOwner<S, O>(runtime: AppRuntime, options: OwnerOptions<S, O>): Promise<OpenedOwner<S, O>> {
  const { bus, clock, random, logger, nats, replicaId, fail } = runtime;
  const app = runtime.app as ControlPlaneApp;
  const { domain, onPromoted, onDemoted, acceptLossSince } = options;
  const ring = new EventRing(options.events);
  const source = await journalSource(runtime.environment, runtime);
  const opened = await openDomainFold(runtime, domain, 'owner', { source, decider: ring.decider(domain.decider) });
  const { journal, relay, fold, snapshots, leases, position } = opened;
  const mark = new MarkKeeper({ store: new NatsMarkStore(nats), journal, fold, snapshots, clock, logger, acceptLossSince });
  // Before the first answer, too: a read of a journal that has lost something would deny what was acknowledged.
  await mark.check();
  ring.follow(fold);
  const home = runtime.environment.LONGSHORE_HOME;
  const owner = new JournalOwner({
    domain,
    app,
    journal,
    fold,
    leases,
    bus,
    mark,
    relay,
    snapshots,
    metricsIn: register,
    admission: new JournalShares(clock, home === undefined ? undefined : () => freeSpace(home)),
    clock,
    random,
    logger,
    replicaId,
    onPromoted,
    onDemoted,
    onFatal: fail,
  });
  const past = new WorkerPastReader(
    () => pastThread(options.pastWorker),
    clock,
    logger,
    () => fold.revision,
  );
  const events = new EventReader(fold, ring, options.events.detailTypes, journal, past, clock);
  return {
    journal,
    fold,
    owner,
    api: new DomainApi(domain, fold, owner.send, past),
    past,
    ring,
    events,
    parts: {
      folded: foldedBy(fold),
      status: () => ({ ...position(), leader: owner.isWriter }),
      start: () => owner.start(),
      endWaits: () => events.stop(),
      stop: async () => {
        await owner.stop();
        await past.stop();
      },
    },
  };
}
