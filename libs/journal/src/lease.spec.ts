import { beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom, silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { LEASE_TIMES, LeaseKeeper } from './lease.js';
import { MemoryLeaseServer, MemoryLeaseStore } from './memory-lease-store.js';

const { ttlMs, renewMs, marginMs, pollMs } = LEASE_TIMES;

class Candidate {
  readonly log: string[] = [];
  fate: 'ok' | 'unanswered' | 'unreachable' = 'ok';
  delayMs = 1;
  readonly keeper: LeaseKeeper;

  constructor(
    readonly name: string,
    server: MemoryLeaseServer,
    clock: VirtualClock,
    seed: number,
  ) {
    this.keeper = new LeaseKeeper({
      store: new MemoryLeaseStore(server, clock, { fate: () => this.fate, delayMs: () => this.delayMs }),
      key: 'ecs',
      holder: name,
      clock,
      random: seededRandom(seed),
      logger: silentLogger,
      onAcquired: () => void this.log.push('acquired'),
      onLost: (reason) => void this.log.push(`lost: ${reason}`),
    });
  }

  get holds(): boolean {
    return this.keeper.holdsCertainly();
  }
}

describe('LeaseKeeper', () => {
  let clock: VirtualClock;
  let server: MemoryLeaseServer;
  let a: Candidate;
  let b: Candidate;

  beforeEach(() => {
    clock = new VirtualClock();
    server = new MemoryLeaseServer();
    a = new Candidate('a', server, clock, 1);
    b = new Candidate('b', server, clock, 2);
  });

  /** `a` holds, `b` watches. */
  const settle = async () => {
    a.keeper.start();
    await clock.advanceUntil(() => a.holds);
    b.keeper.start();
    await clock.advance(5 * ttlMs);
  };

  /** Advances and sees to it that never two are certain at once. */
  const advanceSafely = async (ms: number, stepMs = 5) => {
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
      await clock.advance(stepMs);
      expect(a.holds && b.holds).toBe(false);
    }
  };

  it('is given to one, who keeps it', async () => {
    await settle();
    expect(a.holds).toBe(true);
    expect(a.log).toEqual(['acquired']);
    expect(b.log).toEqual([]);
  });

  it('is not taken before a missing record was watched for a whole TTL: the store may just have lost it', async () => {
    a.keeper.start();
    await clock.advance(ttlMs - 10);
    expect(a.holds).toBe(false);
    await clock.advance(pollMs);
    expect(a.holds).toBe(true);
  });

  it('goes over at once when it is released', async () => {
    await settle();
    await clock.resolve(a.keeper.stop());
    expect(a.log).toEqual(['acquired', 'lost: released']);
    await advanceSafely(pollMs + 10);
    expect(b.holds).toBe(true);
  });

  it('goes over at once also when it is given up during a renewal', async () => {
    await settle();
    // Served, but not answered yet.
    a.delayMs = 25;
    const { revision } = server;
    await clock.advanceUntil(() => server.revision > revision);
    await clock.resolve(a.keeper.stepDown('another is more alive'));
    await advanceSafely(pollMs + 10);
    expect(b.holds).toBe(true);
  });

  it('goes over after the TTL when its holder is cut off; the holder knows first', async () => {
    await settle();
    a.fate = 'unreachable';
    await advanceSafely(ttlMs + renewMs + pollMs);
    expect(a.log.at(-1)).toMatch(/^lost/);
    expect(b.holds).toBe(true);
    a.fate = 'ok';
    await advanceSafely(5 * ttlMs);
    expect([a.holds, b.holds]).toEqual([false, true]);
  });

  it('is certain for the TTL less the margin from the last confirmed renewal, and no longer', async () => {
    await settle();
    await clock.advanceUntil(() => server.records.get('ecs')!.revision % 2 === 0);
    a.fate = 'unreachable';
    await clock.advance(ttlMs - marginMs - renewMs - 20);
    expect(a.holds).toBe(true);
    await clock.advance(renewMs + 40);
    expect(a.holds).toBe(false);
  });

  it('survives answers that get lost: the record then is one of ours', async () => {
    await settle();
    a.fate = 'unanswered';
    await clock.advance(renewMs + 100);
    a.fate = 'ok';
    await advanceSafely(3 * ttlMs);
    expect(a.log).toEqual(['acquired']);
    expect(a.holds).toBe(true);
  });

  it('stays with its holder when the store loses its memory', async () => {
    await settle();
    for (let i = 0; i < 5; i++) {
      server.forget();
      await advanceSafely(1_300);
    }
    expect(a.log).toEqual(['acquired']);
    expect(b.log).toEqual([]);
  });

  it('stays with one holder when the store loses its memory between any two looks of who watches', async () => {
    await settle();
    for (let passedMs = 0; passedMs < 5 * ttlMs; passedMs += 5) {
      if (server.records.size > 0) server.forget();
      await advanceSafely(5);
    }
    await advanceSafely(ttlMs);
    expect([a.holds, b.holds]).toEqual([true, false]);
    expect(b.log).toEqual([]);
  });

  it('is not taken on a record that only looks the same, because the store began to count anew', async () => {
    await settle();
    const watched = server.records.get('ecs')!.revision;
    b.fate = 'unreachable';
    server.forget();
    await clock.advanceUntil(() => server.records.get('ecs')?.revision === watched, 120_000);
    b.fate = 'ok';
    await advanceSafely(pollMs + 20);
    expect(b.log).toEqual([]);
    expect(a.holds).toBe(true);
  });

  it('is left to others for a TTL after stepping down', async () => {
    await settle();
    await clock.resolve(a.keeper.stepDown('a conflict'));
    await advanceSafely(ttlMs / 2);
    expect([a.holds, b.holds]).toEqual([false, true]);
  });

  it('never has two certain holders, whatever gets lost', async () => {
    const random = seededRandom(7);
    a.keeper.start();
    b.keeper.start();
    let acquisitions = 0;
    for (let i = 0; i < 120; i++) {
      for (const candidate of [a, b])
        candidate.fate = (['ok', 'ok', 'unanswered', 'unreachable'] as const)[Math.floor(random.next() * 4)]!;
      if (random.next() < 0.05) server.forget();
      await advanceSafely(random.next() * 1_500, 20);
    }
    acquisitions = [...a.log, ...b.log].filter((line) => line === 'acquired').length;
    expect(acquisitions).toBeGreaterThan(5);
    a.fate = b.fate = 'ok';
    await advanceSafely(3 * ttlMs);
    expect([a.holds, b.holds].filter(Boolean)).toHaveLength(1);
  });
});
