import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiRequest } from '#lib/messaging';
import { silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { type AskedQuestion, type GivenUp, type PastThread, WorkerPastReader } from './past-reader.js';

class Thread extends EventEmitter {
  readonly got: (AskedQuestion | GivenUp)[] = [];
  postMessage(message: AskedQuestion | GivenUp): void {
    this.got.push(message);
  }
  terminate(): Promise<number> {
    return Promise.resolve(0);
  }
}

describe('the reader of the past', () => {
  let clock: VirtualClock;
  let threads: Thread[];
  let reader: WorkerPastReader;

  beforeEach(() => {
    clock = new VirtualClock();
    threads = [];
    const newThread = () => {
      threads.push(new Thread());
      return threads.at(-1) as unknown as PastThread;
    };
    reader = new WorkerPastReader(newThread, clock, silentLogger, () => 7);
  });
  const ask = (accountId = 'a') => {
    const context = { requestId: 'r', principal: 'p', accountId, region: 'x', deadlineAtMs: clock.monotonicMs() + 4_000 };
    return reader.query('ListTasks', { input: {}, context: { ...context, revisions: {} } } satisfies ApiRequest);
  };

  it('starts its thread with the first question, and gives each its own answer', async () => {
    expect(threads).toHaveLength(0);
    const [one, two] = [ask(), ask()];
    threads[0]!.emit('message', { id: 2, reply: { output: 'two' } });
    threads[0]!.emit('message', { id: 1, reply: { output: 'one' } });
    expect([await one, await two]).toEqual([{ output: 'one' }, { output: 'two' }]);
    expect(threads).toHaveLength(1);
  });

  it('asks for a past that is as long as what this replica has folded', () => {
    void ask();
    expect(threads[0]!.got).toMatchObject([{ id: 1, atLeast: 7 }]);
  });

  it('tells the thread what nobody waits for any more', async () => {
    expect(await clock.resolve(ask())).toHaveProperty('unavailable');
    expect(threads[0]!.got.at(-1)).toEqual({ givenUp: 1 });
  });

  it('asks who comes when many wait to come again, and one account sooner than all', async () => {
    const waiting = Array.from({ length: 8 }, () => ask('a'));
    const tooMany = { unavailable: 'many reads of the past are under way' };
    expect(await ask('a')).toEqual(tooMany);
    waiting.push(...Array.from({ length: 8 }, () => ask('b')));
    expect(await ask('c')).toEqual(tooMany);
    await clock.resolve(Promise.all(waiting));
    const again = ask('a');
    threads[0]!.emit('message', { id: 17, reply: { output: 1 } });
    expect(await again).toEqual({ output: 1 });
  });

  it('answers everybody when the thread ends, and the next question starts another one', async () => {
    const asked = ask();
    threads[0]!.emit('error', new Error('out of memory'));
    threads[0]!.emit('exit', 1);
    expect(await asked).toEqual({ unavailable: 'the reader of the past ended' });
    void ask();
    expect(threads).toHaveLength(2);
  });
});
