import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Commit } from '#lib/journal';
import { EcsWorld } from '../../../../test/support/ecs-world.js';
import { asRead, publicEventsOf } from '../../../../test/support/public-events.js';
import { ServiceWorld } from '../../../../test/support/service-world.js';
import { TaskSetWorld } from '../../../../test/support/task-set-world.js';
import type { TaskSet } from '../model/task-sets.js';
import { describeTask } from '../tasks/describe.js';
import { comparePositions, parsePosition, type PublicEvent } from '#lib/kernel';

const ofType = (events: readonly PublicEvent[], type: string) => events.filter((event) => event['detail-type'] === `ECS ${type}`);
const names = (events: readonly PublicEvent[]) => events.map(({ detail }) => detail['eventName']);

/** A task that is placed, runs, and is reported as gone together with everything it passed. */
function lifeOfATask(): { world: EcsWorld; events: readonly PublicEvent[] } {
  const world = new EcsWorld();
  const instance = world.instance();
  world.place(world.definition(), [instance]);
  const [task] = [...world.state.tasks.values()];
  const at = '2026-11-23T12:00:05.000Z';
  const report = {
    taskArn: task!.taskArn,
    sequence: 1,
    status: 'STOPPED',
    containers: [{ name: 'web', lastStatus: 'STOPPED', exitCode: 3, networkBindings: [], healthStatus: 'UNKNOWN' }],
    healthStatus: 'UNKNOWN',
    startedAt: at,
    stoppingAt: at,
    stoppedAt: at,
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
  };
  world.given('RecordTaskProgress', { reports: [{ containerInstanceArn: instance, report }] }, 'health-monitor');
  return { world, events: publicEventsOf(world.commits) };
}

describe('the events of a task', () => {
  it('show every status that a cumulative report passed, once and in order', () => {
    const tasks = ofType(lifeOfATask().events, 'Task State Change');
    const status = ({ detail }: PublicEvent) => `${detail['version'] as number} ${detail['lastStatus'] as string}`;
    expect(tasks.map(status)).toEqual(['1 PENDING', '2 PENDING', '3 RUNNING', '4 STOPPING', '5 STOPPED']);
  });

  it('have the envelope of EventBridge, and the task as DescribeTasks shows it', () => {
    const { world, events } = lifeOfATask();
    const [task] = [...world.state.tasks.values()];
    const last = ofType(events, 'Task State Change').at(-1)!;
    expect(last).toMatchObject({
      version: '0',
      'detail-type': 'ECS Task State Change',
      source: 'aws.ecs',
      account: '000000000000',
      region: 'us-east-1',
      time: world.commits.at(-1)!.at,
      resources: [task!.taskArn],
    });
    const { tags: _tags, ...described } = asRead(describeTask(task!)) as Record<string, unknown>;
    expect(last.detail).toEqual({ ...described, updatedAt: world.commits.at(-1)!.at });
    expect(last.detail).toMatchObject({ stopCode: 'EssentialContainerExited', startedAt: '2026-11-23T12:00:05.000Z' });
  });

  it('stand beside those of its instance, whose resources it takes and gives back', () => {
    const instances = ofType(lifeOfATask().events, 'Container Instance State Change');
    const memory = ({ detail }: PublicEvent) =>
      (detail['remainingResources'] as { name: string; integerValue: number }[]).find(({ name }) => name === 'MEMORY')!
        .integerValue;
    expect(instances.map((one) => [one.detail['version'], memory(one), one.detail['runningTasksCount']])).toEqual([
      [1, 2048, 0],
      [2, 1920, 0],
      [3, 1920, 1],
      [4, 2048, 0],
    ]);
    expect(instances[0]!.detail).toMatchObject({
      agentConnected: true,
      status: 'ACTIVE',
      clusterArn: expect.stringMatching(/cluster\/default$/) as string,
    });
  });
});

it('an instance that loses its agent, drains and is deregistered says so', () => {
  const world = new EcsWorld();
  const containerInstanceArn = world.instance();
  world.given('SetAgentConnectivity', { containerInstanceArns: [containerInstanceArn], connected: false }, 'health-monitor');
  world.given('UpdateContainerInstancesState', { containerInstances: [containerInstanceArn], status: 'DRAINING' });
  world.given('DeregisterContainerInstance', { containerInstance: containerInstanceArn });
  const shown = publicEventsOf(world.commits).map(({ detail }) => [detail['status'], detail['agentConnected']]);
  expect(shown).toEqual([
    ['ACTIVE', true],
    ['ACTIVE', false],
    ['DRAINING', false],
    ['INACTIVE', false],
  ]);
});

