import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Revision, RevisionVector } from '#lib/journal';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { type ApiHandler, type ApiOperation, serveOperation } from './api-server.js';
import type { Bus, BusRequest, Subscription } from './bus.js';
import { fromJson, toJson } from './json.js';
import { apiHeaders } from './protocol.js';

const at = (revision: number) => ({ ecs: revision as Revision });

describe('an operation that an app serves', () => {
  let clock: VirtualClock;
  let folded: RevisionVector;
  let reaches: boolean;
  let handle: ((message: BusRequest) => void) | undefined;
  let subscription: Subscription;

  beforeEach(() => {
    clock = new VirtualClock();
    folded = at(5);
    reaches = true;
  });

  const serve = (handler: ApiHandler, kind: ApiOperation['kind'] = 'query') => {
    const bus = {
      subscribe: (_subject: string, take: (message: BusRequest) => void) => {
        handle = take;
        return { drain: () => Promise.resolve() };
      },
    } as unknown as Bus;
    const deps = {
      bus,
      app: 'state-store',
      folded: { revisions: () => folded, waitFor: () => Promise.resolve(reaches) },
      clock,
      logger: silentLogger,
    };
    subscription = serveOperation(deps, { service: 'ecs', operation: 'X', kind }, handler);
  };
  const ask = (headers: Record<string, string> = {}) =>
    new Promise<{ reply: unknown; revisions: RevisionVector }>((resolve) =>
      handle!({
        subject: 'api.ecs.X',
        payload: toJson({}),
        headers,
        respond: (payload, answered) =>
          resolve({ reply: fromJson(payload), revisions: JSON.parse(answered![apiHeaders.revisions]!) as RevisionVector }),
      }),
    );

  it('tells what the answer rests on: what is folded', async () => {
    serve(() => Promise.resolve({ output: 1 }));
    expect(await ask()).toEqual({ reply: { output: 1 }, revisions: at(5) });
  });

  it('tells the revision of the answer’s own commit although it is not folded here yet, and never less than what is folded', async () => {
    serve(() => Promise.resolve({ output: 1, revisions: at(9) }));
    expect(await ask()).toEqual({ reply: { output: 1 }, revisions: at(9) });
    folded = at(12);
    expect((await ask()).revisions).toEqual(at(12));
  });

  it('has as long as its caller waits, whatever the two clocks say', async () => {
    let leftMs = 0;
    serve(({ context }) => {
      leftMs = context.deadlineAtMs - clock.monotonicMs();
      return Promise.resolve({ output: 1 });
    });
    await ask({ [apiHeaders.timeout]: '1500' });
    expect(leftMs).toBe(1_500);
    await ask();
    expect(leftMs).toBe(10_000);
  });

  it('is unavailable where the caller’s own writes are not folded in time', async () => {
    serve(() => Promise.reject(new Error('not to be called')));
    reaches = false;
    expect((await ask({ [apiHeaders.revisions]: JSON.stringify(at(9)) })).reply).toHaveProperty('unavailable');
  });

  it('refuses to change the past, and answers also when its handler fails', async () => {
    serve(() => Promise.reject(new Error('a bug')), 'command');
    expect((await ask({ [apiHeaders.asOf]: 'ecs.r1' })).reply).toMatchObject({ rejection: { status: 400 } });
    expect((await ask()).reply).toMatchObject({ rejection: { code: 'ServerException', status: 500 } });
  });

  it('answers what is in hand before its end', async () => {
    let finish = () => {};
    serve(() => new Promise((resolve) => (finish = () => resolve({ output: 1 }))));
    const answered = ask();
    await clock.advance(0);
    let isDrained = false;
    const draining = subscription.drain().then(() => (isDrained = true));
    await clock.advance(10);
    expect(isDrained).toBe(false);
    finish();
    await answered;
    await draining;
  });
});
