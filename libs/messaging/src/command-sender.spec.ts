import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { Bus, RequestOutcome } from './bus.js';
import { CommandSender } from './command-sender.js';
import { fromJson, toJson } from './json.js';
import type { CommandReply, CommandRequest } from './protocol.js';

const request: CommandRequest = {
  id: 'c1',
  principal: 'p',
  accountId: '111122223333',
  region: 'eu-central-1',
  requestId: 'r1',
  operation: 'CreateCluster',
  input: {},
};
const reply = (answer: CommandReply): RequestOutcome => ({ outcome: 'reply', payload: toJson(answer), headers: {} });

describe('a command on its way to the writer', () => {
  let clock: VirtualClock;
  let outcomes: RequestOutcome[];
  let tries: { subject: string; id: string; timeoutMs: number; atMs: number }[];
  let sender: CommandSender;

  beforeEach(() => {
    clock = new VirtualClock();
    outcomes = [];
    tries = [];
    const bus = {
      request: async (subject: string, payload: Uint8Array, { timeoutMs }: { timeoutMs: number }) => {
        tries.push({ subject, id: (fromJson(payload) as CommandRequest).id, timeoutMs, atMs: clock.monotonicMs() });
        const outcome = outcomes.shift() ?? { outcome: 'failed', error: new Error('closed') };
        if (outcome.outcome === 'timeout') await clock.sleep(timeoutMs);
        return outcome;
      },
    } as unknown as Bus;
    sender = new CommandSender(bus, 'ecs', 'scheduler', clock);
  });
  const send = (deadlineAtMs = clock.monotonicMs() + 8_000) => clock.resolve(sender.send('CreateCluster', request, deadlineAtMs));

  it('names actor and command in the subject', async () => {
    outcomes = [reply({ output: 1, revision: 7 })];
    expect(await send()).toEqual({ output: 1, revision: 7 });
    expect(tries).toEqual([{ subject: 'cmd.ecs.scheduler.CreateCluster', id: 'c1', timeoutMs: 3_000, atMs: 0 }]);
  });

  it('is repeated under its id until a writer has decided it', async () => {
    outcomes = [
      { outcome: 'no-responders' },
      reply({ unavailable: 'the lease is in doubt' }),
      { outcome: 'timeout' },
      { outcome: 'failed', error: new Error('draining') },
      reply({ rejection: { code: 'ClientException', message: 'no', status: 400 }, revision: 3 }),
    ];
    expect(await send()).toMatchObject({ rejection: { code: 'ClientException' }, revision: 3 });
    expect(tries.map(({ id }) => id)).toEqual(['c1', 'c1', 'c1', 'c1', 'c1']);
    expect(tries.map(({ atMs }) => atMs)).toEqual([0, 10, 30, 3_070, 3_150]);
  });

  it('is given up at the deadline, and never waits longer for one answer than until then', async () => {
    outcomes = [{ outcome: 'timeout' }, { outcome: 'timeout' }];
    expect(await send(clock.monotonicMs() + 4_000)).toEqual({ unavailable: 'no writer answered for the ecs journal' });
    expect(tries.map(({ timeoutMs }) => timeoutMs)).toEqual([3_000, 990]);
  });

  it('leaves the process room when every try fails at once', async () => {
    expect(await send(clock.monotonicMs() + 2_000)).toHaveProperty('unavailable');
    expect(tries.length).toBeLessThan(20);
  });
});
