import { describe, expect, it } from '@jest/globals';
import { nextRevision, revisions, rollouts, type ServiceWorld, steadyWorld } from '../../../../../test/support/service-world.js';
import type { Task } from '../../model/task.js';

const MINUTE_MS = 60_000;
const UNABLE =
  '(service web) was unable to reach steady state because task set (ecs-svc/n) was unable to scale in. ' +
  'Reason: The number of protected tasks are more than the desired count of tasks.';

const update = (world: ServiceWorld, tasks: readonly string[], more: object = {}) =>
  world.given<any>('UpdateTaskProtection', { cluster: 'default', tasks, protectionEnabled: true, ...more });
const protect = (world: ServiceWorld, tasks: readonly Task[], more: object = {}) =>
  update(
    world,
    tasks.map(({ taskArn }) => taskArn),
    more,
  );
const get = (world: ServiceWorld, tasks: readonly Task[]) =>
  world.query<any>('GetTaskProtection', { cluster: 'default', tasks: tasks.map(({ taskArn }) => taskArn) });
const arns = (tasks: readonly Task[]) => tasks.map(({ taskArn }) => taskArn);

describe('UpdateTaskProtection and GetTaskProtection', () => {
  it('protect for two hours unless told otherwise, tell until when, and take it back', () => {
    const world = steadyWorld();
    const [task] = world.live;
    const taskArn = task!.taskArn;
    const inMinutes = (minutes: number) => new Date(world.now + minutes * MINUTE_MS).toISOString();
    expect(get(world, [task!])).toEqual({ protectedTasks: [{ taskArn, protectionEnabled: false }], failures: [] });
    expect(protect(world, [task!])).toEqual({
      protectedTasks: [{ taskArn, protectionEnabled: true, expirationDate: inMinutes(120) }],
      failures: [],
    });
    protect(world, [task!], { expiresInMinutes: 1 });
    const protectedTasks = [{ taskArn, protectionEnabled: true, expirationDate: inMinutes(1) }];
    expect(get(world, [task!])).toMatchObject({ protectedTasks });
    world.wait(MINUTE_MS);
    expect(get(world, [task!])).toEqual({ protectedTasks: [{ taskArn, protectionEnabled: false }], failures: [] });
    protect(world, [task!]);
    expect(protect(world, [task!], { protectionEnabled: false })).toEqual({
      protectedTasks: [{ taskArn, protectionEnabled: false }],
      failures: [],
    });
    expect(get(world, [task!])).toMatchObject({ protectedTasks: [{ protectionEnabled: false }] });
  });

  it('name what is missing, no task of a service, or about to stop, and do the rest', () => {
    const world = steadyWorld({ desiredCount: 3 });
    const instance = world.live[0]!.containerInstanceArn;
    world.place(world.service.taskDefinitionArn!, [instance]);
    const standalone = [...world.state.tasks.values()].find(({ replica }) => !replica)!;
    const [kept, stopping] = world.live;
    world.given('StopTask', { task: stopping!.taskArn });
    const missing = 'f'.repeat(32);
    const answer = update(world, [kept!.taskArn, missing, standalone.taskArn, stopping!.taskArn]);
    expect(answer.protectedTasks).toEqual([expect.objectContaining({ taskArn: kept!.taskArn, protectionEnabled: true })]);
    expect(answer.failures.map(({ arn, reason }: any) => [arn, reason])).toEqual([
      [`arn:aws:ecs:us-east-1:000000000000:task/default/${missing}`, 'MISSING'],
      [standalone.taskArn, 'TASK_NOT_VALID'],
      [stopping!.taskArn, 'TASK_NOT_VALID'],
    ]);
    expect(get(world, [standalone])).toMatchObject({ protectedTasks: [], failures: [{ reason: 'TASK_NOT_VALID' }] });
  });

  it.each([
    [{ tasks: [] }, 'Tasks cannot be empty.'],
    [{ tasks: Array.from({ length: 11 }, (_, n) => String(n)) }, 'Tasks cannot have more than 10 elements.'],
    [{ tasks: ['a'], expiresInMinutes: 0 }, 'expiresInMinutes must be between 1 and 2880, but was 0.'],
    [{ tasks: ['a'], expiresInMinutes: 2881 }, 'expiresInMinutes must be between 1 and 2880, but was 2881.'],
    [{ tasks: ['a'], cluster: 'other' }, 'Cluster not found.'],
  ])('refuse %j', (more, message) => {
    const world = steadyWorld();
    const outcome = world.command('UpdateTaskProtection', { cluster: 'default', protectionEnabled: true, ...more });
    expect(outcome).toMatchObject({ rejection: { message } });
  });

  it('are not shown by DescribeTasks, as in ECS', () => {
    const world = steadyWorld();
    protect(world, world.live);
    const { tasks } = world.query<any>('DescribeTasks', { tasks: arns(world.live) });
    expect(Object.keys(tasks[0]).filter((name) => /protect/i.test(name))).toEqual([]);
  });
});

