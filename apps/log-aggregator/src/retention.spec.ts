import { seededRandom, silentLogger } from '#lib/platform';
import { LoggingWorld } from '../../../test/support/logging-world.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { groupRef } from './events/log-events.js';
import { Retention } from './retention.js';
import { DAY_MS, StoreUnavailable, type Sweep } from './store/log-store.js';
import { MemoryLogStore } from './store/memory-log-store.js';

describe('what is kept no longer', () => {
  let world: LoggingWorld;
  let clock: VirtualClock;
  let store: MemoryLogStore;
  let retention: Retention;
  let sweeps: Sweep[];
  let isAway: boolean;

  beforeEach(() => {
    [world, clock, store, sweeps, isAway] = [new LoggingWorld(), new VirtualClock(), new MemoryLogStore(), [], false];
    const sweep = store.sweep.bind(store);
    store.sweep = async (asked) => {
      if (isAway) throw new StoreUnavailable('away');
      sweeps.push(asked);
      await sweep(asked);
    };
    const send = async ({ name, input }: { name: string; input: unknown }) => ({
      output: world.ok(name, input as object),
      revision: 1,
    });
    retention = new Retention({
      state: world.state,
      store,
      sweeps: (place) => place === 1,
      send: send as never,
      clock,
      random: seededRandom(1),
      logger: silentLogger,
    });
  });
  afterEach(() => retention.stop());

  const write = (name: string, ageDays: number) => {
    const group = [...world.state.groups.values()].find((one) => one.name === name)!;
    const events = [{ timestamp: clock.now() - ageDays * DAY_MS, message: `${ageDays}` }];
    return store.append({ group: groupRef(group), stream: 's', ingestedAt: clock.now(), events });
  };
  const kept = async (name: string) => {
    const group = [...world.state.groups.values()].find((one) => one.name === name)!;
    const scan = { from: 0, to: Infinity, backward: true, limit: 100, maxBytes: 1e9, budgetBytes: 1e9 };
    return (await store.scan({ ...scan, group: groupRef(group) })).events.map(({ message }) => message);
  };

  it('goes from the disk by whole days, and from groups without a retention nothing does', async () => {
    for (const name of ['short', 'long']) {
      world.group(name);
      for (const age of [0, 2, 9]) await write(name, age);
    }
    world.ok('PutRetentionPolicy', { logGroupName: 'short', retentionInDays: 5 });
    await retention.round();
    expect([await kept('short'), await kept('long')]).toEqual([
      ['0', '2'],
      ['0', '2', '9'],
    ]);
  });

  it('is looked for once an hour, and again at the next look where it could not be done', async () => {
    world.group('g');
    world.ok('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 1 });
    isAway = true;
    retention.start();
    await clock.advance(10_000);
    isAway = false;
    await clock.advance(10_000);
    expect(sweeps).toHaveLength(1);
    await clock.advance(3_500_000);
    expect(sweeps).toHaveLength(1);
    await clock.advance(200_000);
    expect(sweeps).toHaveLength(2);
  });

  it('is everything of a group that was deleted, which is recorded when it is gone', async () => {
    world.group('g');
    await write('g', 0);
    const [{ id }] = [...world.state.groups.values()] as unknown as [{ id: string }];
    world.ok('DeleteLogGroup', { logGroupName: 'g' });
    isAway = true;
    await retention.round();
    expect(world.state.deletedGroups.has(id)).toBe(true);
    isAway = false;
    await retention.round();
    expect([sweeps[0]!.erase.map((group) => group.id), world.state.deletedGroups.size]).toEqual([[id], 0]);
  });
});
