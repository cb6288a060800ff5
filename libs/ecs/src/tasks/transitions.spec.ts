import type { TaskStatus } from '../model/task.js';
import { isAfter, mayMove } from './transitions.js';

const ACTORS = ['scheduler', 'state-store', 'health-monitor', 'load-balancer', 'gateway', 'agent', 'autoscaler'];
const STATUSES: readonly TaskStatus[] = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
];
const who = (from: TaskStatus, to: TaskStatus) => ACTORS.filter((actor) => mayMove(actor, from, to));

describe('who may move a task', () => {
  it.each([
    ['PENDING', 'ACTIVATING', ['health-monitor']],
    ['PENDING', 'RUNNING', ['health-monitor']],
    ['ACTIVATING', 'RUNNING', ['load-balancer']],
    ['ACTIVATING', 'DEACTIVATING', ['scheduler', 'state-store']],
    ['RUNNING', 'DEACTIVATING', ['scheduler', 'state-store']],
    ['RUNNING', 'STOPPING', ['health-monitor']],
    ['DEACTIVATING', 'STOPPING', ['state-store', 'health-monitor', 'load-balancer']],
    ['DEACTIVATING', 'STOPPED', ['state-store', 'health-monitor', 'autoscaler']],
    ['STOPPING', 'STOPPED', ['state-store', 'health-monitor', 'autoscaler']],
    ['STOPPING', 'DEPROVISIONING', ['health-monitor']],
    ['DEPROVISIONING', 'STOPPED', ['state-store', 'health-monitor', 'autoscaler']],
  ] as const)('from %s to %s', (from, to, actors) => {
    expect(who(from, to)).toEqual(actors);
  });

  it('only ever onwards', () => {
    for (const from of STATUSES)
      for (const to of STATUSES) if (!isAfter(to, from)) expect([from, to, who(from, to)]).toEqual([from, to, []]);
  });
});
