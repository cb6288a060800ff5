import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { TaskRecord } from './domain/task-record.js';
import { TaskSweep } from './task-sweep.js';

/** A task that is over, and whose end the control plane knows. */
const over = (taskArn: string, clock: VirtualClock): TaskRecord =>
  ({
    taskArn,
    status: 'STOPPED',
    stoppedAt: new Date(clock.now()).toISOString(),
    sequence: 3,
    acknowledgedSequence: 3,
  }) as unknown as TaskRecord;

describe('a sweep', () => {
  it('that begins while another is at work does nothing twice, and neither complains', async () => {
    const clock = new VirtualClock();
    const said: string[] = [];
    const logger = pino({ base: null }, { write: (line: string) => void said.push(line) });
    const done: string[] = [];
    let goOn = (): void => {};
    const slow = new Promise<void>((resolve) => (goOn = resolve));
    const runner = (taskArn: string, until?: Promise<void>) => ({
      record: over(taskArn, clock),
      cleanUp: async () => {
        await until;
        done.push(taskArn);
      },
    });
    const runners = new Map([
      ['a', runner('a', slow)],
      ['b', runner('b')],
    ]);
    const sweep = new TaskSweep({
      clock,
      logger,
      signal: new AbortController().signal,
      runners,
      definitions: { wasSwept: true, sweep: async () => undefined },
      assigned: () => [],
      keptForMs: 0,
      isShipped: () => true,
    });
    const first = sweep.sweep();
    await sweep.sweep();
    expect(done).toEqual(['b']);
    goOn();
    await first;
    expect({ done, left: runners.size, said }).toEqual({ done: ['b', 'a'], left: 0, said: [] });
  });
});
