import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Step } from '#lib/ecs/explain';
import { ExplainWorld } from '../../../../test/support/explain-world.js';

let world: ExplainWorld;
beforeEach(() => {
  world = new ExplainWorld();
});

const ROOT = 'arn:aws:iam::000000000000:root';
const breaker = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };
const whats = (steps: readonly Step[]) => steps.map(({ what }) => what);

describe('the story of a service', () => {
  it('says what it has, how it came there, and that nothing is in the way', async () => {
    world.create(breaker);
    world.becomeSteady();
    const { summary, service, steps } = await world.explain({ service: 'web' });
    expect(summary).toBe('Steady: 2 of 2 wanted tasks healthy, all of web:1.');
    expect(service).toMatchObject({
      steady: true,
      obstacles: [],
      waitsFor: [],
      deployments: [{ status: 'PRIMARY', running: 2, failureThreshold: 3, healthyAfterMs: 5_000, startedBy: { who: ROOT } }],
    });
    expect(whats(steps)).toEqual([
      expect.stringMatching(/^CreateService created the service with 2 tasks; started deployment ecs-svc\/\d+ of web:1$/),
      expect.stringMatching(/^the scheduler placed 2 tasks: [0-9a-f]{8} on instance \d{8}, /),
      expect.stringMatching(/^the scheduler completed deployment ecs-svc\/\d+; found the service steady$/),
    ]);
  });

  it('says which ends the scheduler answered, equal ones together', async () => {
    // A task of RunTask that stopped is none of them.
    world.create({ desiredCount: 3 });
    const [definition] = world.state.taskDefinitions.values();
    world.place(definition!.taskDefinitionArn, [world.instance('9'.repeat(32))]);
    const [alone] = world.state.tasks.values();
    world.containerEnds(alone!, { exitCode: 9 });
    world.becomeSteady();
    for (const [i, task] of world.live.entries()) world.containerEnds(task, { exitCode: i === 0 ? 2 : 7 });
    world.settle();
    const { steps } = await world.explain({ service: 'web' });
    expect(steps.at(-1)!.because!.split('; ').sort()).toEqual([
      expect.stringMatching(/^2 tasks stopped \([0-9a-f]{8}, [0-9a-f]{8}\): its essential container web exited with code 7$/),
      expect.stringMatching(/^task [0-9a-f]{8} stopped: its essential container web exited with code 2$/),
    ]);
  });

  it('says until when time alone makes its tasks healthy', async () => {
    world.create({ desiredCount: 1 });
    world.settle();
    world.obey();
    const startedMs = Date.parse(world.live[0]!.runningSince!);
    const { service } = await world.explain({ service: 'web' });
    expect(service!.obstacles[0]!.what).toBe('1 task is RUNNING and does not count as healthy yet.');
    expect(service!.waitsFor).toEqual([
      { what: expect.stringMatching(/ to become healthy$/), until: new Date(startedMs + 5_000).toISOString() },
    ]);
  });

  it('asks every instance of one that has no place, and puts equal refusals together', async () => {
    const obstacle = async () => (await world.explain({ service: 'web' })).service!.obstacles[0]!;
    world.given('CreateCluster', { clusterName: 'default' });
    world.create({ desiredCount: 1 }, 0);
    expect(await obstacle()).toMatchObject({
      what: '1 task is missing: the cluster has no container instance.',
      details: ['the cluster had no container instance'],
    });
    for (const memoryMiB of [64, 100]) {
      const resources = { cpu: 64, memoryMiB, gpu: 0, portsTcp: [], portsUdp: [] };
      world.instance(String(memoryMiB).padStart(32, '0'), { resources });
    }
    const silent = world.instance('3'.repeat(32));
    world.given('SetAgentConnectivity', { containerInstanceArns: [silent], connected: false }, 'health-monitor');
    expect((await obstacle()).placement).toMatchObject({
      asked: 3,
      willing: 0,
      refusals: [
        { count: 2, reason: 'RESOURCE:MEMORY', why: 'needs 128 MiB of memory, most free 100' },
        { count: 1, reason: 'AGENT', containerInstanceArns: [silent] },
      ],
    });
    world.instance('4'.repeat(32));
    expect((await obstacle()).what).toMatch(/^1 task is missing, and the scheduler is about to place it/);
  });

  it('says so when no instance takes a task, with what to change', async () => {
    world.create();
    world.becomeSteady();
    world.definition([{ name: 'web', image: 'web', memory: 4_096 }]);
    world.given('UpdateService', { service: 'web', taskDefinition: 'web:2' });
    world.settle();
    const { service } = await world.explain({ service: 'web' });
    expect(service!.obstacles[0]).toMatchObject({
      what: '2 tasks are missing: no container instance takes one now.',
      details: [
        '0 of 2 container instances would take it',
        '2 refuse, RESOURCE:MEMORY: needs 4096 MiB of memory, most free 1920 (11111111, 22222222)',
        expect.stringContaining('minimumHealthyPercent is 100 of 2 desired tasks. Lower it, or add capacity.'),
      ],
    });
    expect(service!.waitsFor).toEqual([{ what: expect.stringMatching(/^a container instance that takes a task/) }]);
  });

  it('says which numbers never let it progress', async () => {
    world.create({ desiredCount: 1, deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 150 } });
    world.becomeSteady();
    world.given('UpdateService', { service: 'web', forceNewDeployment: true });
    world.settle();
    const { service } = await world.explain({ service: 'web' });
    expect(service!.obstacles[0]!.what).toMatch(/^Was unable to stop or start tasks .* no more than 1\.$/);
  });

  it('follows a revision whose tasks fail: pause, circuit breaker, rollback', async () => {
    world.create(breaker);
    world.becomeSteady();
    world.definition();
    world.given('UpdateService', { service: 'web', taskDefinition: 'web:2' });
    const ofSecond = () => world.live.filter((task) => task.taskDefinitionArn.endsWith('web:2'));
    world.settle();
    for (const task of ofSecond()) world.failsToStart(task);
    world.settle();
    const paused = await world.explain({ service: 'web' });
    expect(paused.service!.obstacles[0]!.what).toMatch(/^2 tasks are missing: 2 tasks failed in a row, so the next start waits /);
    expect(paused.service!.waitsFor[0]).toMatchObject({ what: 'the pause after its last failure', until: expect.any(String) });
    expect(paused.service!.deployments[0]).toMatchObject({
      failedTasks: 2,
      failureThreshold: 3,
      throttledUntil: expect.any(String),
    });
    world.wait(60_000);
    world.settle();
    world.failsToStart(ofSecond()[0]!);
    world.becomeSteady();
    const { steps, service } = await world.explain({ service: 'web' });
    expect(whats(steps).find((what) => what.includes('FAILED'))).toMatch(
      /^the scheduler ended deployment ecs-svc\/\d+ as FAILED \(ECS deployment circuit breaker: .*; went back to deployment ecs-svc\/\d+$/,
    );
    expect(service!.failures).toMatchObject([{ count: 3, why: 'it failed to start: CannotPullContainerError: no such image' }]);
    expect(steps.find(({ because }) => because?.includes('went back'))).toBeDefined();
  });

  it('says that protected tasks are what keeps it from scaling in, and until when', async () => {
    world.create();
    world.becomeSteady();
    const tasks = world.live.map(({ taskArn }) => taskArn);
    world.given('UpdateTaskProtection', { cluster: 'default', tasks, protectionEnabled: true, expiresInMinutes: 10 });
    const until = world.live[0]!.protectedUntil;
    world.given('UpdateService', { service: 'web', desiredCount: 1 });
    world.settle();
    const { service } = await world.explain({ service: 'web' });
    expect(service!.obstacles.map(({ what }) => what)).toEqual([
      '1 task more than wanted.',
      '2 tasks are protected and may not be stopped.',
    ]);
    expect(service!.waitsFor).toContainEqual({ what: expect.stringMatching(/^the protection of task /), until });
    const { steps } = await world.explain({ task: tasks[0] });
    expect(steps.at(-1)).toMatchObject({ what: `UpdateTaskProtection protected it until ${until}`, who: ROOT });
  });

  it('says of a DAEMON which host has none, and why', async () => {
    world.create({ schedulingStrategy: 'DAEMON', desiredCount: undefined });
    world.settle();
    world.obey();
    world.wait(10_000);
    world.settle();
    expect((await world.explain({ service: 'web' })).summary).toBe('Steady: 2 of 2 wanted tasks healthy, all of web:1.');
    world.instance('3'.repeat(32), { resources: { cpu: 64, memoryMiB: 64, gpu: 0, portsTcp: [], portsUdp: [] } });
    const { service } = await world.explain({ service: 'web' });
    expect(service!.obstacles).toMatchObject([
      {
        what: '1 task is missing: no container instance takes one now.',
        placement: { asked: 1, willing: 0, refusals: [{ reason: 'RESOURCE:MEMORY' }] },
      },
    ]);
  });

  it('tells of task sets what it tells of deployments', async () => {
    world.create({ deploymentController: { type: 'EXTERNAL' }, taskDefinition: undefined });
    expect((await world.explain({ service: 'web' })).summary).toBe(
      'It has no task set, so it runs nothing: CreateTaskSet makes one.',
    );
    const set = { cluster: 'default', service: 'web' };
    world.given('CreateTaskSet', {
      ...set,
      taskDefinition: 'web',
      scale: { value: 100, unit: 'PERCENT' },
      healthyAfterMs: 5_000,
    });
    const [taskSet] = world.state.taskSets.values();
    world.settle();
    const starting = (await world.explain({ service: 'web' })).service!;
    expect(starting.obstacles[0]!.what).toBe(`task set ${taskSet!.id}: 2 tasks have a place and are not RUNNING yet.`);
    expect(starting.deployments).toMatchObject([
      { id: taskSet!.id, rolloutState: 'STABILIZING', wanted: 2, startedBy: { who: ROOT } },
    ]);
    world.obey();
    world.wait(10_000);
    world.settle();
    world.given('UpdateTaskSet', { ...set, taskSet: taskSet!.id, scale: { value: 50, unit: 'PERCENT' } });
    world.settle();
    const { steps } = await world.explain({ service: 'web' });
    expect(whats(steps)).toContain(`CreateTaskSet created task set ${taskSet!.id} of web:1 at 100 %`);
    expect(whats(steps)).toContain(`UpdateTaskSet scaled task set ${taskSet!.id} to 50 %`);
    expect(steps.at(-1)!.because).toMatch(/^its task set was scaled or deleted \(UpdateTaskSet by /);
  });

  it('says of a task that moved where its replacement is, and what made it move', async () => {
    const setSecond = (status: string) =>
      world.given('UpdateContainerInstancesState', { containerInstances: ['2'.repeat(32)], status });
    world.create();
    world.becomeSteady();
    setSecond('DRAINING');
    world.becomeSteady();
    setSecond('ACTIVE');
    world.becomeSteady();
    const { steps } = await world.explain({ service: 'web' });
    const stop = steps.findLast(({ what }) => what.includes('stop'));
    expect(stop!.because).toMatch(/^task [0-9a-f]{8} took its place on container instance 22222222 to rebalance the service$/);
  });

  it('says of a DAEMON’s task that its host is admitted no more', async () => {
    const placementConstraints = [{ type: 'memberOf', expression: 'attribute:disk !exists' }];
    world.create({ schedulingStrategy: 'DAEMON', desiredCount: undefined, placementConstraints });
    world.becomeSteady();
    world.given('PutAttributes', { attributes: [{ name: 'disk', value: 'ssd', targetId: '2'.repeat(32) }] });
    world.becomeSteady();
    const { steps } = await world.explain({ service: 'web' });
    expect(steps.findLast(({ what }) => what.includes('stop'))!.because).toMatch(/^its instance no longer meets /);
  });

  it('tells who scaled and who deleted it', async () => {
    world.create();
    world.becomeSteady();
    world.given('UpdateService', { service: 'web', desiredCount: 5 });
    world.given('DeleteService', { service: 'web', force: true });
    world.settle();
    const { steps, summary } = await world.explain({ service: 'web' });
    expect(summary).toBe('It was deleted and is DRAINING: its tasks are being stopped.');
    expect(whats(steps)).toContain('UpdateService set desiredCount from 2 to 5');
    expect(whats(steps)).toContain('DeleteService deleted the service');
    expect(steps.at(-1)!.because).toMatch(/^the service was deleted \(DeleteService by /);
  });
});
