import { describe, expect, it } from '@jest/globals';
import { BEFORE_ALL, type Commit, Fold, type Revision } from '#lib/journal';
import { silentLogger } from '#lib/platform';
import { newToyStore, toyDecider, type ToyState } from '../../../test/support/toy-domain.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { serveOperation } from './api-server.js';
import type { Bus, BusRequest } from './bus.js';
import { foldedBy } from './folded.js';
import { fromJson, toJson } from './json.js';

const barrier = (): Commit => ({
  v: 1,
  journalId: 'j1',
  commitId: 'c',
  at: '2026-11-23T12:00:00.000Z',
  writer: 'w',
  transactions: [],
});

function app() {
  const clock = new VirtualClock();
  const fold = new Fold<ToyState>({ name: 'ecs', journalId: 'j1', store: newToyStore(), decider: toyDecider, clock });
  let take: (message: BusRequest) => void = () => undefined;
  const bus = {
    subscribe: (_subject: string, handler: (message: BusRequest) => void) => {
      take = handler;
      return { drain: () => Promise.resolve() };
    },
  } as unknown as Bus;
  const deps = { bus, app: 'state-store', folded: foldedBy(fold), clock, logger: silentLogger };
  serveOperation(deps, { service: 'longshore', operation: 'ResolveAccessKey', kind: 'query' }, () =>
    Promise.resolve({ output: { foundAt: fold.revision } }),
  );
  const ask = () =>
    new Promise((resolve) => {
      const respond = (payload: Uint8Array) => resolve(fromJson(payload));
      take({ subject: 'api', payload: toJson({}), headers: {}, respond } as unknown as BusRequest);
    });
  return { clock, fold, ask };
}

describe('an app that is still folding the journal of its start', () => {
  it('answers unavailable, whatever its caller has seen, and never from the old state', async () => {
    const { clock, fold, ask } = app();
    fold.startedAt(3 as Revision);
    fold.apply(barrier(), 1 as Revision);
    expect(await clock.resolve(ask())).toEqual({ unavailable: 'state-store is still folding its journal, at {"ecs":1}' });
  });

  it('answers a request that waits as soon as the fold is there', async () => {
    const { clock, fold, ask } = app();
    fold.startedAt(2 as Revision);
    fold.apply(barrier(), 1 as Revision);
    const answer = ask();
    await clock.advance(500);
    fold.apply(barrier(), 2 as Revision);
    expect(await clock.resolve(answer)).toEqual({ output: { foundAt: 2 } });
  });

  it('answers unavailable while it does not know where its start is', async () => {
    const { clock, ask } = app();
    expect(await clock.resolve(ask())).toEqual({ unavailable: 'state-store is still folding its journal, at {"ecs":0}' });
  });

  it('lets its loops begin with the head of its start', async () => {
    const { clock, fold } = app();
    let begun = false;
    void fold.caughtUpWithStart.then(() => (begun = true));
    fold.startedAt(1 as Revision);
    await clock.advance(1);
    expect(begun).toBe(false);
    fold.apply(barrier(), 1 as Revision);
    await clock.advance(1);
    expect(begun).toBe(true);
    expect(fold.startHead).toBeGreaterThan(BEFORE_ALL);
  });
});
