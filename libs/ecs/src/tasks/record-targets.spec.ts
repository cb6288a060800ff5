import {
  BalancedWorld,
  balancedWorld,
  DELAY_MS,
  FACTS,
  GROUP,
  OTHER_GROUP,
  behind,
} from '../../../../test/support/balanced-world.js';
import { publicEventsOf } from '../../../../test/support/public-events.js';
import type { Task } from '../model/task.js';
import { describeTask } from './describe.js';
import { expired } from './housekeeping.js';

const started = (more: object = {}): BalancedWorld => {
  const world = new BalancedWorld();
  world.create({ desiredCount: 1, ...more });
  world.settle();
  world.runs(world.live[0]!);
  return world;
};

const statuses = (world: BalancedWorld) =>
  publicEventsOf(world.commits)
    .filter((event) => event['detail-type'] === 'ECS Task State Change')
    .map(({ detail }) => detail['lastStatus'] as string)
    .filter((status, i, all) => status !== all[i - 1]);

const only = (world: BalancedWorld): Task => world.tasks[0]!;

describe('a task with targets', () => {
  it('is ACTIVATING when its containers run, and RUNNING when the load balancer has registered it', () => {
    const world = started();
    const { startedAt } = only(world);
    expect(only(world)).toMatchObject({ lastStatus: 'ACTIVATING', targets: [{ state: 'pending', health: 'initial' }] });
    world.wait(2_000);
    world.register();
    expect(only(world)).toMatchObject({ lastStatus: 'RUNNING', startedAt, targets: [{ state: 'registered' }] });
    expect(world.said).toContain(`(service web) registered 1 targets in (target-group ${GROUP})`);
  });

  it('is RUNNING only when it is registered in all of its target groups', () => {
    const world = started({ loadBalancers: [behind(GROUP), behind(OTHER_GROUP)], ...FACTS });
    const { taskArn } = only(world);
    const report = (targetGroupArn: string) => ({ taskArn, ...behind(targetGroupArn), state: 'registered' });
    world.given('RecordTargets', { targets: [report(GROUP)] }, 'load-balancer');
    expect(only(world).lastStatus).toBe('ACTIVATING');
    world.given('RecordTargets', { targets: [report(OTHER_GROUP)] }, 'load-balancer');
    expect(only(world).lastStatus).toBe('RUNNING');
  });

  it('keeps why it cannot be registered', () => {
    const world = started();
    world.tell(world.live, { reason: 'The target group does not exist' });
    expect(only(world)).toMatchObject({ lastStatus: 'ACTIVATING', targets: [{ reason: 'The target group does not exist' }] });
    world.register();
    expect(only(world).targets![0]).not.toHaveProperty('reason');
  });

  it('that is told of again, or too late, changes nothing', () => {
    const world = started();
    world.register();
    const before = world.commits.length;
    const { taskArn } = only(world);
    const told = (report: object) =>
      world.command('RecordTargets', { targets: [{ taskArn, ...behind(GROUP), ...report }] }, 'load-balancer');
    for (const report of [{ state: 'registered', deregistrationDelayMs: DELAY_MS }, { state: 'drained' }, {}]) {
      expect(told(report)).toMatchObject({ events: [] });
    }
    expect(world.commits.slice(before).flatMap(({ transactions }) => transactions.flatMap(({ events }) => events))).toEqual([]);
    expect(world.given('RecordTargets', { targets: [{ taskArn: 'unknown', ...behind(GROUP) }] }, 'load-balancer')).toEqual({
      over: ['unknown'],
    });
  });

  it('drains for as long as was told last', () => {
    const world = started();
    world.register();
    world.health(world.live, 'unhealthy', 'Request timed out');
    world.tell(world.live, { deregistrationDelayMs: 1_000 });
    expect(only(world).targets).toMatchObject([{ health: 'unhealthy', reason: 'Request timed out' }]);
    world.given('StopTask', { task: only(world).taskArn });
    expect(Date.parse(only(world).drainDeadlineAt!) - world.now).toBe(1_000);
  });

  it('is told of by nobody but the load balancer', () => {
    const world = started();
    const { taskArn } = only(world);
    const input = { targets: [{ taskArn, ...behind(GROUP), state: 'registered' }] };
    for (const actor of ['scheduler', 'state-store', 'health-monitor'])
      expect(() => world.command('RecordTargets', input, actor)).toThrow('may not send RecordTargets');
  });

  it('that exits before it is registered ends as any other, and counts as one that never ran', () => {
    const world = started();
    world.exits(only(world));
    expect(world.service.deployments[0]).toMatchObject({ failedTasks: 1, launchFailures: 1, earlyExits: 0 });
    expect(world.tasks).toEqual([]);
  });

  it('shows nothing of its targets in the API', () => {
    const world = started();
    expect(Object.keys(describeTask(only(world)))).not.toEqual(expect.arrayContaining(['targets']));
    world.given('StopTask', { task: only(world).taskArn });
    expect(describeTask(only(world))).not.toHaveProperty('drainDeadlineAt');
  });
});