describe('the events of a service', () => {
  it('tell of its deployment and of its steady state', () => {
    const world = new ServiceWorld();
    world.create();
    world.becomeSteady();
    const events = publicEventsOf(world.commits);
    const deployments = ofType(events, 'Deployment State Change');
    const { id } = world.service.deployments[0]!;
    expect(deployments.map(({ detail }) => detail)).toMatchObject([
      {
        eventType: 'INFO',
        eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS',
        deploymentId: id,
        reason: `ECS deployment ${id} in progress.`,
      },
      {
        eventType: 'INFO',
        eventName: 'SERVICE_DEPLOYMENT_COMPLETED',
        deploymentId: id,
        reason: `ECS deployment ${id} completed.`,
      },
    ]);
    const actions = ofType(events, 'Service Action');
    expect(actions.map(({ detail }) => detail)).toMatchObject([
      { eventType: 'INFO', eventName: 'SERVICE_STEADY_STATE', clusterArn: world.service.clusterArn, createdAt: actions[0]!.time },
    ]);
    expect([...deployments, ...actions].every(({ resources }) => resources[0] === world.service.serviceArn)).toBe(true);
  });

  it('tell of a failed deployment and of the one it goes back to', () => {
    const world = new ServiceWorld();
    world.create({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } });
    world.becomeSteady();
    const good = world.service.deployments[0]!.id;
    world.definition([{ name: 'web', image: 'broken', memory: 128 }]);
    world.given('UpdateService', { service: 'web', taskDefinition: 'web:2', healthyAfterMs: 5_000 });
    const bad = world.service.deployments[0]!.id;
    for (let round = 0; round < 30 && world.service.deployments[0]!.id === bad; round++) {
      world.settle();
      for (const task of world.live) if (task.replica!.deploymentId === bad) world.failsToStart(task);
      world.wait(60_000);
    }
    world.becomeSteady();
    const told = ofType(publicEventsOf(world.commits), 'Deployment State Change').slice(2);
    expect(told.map(({ detail }) => [detail['eventName'], detail['deploymentId'], detail['eventType']])).toEqual([
      ['SERVICE_DEPLOYMENT_IN_PROGRESS', bad, 'INFO'],
      ['SERVICE_DEPLOYMENT_FAILED', bad, 'ERROR'],
      ['SERVICE_DEPLOYMENT_IN_PROGRESS', good, 'INFO'],
      ['SERVICE_DEPLOYMENT_COMPLETED', good, 'INFO'],
    ]);
    expect(told[1]!.detail['reason']).toBe(`ECS deployment circuit breaker: rolling back to deploymentId ${good}.`);
  });

  it('say of a task set when it is steady, and of which', () => {
    const world = new TaskSetWorld();
    world.create();
    world.taskSet();
    world.becomeSteady();
    const [{ taskSetArn }] = world.taskSets as [TaskSet];
    const events = publicEventsOf(world.commits);
    expect(ofType(events, 'Service Action').map(({ detail }) => detail)).toMatchObject([
      { eventType: 'INFO', eventName: 'TASKSET_STEADY_STATE', taskSetArns: [taskSetArn] },
    ]);
    expect(ofType(events, 'Deployment State Change')).toEqual([]);
  });

  it('name what keeps it from its desired count', () => {
    const world = new ServiceWorld();
    world.create({ desiredCount: 40 });
    world.settle();
    const [failure] = ofType(publicEventsOf(world.commits), 'Service Action');
    expect(failure!.detail).toMatchObject({
      eventType: 'ERROR',
      eventName: 'SERVICE_TASK_PLACEMENT_FAILURE',
      reason: 'RESOURCE:MEMORY',
    });
  });

  it('name the tasks that scale-in stops and the throttle of tasks that never start', () => {
    const world = new ServiceWorld();
    world.create();
    world.becomeSteady();
    world.given('UpdateService', { service: 'web', desiredCount: 1 });
    world.becomeSteady();
    world.given('UpdateService', { service: 'web', forceNewDeployment: true, healthyAfterMs: 5_000 });
    for (let round = 0; round < 6; round++) {
      world.settle();
      for (const task of world.live) if (task.lastStatus === 'PENDING') world.failsToStart(task);
    }
    world.settle();
    expect(names(ofType(publicEventsOf(world.commits), 'Service Action'))).toEqual([
      'SERVICE_STEADY_STATE',
      'TASKS_STOPPED',
      'SERVICE_STEADY_STATE',
      'SERVICE_TASK_START_IMPAIRED',
    ]);
  });
});

describe('whatever the journal', () => {
  const folder = join(import.meta.dirname, '../../../../test/recorded');
  /** Nothing of IAM is told. */
  const OF_IAM = /instance-profiles|oidc-providers/;
  const recorded = readdirSync(folder).filter((name) => name.endsWith('.journal.json') && !OF_IAM.test(name));

  it.each(recorded)('%s: ids rise, and no version of a task or an instance is missing or told twice', (name) => {
    const events = publicEventsOf(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Commit[]);
    expect(events.length).toBeGreaterThan(5);
    const places = events.map(({ id }) => parsePosition('ecs', id)!);
    expect([...places].sort(comparePositions)).toEqual(places);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    const versions = new Map<string, number>();
    for (const { resources, detail } of events) {
      if (typeof detail['version'] !== 'number') continue;
      expect([resources[0], detail['version']]).toEqual([resources[0], (versions.get(resources[0]!) ?? 0) + 1]);
      versions.set(resources[0]!, detail['version']);
    }
  });
});
