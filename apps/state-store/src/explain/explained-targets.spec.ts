import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Task } from '#lib/ecs/model';
import { BALANCED, behind, DELAY_MS, GROUP, webContainer } from '../../../../test/support/balanced-world.js';
import { ExplainWorld } from '../../../../test/support/explain-world.js';

let world: ExplainWorld;
let task: Task;
beforeEach(() => {
  world = new ExplainWorld();
  world.instance();
  world.definition([webContainer()]);
  world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, ...BALANCED });
  world.settle();
  [task] = world.tasks as [Task];
  world.report(task, 'RUNNING');
});

const tell = (report: object) =>
  world.given('RecordTargets', { targets: [{ taskArn: task.taskArn, ...behind(GROUP), ...report }] }, 'load-balancer');
const waits = async (subject: object) => {
  const { task: now, service } = await world.explain(subject);
  return (now ?? service)!.waitsFor;
};
const ofTask = () => waits({ task: task.taskArn });
const ofService = () => waits({ service: 'web' });
const named = () => `task ${task.taskArn.slice(-32).slice(0, 8)}: `;

describe('what a task behind a load balancer waits for', () => {
  it('is its registration, and why that cannot be', async () => {
    expect(await ofTask()).toEqual([{ what: 'the load balancer to register it in target group web' }]);
    tell({ reason: 'The target group does not exist' });
    const what = 'the load balancer to register it in target group web (The target group does not exist)';
    expect(await ofTask()).toEqual([{ what }]);
    expect(await ofService()).toEqual([{ what: named() + what }]);
  });

  it('are its health checks, with what they find', async () => {
    tell({ state: 'registered', deregistrationDelayMs: DELAY_MS });
    expect(await ofTask()).toEqual([{ what: 'the health checks of target group web to pass: initial' }]);
    tell({ health: 'unhealthy', reason: 'Request timed out' });
    expect(await ofTask()).toEqual([{ what: 'the health checks of target group web to pass: unhealthy (Request timed out)' }]);
    tell({ health: 'healthy' });
    expect(await ofTask()).toEqual([]);
  });

  it('is the end of its connections, and when that is at the latest', async () => {
    tell({ state: 'registered', deregistrationDelayMs: DELAY_MS });
    world.given('StopTask', { task: task.taskArn });
    const until = world.state.tasks.get(task.taskArn)!.drainDeadlineAt;
    const what = 'its connections from target group web to end, before its containers are stopped';
    expect(await ofTask()).toEqual([{ what, until }]);
    expect(await ofService()).toContainEqual({ what: named() + what, until });
  });
});

it('a service says that targets are what makes its tasks healthy', async () => {
  const { service } = await world.explain({ service: 'web' });
  expect(service!.deployments[0]).toMatchObject({ healthyWhen: 'its targets are healthy' });
  expect(service!.deployments[0]).not.toHaveProperty('healthyAfterMs');
});

it('a service says what is wrong with the targets of a task that is replaced', async () => {
  tell({ state: 'registered', deregistrationDelayMs: DELAY_MS });
  tell({ health: 'unhealthy', reason: 'Health checks failed with these codes: [404]' });
  const { service } = await world.explain({ service: 'web' });
  expect(service!.obstacles).toContainEqual({
    what: '1 task is UNHEALTHY and is replaced.',
    details: [
      task.taskArn.slice(-32).slice(0, 8),
      'web:80 in target group web is unhealthy (Health checks failed with these codes: [404])',
    ],
  });
});

it('the story of a task tells what the load balancer did with it', async () => {
  tell({ state: 'registered', deregistrationDelayMs: DELAY_MS });
  tell({ health: 'unhealthy', reason: 'Request timed out' });
  world.given('StopTask', { task: task.taskArn, reason: 'enough' });
  tell({ state: 'drained' });
  const { steps } = await world.explain({ task: task.taskArn });
  const told = steps.slice(2).map(({ what, details = [] }) => [what, ...details].join(' | '));
  expect(told).toEqual([
    'ACTIVATING',
    'RUNNING | web:80 in target group web is registered; its first health checks are under way',
    'web:80 in target group web is unhealthy (Request timed out)',
    'StopTask asked it to stop: enough (UserInitiated)',
    'DEACTIVATING',
    'STOPPING | web:80 in target group web is drained',
  ]);
});
