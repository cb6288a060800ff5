import { beforeEach, describe, expect, it } from '@jest/globals';
import { createEcsStore, type EcsState } from '#lib/ecs/model';
import { ecs } from '#lib/ecs';
import { Fold, MemoryJournal, MemoryJournalServer, type Revision } from '#lib/journal';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { PAST_LIMITS, PastBusyError, PastStates } from './past-states.js';

describe('states of the past', () => {
  let clock: VirtualClock;
  let begun: number[];
  let underWay: number;
  let mostUnderWay: number;
  let states: PastStates<EcsState>;
  const limits = { ...PAST_LIMITS, queued: 4 };

  beforeEach(() => {
    clock = new VirtualClock();
    begun = [];
    underWay = mostUnderWay = 0;
    const server = new MemoryJournalServer('ecs', 'j1');
    for (let i = 0; i < 20; i++) {
      const at = new Date(clock.now() + i * 1_000).toISOString();
      const commit = { v: 1, journalId: 'j1', commitId: `c${i}`, at, writer: 'w', transactions: [] };
      server.store(JSON.stringify(commit), i as Revision);
    }
    const newFold = async (upTo: Revision) => {
      begun.push(upTo);
      mostUnderWay = Math.max(mostUnderWay, ++underWay);
      await clock.sleep(6_000);
      underWay--;
      return new Fold<EcsState>({ name: 'ecs', journalId: 'j1', store: createEcsStore(), decider: ecs.decider, clock });
    };
    states = new PastStates(new MemoryJournal(server, { clock }), newFold, clock, limits);
  });
  const ask = (revision: number, accountId = 'a', signal?: AbortSignal) => states.at({ revision }, { accountId, signal });
  /** As the gateway does: attempts of four seconds, one after another. */
  const askPatiently = async (revision: number): Promise<'answered' | 'given up'> => {
    for (let attempt = 0; attempt < 5; attempt++) {
      const controller = new AbortController();
      const cancel = clock.after(4_000, () => controller.abort(new Error('too late')));
      const answer = await ask(revision, 'a', controller.signal).catch(() => undefined);
      cancel();
      if (answer) return 'answered';
      await clock.sleep(20);
    }
    return 'given up';
  };

  it('are folded once for all who ask for the same moment, and kept', async () => {
    const [one, other] = await clock.resolve(Promise.all([ask(3), ask(3, 'b')]));
    expect(one).toBe(other);
    expect(one.at).toBe('2026-11-23T12:00:02.000Z');
    expect(await clock.resolve(ask(3))).toBe(one);
    expect(begun).toEqual([3]);
  });

  it('that each take longer than an attempt are all answered, two folds at a time and none begun twice', async () => {
    const answers = await clock.resolve(Promise.all([3, 4, 5, 6].map(askPatiently)));
    expect(answers).toEqual(Array<string>(4).fill('answered'));
    expect(begun).toEqual([3, 4, 5, 6]);
    expect(mostUnderWay).toBe(2);
  });

  it('are not folded when nobody waits any more', async () => {
    const controller = new AbortController();
    const asked = [3, 4, 5].map((revision) => ask(revision, 'a', controller.signal).catch(String));
    await clock.advance(10);
    controller.abort(new Error('gone'));
    expect(await Promise.all(asked)).toEqual(Array<string>(3).fill('Error: gone'));
    await clock.advance(60_000);
    expect(begun).toEqual([3, 4]);
    expect(underWay).toBe(0);
  });

  it('are refused to an account that asks for too many, and others still get their turn before its next one', async () => {
    const first = [3, 4, 5, 6].map((revision) => ask(revision));
    await clock.advance(10);
    await expect(ask(7)).rejects.toThrow(PastBusyError);
    const others = ask(8, 'b');
    await clock.resolve(Promise.all([...first, others]));
    expect(begun).toEqual([3, 4, 8, 5, 6]);
  });

  it('that could not be folded are tried again by the next who asks', async () => {
    let isAway = true;
    const broken = new PastStates(
      { head: () => Promise.resolve(9 as Revision) } as unknown as MemoryJournal,
      () => (isAway ? Promise.reject(new Error('the broker is away')) : Promise.reject(new Error('tried again'))),
      clock,
    );
    await expect(broken.at({ revision: 3 }, { accountId: 'a' })).rejects.toThrow('the broker is away');
    isAway = false;
    await expect(broken.at({ revision: 3 }, { accountId: 'a' })).rejects.toThrow('tried again');
  });
});