describe('a task with targets that is asked to stop', () => {
  const stopping = (): BalancedWorld => {
    const world = balancedWorld({ desiredCount: 1 });
    world.given('StopTask', { task: only(world).taskArn, reason: 'enough' });
    return world;
  };

  it('is DEACTIVATING at once, and drains for as long as its target group says', () => {
    const world = stopping();
    const task = only(world);
    expect(task).toMatchObject({ lastStatus: 'DEACTIVATING', desiredStatus: 'STOPPED', stoppedReason: 'enough' });
    expect(task.targets).toMatchObject([{ state: 'draining' }]);
    expect(Date.parse(task.drainDeadlineAt!)).toBe(world.now + DELAY_MS);
    expect(world.said.at(-1)).toBe('(service web, taskSet ecs-svc/n) has begun draining connections on 1 tasks.');
  });

  it('is STOPPING when all its targets have drained, and then its host stops it', () => {
    const world = stopping();
    const task = only(world);
    world.drained();
    expect(world.latest(task)).toMatchObject({ lastStatus: 'STOPPING', targets: [{ state: 'drained' }] });
    expect(world.said).toContain(`(service web) deregistered 1 targets in (target-group ${GROUP})`);
    world.report(task, 'STOPPED');
    expect(statuses(world)).toEqual(['PENDING', 'ACTIVATING', 'RUNNING', 'DEACTIVATING', 'STOPPING', 'STOPPED']);
  });

  it('is STOPPING at its deadline, though no load balancer is there', () => {
    const world = stopping();
    const task = only(world);
    world.now = Date.parse(task.drainDeadlineAt!) - 10;
    expect(expired(world.state, new Date(world.now).toISOString())).toEqual([]);
    world.wait(10);
    world.given('Expire', {});
    expect(world.latest(task)).toMatchObject({ lastStatus: 'STOPPING', targets: [{ state: 'draining' }] });
  });

  it('drains for a moment when it was not registered yet: it may have been, and nobody has heard of it', () => {
    const world = started();
    const task = only(world);
    world.given('StopTask', { task: task.taskArn });
    expect(world.latest(task).lastStatus).toBe('DEACTIVATING');
    expect(Date.parse(world.latest(task).drainDeadlineAt!) - world.now).toBe(10_000);
    world.drained();
    expect(world.latest(task).lastStatus).toBe('STOPPING');
  });

  it('needs no drain before its containers have started', () => {
    const world = new BalancedWorld();
    world.create({ desiredCount: 1 });
    world.settle();
    world.given('StopTask', { task: only(world).taskArn });
    expect(only(world)).toMatchObject({ lastStatus: 'PENDING', desiredStatus: 'STOPPED' });
  });

  it('is registered no more when it was asked before its containers had started', () => {
    const world = new BalancedWorld();
    world.create({ desiredCount: 1 });
    world.settle();
    world.given('StopTask', { task: only(world).taskArn });
    world.runs(only(world));
    world.register();
    expect(only(world)).toMatchObject({ lastStatus: 'ACTIVATING', targets: [{ state: 'pending' }] });
    world.report(only(world), 'STOPPED');
    expect(world.tasks).toEqual([]);
  });

  it('may end by itself meanwhile', () => {
    const world = stopping();
    const task = only(world);
    world.exits(task);
    expect(world.latest(task)).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'UserInitiated' });
  });

  it('ends without draining when its host is lost', () => {
    const world = stopping();
    const task = only(world);
    const { containerInstanceArn } = task;
    world.given('SetAgentConnectivity', { containerInstanceArns: [containerInstanceArn], connected: false }, 'health-monitor');
    world.given('DeclareInstanceLost', { containerInstanceArn, silentMs: 20_000 }, 'health-monitor');
    expect(world.latest(task).lastStatus).toBe('STOPPED');
  });

  it('ends without draining when its host is deregistered by force', () => {
    const world = balancedWorld({ desiredCount: 1 });
    const task = only(world);
    world.given('DeregisterContainerInstance', { containerInstance: task.containerInstanceArn, force: true });
    expect(world.latest(task).lastStatus).toBe('STOPPED');
  });
});
