import type { SendToWriter } from '#lib/app';
import { type Clock, type Logger, Periodic, type Random } from '#lib/platform';
import type { DeletedGroup, LogGroup } from './domain/model.js';
import { partitionOfGroup } from './domain/places.js';
import type { LoggingState } from './domain/state.js';
import { keptFrom } from './events/log-events.js';
import { type GroupRef, type LogStore, StoreUnavailable } from './store/log-store.js';

export interface RetentionDeps {
  readonly state: LoggingState;
  readonly store: LogStore;
  /** Whether this process sweeps the groups of a place. */
  readonly sweeps: (place: number) => boolean;
  readonly send: SendToWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Deleted groups are gone from the answers at once: their space may take so long. */
const LOOK_MS = 10_000;
/** Retention is by whole days. */
const EXPIRE_MS = 3_600_000;
const SEND_TIMEOUT_MS = 5_000;

const refOf = (group: LogGroup | DeletedGroup): GroupRef => ({
  id: group.id,
  partition: partitionOfGroup(group),
  place: group.place,
});

/** Takes from the disk what no answer shows any more: of deleted groups everything, of others what their retention lets go. */
export class Retention {
  private readonly rounds: Periodic;
  private expiredAtMs = -Infinity;

  constructor(private readonly deps: RetentionDeps) {
    this.rounds = new Periodic(deps.clock, LOOK_MS, () => this.round(), { first: 'at-once' });
  }

  start(): void {
    this.rounds.start();
  }

  stop(): void {
    this.rounds.stop();
  }

  /** One look; what fails is tried again at the next. */
  async round(): Promise<void> {
    const { state, store, clock, logger } = this.deps;
    const isOwn = ({ place }: { place: number }) => this.deps.sweeps(place);
    const deleted = [...state.deletedGroups.values()].filter(isOwn);
    const isTime = clock.monotonicMs() - this.expiredAtMs >= EXPIRE_MS;
    const expire = isTime
      ? [...state.groups.values()].filter(isOwn).flatMap((group) => {
          const before = keptFrom(group, clock.now());
          return before === undefined ? [] : [{ ...refOf(group), before }];
        })
      : [];
    try {
      if (deleted.length > 0 || expire.length > 0) await store.sweep({ erase: deleted.map(refOf), expire });
      if (isTime) this.expiredAtMs = clock.monotonicMs();
      if (deleted.length > 0) await this.record(deleted);
    } catch (error) {
      // The store's own troubles are told by it; nothing here makes them worse.
      logger[error instanceof StoreUnavailable ? 'info' : 'error']({ err: error }, 'what is kept no longer is still on the disk');
    }
  }

  private async record(deleted: readonly DeletedGroup[]): Promise<void> {
    const { send, clock, random } = this.deps;
    const id = random.hex(16);
    const { accountId, region } = deleted[0]!;
    const command = {
      id,
      name: 'RecordErasedGroups',
      operation: 'RecordErasedGroups',
      principal: 'log-aggregator',
      accountId,
      region,
      requestId: id,
    };
    await send({ ...command, input: { ids: deleted.map((group) => group.id) } }, clock.monotonicMs() + SEND_TIMEOUT_MS);
  }
}