describe('a protected task', () => {
  it('stays when its service scales in, which stops others; more of them than wanted are named', () => {
    const world = steadyWorld({ desiredCount: 4 });
    const chosen = world.live.slice(1, 4);
    protect(world, chosen, { expiresInMinutes: 10 });
    world.given('UpdateService', { service: 'web', desiredCount: 3 });
    world.becomeSteady();
    expect(arns(world.live)).toEqual(arns(chosen));
    world.given('UpdateService', { service: 'web', desiredCount: 1 });
    expect(world.settle()).toBe(1);
    expect(arns(world.live)).toEqual(arns(chosen));
    expect(world.said.at(-1)).toBe(UNABLE);
    expect(world.wakeAtMs).toBe(Date.parse(world.live[0]!.protectedUntil!));
    world.wait(11 * MINUTE_MS);
    world.becomeSteady();
    expect(world.live).toHaveLength(1);
  });

  it('keeps its deployment ACTIVE, and the new one in progress, until it is unprotected', () => {
    const world = steadyWorld();
    const [old] = world.live;
    protect(world, [old!]);
    nextRevision(world);
    for (let round = 0; round < 5; round++) {
      world.settle();
      world.obey();
      world.wait(5_000);
    }
    expect(revisions(world.live)).toBe('122');
    expect(rollouts(world)).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE COMPLETED']);
    expect(world.said.filter((line) => line === UNABLE)).toHaveLength(1);
    protect(world, [old!], { protectionEnabled: false });
    world.becomeSteady();
    expect(revisions(world.live)).toBe('22');
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('cannot be protected for longer once the deployment waits for nothing else', () => {
    const world = steadyWorld();
    const [first, second] = world.live;
    protect(world, [first!]);
    nextRevision(world);
    world.settle();
    // The other one of the old tasks is not protected: nothing is blocked yet.
    expect(protect(world, [second!]).failures).toEqual([]);
    const again = protect(world, [first!, second!]);
    expect(again.failures.map(({ reason }: any) => reason)).toEqual(['DEPLOYMENT_BLOCKED', 'DEPLOYMENT_BLOCKED']);
    expect(protect(world, [first!], { protectionEnabled: false }).failures).toEqual([]);
    const fresh = world.live.filter(({ taskDefinitionArn }) => taskDefinitionArn.endsWith(':2'));
    expect(protect(world, fresh).failures).toEqual([]);
  });

  it('stays on an instance that drains, until its protection ends', () => {
    const world = steadyWorld();
    const [task] = world.live;
    protect(world, [task!], { expiresInMinutes: 5 });
    const containerInstances = [task!.containerInstanceArn];
    world.given('UpdateContainerInstancesState', { containerInstances, status: 'DRAINING' });
    for (let round = 0; round < 5; round++) {
      world.settle();
      world.obey();
      world.wait(5_000);
    }
    expect(arns(world.live)).toContain(task!.taskArn);
    world.wait(5 * MINUTE_MS);
    world.becomeSteady();
    expect(arns(world.live)).not.toContain(task!.taskArn);
  });

  it('goes with StopTask, and with its service', () => {
    const world = steadyWorld();
    protect(world, world.live);
    const [first] = world.live;
    world.given('StopTask', { task: first!.taskArn });
    expect(world.live).toHaveLength(1);
    world.given('DeleteService', { service: 'web', force: true });
    world.settle();
    expect(world.live).toHaveLength(0);
  });

  it('cannot be protected for longer while more tasks are protected than the service wants', () => {
    const world = steadyWorld({ desiredCount: 3 });
    const [first, second, third] = world.live;
    protect(world, world.live);
    // As many as are wanted may be kept.
    expect(protect(world, world.live).failures).toEqual([]);
    world.given('UpdateService', { service: 'web', desiredCount: 1 });
    expect(protect(world, [first!]).failures).toMatchObject([{ arn: first!.taskArn, reason: 'DEPLOYMENT_BLOCKED' }]);
    protect(world, [second!, third!], { protectionEnabled: false });
    expect(protect(world, [first!]).failures).toEqual([]);
  });

  it('holds at most five deployments open', () => {
    const deploymentConfiguration = { maximumPercent: 200, minimumHealthyPercent: 0 };
    const world = steadyWorld({ desiredCount: 6, deploymentConfiguration });
    const protectOneOf = (revision: number) => {
      const [newest] = world.live.filter((task) => task.taskDefinitionArn.endsWith(`:${revision}`));
      expect(protect(world, [newest!]).failures).toEqual([]);
    };
    for (let revision = 1; revision < 5; revision++) {
      protectOneOf(revision);
      nextRevision(world);
      world.settle();
      world.obey();
      world.settle();
    }
    world.definition();
    const next = () => world.command('UpdateService', { service: 'web', taskDefinition: 'web' });
    protectOneOf(5);
    expect(next()).toMatchObject({
      rejection: { code: 'InvalidParameterException', message: expect.stringContaining('5 deployments exist on the service') },
    });
    const oldest = world.live.filter(({ taskDefinitionArn }) => taskDefinitionArn.endsWith(':1'));
    protect(world, oldest, { protectionEnabled: false });
    expect(next()).toHaveProperty('output');
  });
});
