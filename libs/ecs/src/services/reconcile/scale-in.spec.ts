import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { containerInstance, runningTask, world } from '../../../../../test/support/placement-world.js';
import type { PlacementStrategy } from '../../model/task-definition.js';
import type { Task } from '../../model/task.js';
import { byNumber, chooseToStop } from './scale-in.js';

const numbered = (host: number, number: number): Task => ({
  ...runningTask(number, containerInstance(host), 'service:web'),
  replica: { serviceArn: 'web', deploymentId: 'd', number, attempt: 0 } as Task['replica'],
});

describe('scale-in', () => {
  it('spread takes from where most tasks are, then the highest number, one after another', () => {
    const hosts = 7;
    const state = world({ instances: Array.from({ length: hosts }, (_, n) => containerInstance(n)) });
    const spread: PlacementStrategy[] = [{ type: 'spread', field: 'instanceId' }];
    fc.assert(
      fc.property(fc.array(fc.nat(hosts - 1), { maxLength: 40 }), fc.nat(45), (places, count) => {
        const tasks = places.map((host, number) => numbered(host, number));
        const left = new Set(tasks);
        for (const task of chooseToStop(state, spread, tasks, count)) {
          const on = (other: Task) => [...left].filter((t) => t.containerInstanceArn === other.containerInstanceArn).length;
          const [expected] = [...left].sort((a, b) => on(b) - on(a) || byNumber(a, b));
          expect(task).toBe(expected);
          left.delete(task);
        }
        expect(tasks.length - left.size).toBe(Math.min(count, tasks.length));
      }),
      { numRuns: 200 },
    );
  });
});
