import { beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '#lib/platform';
import { newToyStore, toyDecider, type ToyState } from '../../../test/support/toy-domain.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { Fold } from './fold.js';
import type { EventRecord, Transaction } from '#lib/kernel';
import type { Revision } from './port.js';
import { SnapshotLoop } from './snapshot-loop.js';
import type { SnapshotManifest } from './snapshots.js';

const HOUR_MS = 3_600_000;

describe('SnapshotLoop', () => {
  let clock: VirtualClock;
  let fold: Fold<ToyState>;
  let taken: number[];
  let pruned: number;
  let failures: number;
  let told: (number | 'failed')[];

  beforeEach(() => {
    clock = new VirtualClock();
    fold = new Fold<ToyState>({ name: 'ecs', journalId: 'j1', store: newToyStore(), decider: toyDecider, clock });
    [taken, pruned, failures, told] = [[], 0, 0, []];
    const snapshots = {
      take: () => {
        if (failures-- > 0) return Promise.reject(new Error('no room'));
        taken.push(fold.revision);
        return Promise.resolve({ revision: fold.revision, chunks: [] } as unknown as SnapshotManifest);
      },
      prune: () => Promise.resolve(void pruned++),
    };
    const measures = { taken: (revision: number) => void told.push(revision), failed: () => void told.push('failed') };
    new SnapshotLoop(snapshots, fold, clock, silentLogger, measures).start();
  });

  const commit = (events: number) => {
    const event: EventRecord = { type: 'Grown', v: 1, data: {} };
    const transactions = events === 0 ? [] : [{ events: Array<EventRecord>(events).fill(event) } as unknown as Transaction];
    const at = new Date(clock.now()).toISOString();
    const of = { v: 1, journalId: 'j1', commitId: `c${fold.revision}`, at, writer: 'w', transactions } as const;
    fold.apply(of, (fold.revision + 1) as Revision);
  };

  it('counts events: a few large commits are as much to fold as many small ones', async () => {
    commit(2_000);
    await clock.advance(10_000);
    for (let i = 0; i < 99; i++) commit(1_000);
    await clock.advance(120_000);
    expect(taken).toEqual([1]);
    commit(1_000);
    await clock.advance(10_000);
    expect(taken).toEqual([1, 101]);
    expect(pruned).toBe(2);
  });

  it('tells of each snapshot, and of each that could not be taken', async () => {
    failures = 1;
    commit(100_000);
    await clock.advance(20_000);
    expect(told).toEqual(['failed', 1]);
  });

  it('counts commits, also empty ones', async () => {
    for (let i = 0; i < 10_000; i++) commit(0);
    await clock.advance(10_000);
    expect(taken).toEqual([10_000]);
  });

  it('is not a steady load beside a fast journal: one a minute at most', async () => {
    for (let i = 0; i < 30; i++) {
      commit(200_000);
      await clock.advance(10_000);
    }
    expect(taken.length).toBeGreaterThanOrEqual(4);
    expect(taken.length).toBeLessThanOrEqual(5);
  });

  it('takes one an hour of what is worth one, and none when nothing has happened', async () => {
    commit(2_000);
    await clock.advance(10_000);
    expect(taken).toEqual([1]);
    commit(2_000);
    await clock.advance(HOUR_MS / 2);
    expect(taken).toEqual([1]);
    await clock.advance(HOUR_MS / 2 + 10_000);
    expect(taken).toEqual([1, 2]);
    await clock.advance(3 * HOUR_MS);
    expect(taken).toEqual([1, 2]);
  });

  it('tries again at the next look after one that failed', async () => {
    failures = 1;
    commit(100_000);
    await clock.advance(10_000);
    expect(taken).toEqual([]);
    await clock.advance(10_000);
    expect(taken).toEqual([1]);
  });
});
