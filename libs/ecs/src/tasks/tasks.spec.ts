import fc from 'fast-check';
import type { TaskReport } from '../model/agent-protocol.js';
import type { Task } from '../model/task.js';
import { eventsOfReport } from './record-progress.js';
import type { Rollout, Service } from '../model/services.js';
import { healthJudge } from '../task-health/task-health.js';
import { EcsWorld, type Outcome } from '../../../../test/support/ecs-world.js';

const placedBy = (outcome: Outcome) => (outcome as { output: { placed: Task[]; stale: { reason: string }[] } }).output;
const typesOf = (outcome: Outcome) => ('events' in outcome ? outcome.events.map((event) => event.type) : outcome.rejection);

function runningWorld(containers?: readonly object[], definition?: object) {
  const world = new EcsWorld();
  const instance = world.instance();
  const taskDefinition = world.definition(containers, definition);
  const [task] = placedBy(world.place(taskDefinition, [instance])).placed as [Task];
  const now = () => world.state.tasks.get(task.taskArn)!;
  const ledger = () => world.state.containerInstances.get(instance)!;
  let sequence = 0;
  const report = (change: Partial<TaskReport>, container: Partial<TaskReport['containers'][number]> = {}) =>
    world.command(
      'RecordTaskProgress',
      {
        reports: [
          {
            containerInstanceArn: instance,
            report: {
              taskArn: task.taskArn,
              sequence: ++sequence,
              status: 'PENDING',
              healthStatus: 'UNKNOWN',
              containers: [
                {
                  name: 'web',
                  lastStatus: 'PENDING',
                  networkBindings: [],
                  healthStatus: 'UNKNOWN',
                  restartCount: 0,
                  ...container,
                },
              ],
              ...change,
            },
          },
        ],
      },
      'health-monitor',
    );
  return { world, instance, taskDefinition, task, now, ledger, report };
}

const binding = { bindIP: '127.0.0.1', containerPort: 80, hostPort: 49153, protocol: 'tcp' } as const;

describe('a task', () => {
  it('is PENDING and holds its resources from the moment it is placed', () => {
    const { now, ledger } = runningWorld();
    expect(now()).toMatchObject({ lastStatus: 'PENDING', desiredStatus: 'RUNNING', version: 1, group: 'family:web' });
    expect(ledger()).toMatchObject({ reserved: { memoryMiB: 128 }, pendingTasksCount: 1, runningTasksCount: 0 });
  });

  it.each(['EC2', 'FARGATE'] as const)('says on %s why it did not start as ECS says it there', (launchType) => {
    const { task } = runningWorld();
    const reason = 'CannotPullContainerError: Error response from daemon: manifest unknown';
    const container = {
      name: 'web',
      lastStatus: 'STOPPED',
      reason,
      networkBindings: [],
      healthStatus: 'UNKNOWN',
      restartCount: 0,
    };
    const failed = { status: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: 'Task failed to start' } as const;
    const report = { taskArn: task.taskArn, sequence: 1, healthStatus: 'UNKNOWN', containers: [container], ...failed };
    const reported = (more: object) =>
      eventsOfReport({ ...task, launchType }, { ...report, ...more } as TaskReport, 'health-monitor', '2026-11-23T12:00:01.000Z');
    // Another container went on without the one that could not be pulled.
    const exited = { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' };
    expect(reported(exited)[1]!.data).toMatchObject({ to: 'STOPPED', reason: exited.stoppedReason });
    const [, data] = reported({}).map((event) => event.data);
    expect(data).toMatchObject({ to: 'STOPPED', reason: launchType === 'FARGATE' ? reason : failed.stoppedReason });
  });

  it('passes every status of a cumulative report, in order, once', () => {
    const { now, report } = runningWorld();
    const at = '2026-11-23T12:00:01.000Z';
    const stopped = report(
      {
        status: 'STOPPED',
        startedAt: at,
        stoppingAt: at,
        stoppedAt: at,
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
      },
      { lastStatus: 'STOPPED', exitCode: 0 },
    );
    expect(typesOf(stopped)).toEqual([
      'TaskContainersChanged',
      'TaskStatusChanged',
      'TaskStatusChanged',
      'TaskStatusChanged',
      'TaskReportRecorded',
    ]);
    expect(now()).toMatchObject({
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      startedAt: at,
      stoppedAt: at,
      stopCode: 'EssentialContainerExited',
      containers: [{ exitCode: 0, lastStatus: 'STOPPED' }],
    });
  });

  it('is not changed by a report that it has seen, nor by one after its end', () => {
    const { report, now } = runningWorld();
    report({ status: 'RUNNING', sequence: 5 }, { lastStatus: 'RUNNING' });
    expect(typesOf(report({ status: 'STOPPED', sequence: 4 }))).toEqual([]);
    expect(now().lastStatus).toBe('RUNNING');
    report({ status: 'STOPPED', sequence: 6 });
    expect(typesOf(report({ status: 'RUNNING', sequence: 7 }))).toEqual([]);
  });

  // Found by the simulator: a report sent again joined the first one in the health monitor's gathering.
  it('passes every status once when two of its reports are gathered into one command', () => {
    const at = '2026-11-23T12:00:01.000Z';
    const { world, instance, task } = runningWorld();
    const report = (sequence: number, status: TaskReport['status']) => ({
      containerInstanceArn: instance,
      report: { taskArn: task.taskArn, sequence, status, startedAt: at, healthStatus: 'UNKNOWN', containers: [] },
    });
    const reports = [report(1, 'RUNNING'), report(2, 'STOPPED'), report(1, 'RUNNING'), report(2, 'STOPPED')];
    const recorded = world.command('RecordTaskProgress', { reports }, 'health-monitor');
    expect(typesOf(recorded)).toEqual(['TaskStatusChanged', 'TaskStatusChanged', 'TaskReportRecorded']);
    expect(recorded).toMatchObject({ output: { acknowledged: { [task.taskArn]: 2 } } });
  });

  it('reserves the dynamic ports that its containers got, and gives everything back when it has STOPPED', () => {
    const { report, ledger } = runningWorld();
    report({ status: 'RUNNING' }, { lastStatus: 'RUNNING', networkBindings: [binding] });
    expect(ledger()).toMatchObject({ reserved: { portsTcp: [49153] }, runningTasksCount: 1, pendingTasksCount: 0 });
    report({ status: 'STOPPED' }, { lastStatus: 'STOPPED', networkBindings: [binding] });
    expect(ledger()).toMatchObject({ reserved: { cpu: 0, memoryMiB: 0, portsTcp: [] }, runningTasksCount: 0 });
  });

  it('keeps the first reason to stop', () => {
    const { world, task, now, report } = runningWorld();
    world.given('StopTask', { task: task.taskArn });
    report({ status: 'STOPPED', stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' });
    expect(now()).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'Task stopped by user', lastStatus: 'STOPPED' });
  });

  it('keeps the ledger equal to what its tasks hold, whatever is reported', () => {
    const change = fc.record({
      status: fc.constantFrom('PENDING', 'RUNNING', 'STOPPING', 'STOPPED') as fc.Arbitrary<TaskReport['status']>,
      hostPorts: fc.uniqueArray(fc.integer({ min: 49153, max: 49156 }), { maxLength: 2 }),
      stop: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const { world, task, now, ledger, report } = runningWorld();
        const statuses = [now().lastStatus];
        for (const { status, hostPorts, stop } of changes) {
          if (stop) world.given('StopTask', { task: task.taskArn });
          report({ status }, { networkBindings: hostPorts.map((hostPort) => ({ ...binding, hostPort })) });
          statuses.push(now().lastStatus);
        }
        const order = ['PENDING', 'RUNNING', 'STOPPING', 'STOPPED'];
        expect(statuses).toEqual([...statuses].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
        const isHeld = now().lastStatus !== 'STOPPED';
        expect(ledger().reserved.memoryMiB).toBe(isHeld ? 128 : 0);
        expect(new Set(ledger().reserved.portsTcp)).toEqual(
          new Set(isHeld ? now().containers.flatMap((c) => c.networkBindings.map((b) => b.hostPort)) : []),
        );
      }),
    );
  });
});

describe('PlaceTasks', () => {
  it('commits what fits and says of the rest why it does not', () => {
    const world = new EcsWorld();
    const instance = world.instance();
    const definition = world.definition([{ name: 'web', image: 'web', memory: 1500 }]);
    const { placed, stale } = placedBy(world.place(definition, [instance, instance]));
    expect(placed).toHaveLength(1);
    expect(stale).toMatchObject([{ ordinal: 1, reason: 'RESOURCE:MEMORY' }]);
  });

  it('answers a retried token with the tasks it placed, and places none twice', () => {
    const { world, instance, taskDefinition, task } = runningWorld();
    const again = world.place(taskDefinition, [instance]);
    expect(typesOf(again)).toEqual([]);
    expect(placedBy(again).placed.map(({ taskArn }) => taskArn)).toEqual([task.taskArn]);
  });

  it('refuses a token that was used with other parameters', () => {
    const world = new EcsWorld();
    const [instance, definition] = [world.instance(), world.definition()];
    world.place(definition, [instance], { rememberToken: true });
    expect(world.place(definition, [instance], { rememberToken: true, digest: 'other' })).toMatchObject({
      rejection: { code: 'ConflictException' },
    });
  });

  it('does not place again what it placed and forgot since', () => {
    const { world, instance, taskDefinition } = (() => {
      const world = new EcsWorld();
      return { world, instance: world.instance(), taskDefinition: world.definition() };
    })();
    const [task] = placedBy(world.place(taskDefinition, [instance], { rememberToken: true })).placed as [Task];
    world.given(
      'RecordTaskProgress',
      {
        reports: [
          {
            containerInstanceArn: instance,
            report: {
              taskArn: task.taskArn,
              sequence: 1,
              status: 'STOPPED',
              stoppedAt: new Date(world.now).toISOString(),
              containers: [],
              healthStatus: 'UNKNOWN',
            },
          },
        ],
      },
      'health-monitor',
    );
    world.now += 61 * 60 * 1000;
    world.given('Expire', {});
    expect(world.state.tasks.size).toBe(0);
    const again = placedBy(world.place(taskDefinition, [instance], { rememberToken: true }));
    expect(again).toMatchObject({ placed: [], stale: [{ reason: 'MISSING' }] });
  });

  it.each([
    [
      'a draining instance',
      'INACTIVE',
      (w: EcsWorld, i: string) => w.given('UpdateContainerInstancesState', { containerInstances: [i], status: 'DRAINING' }),
    ],
    [
      'a silent agent',
      'AGENT',
      (w: EcsWorld, i: string) =>
        w.given('SetAgentConnectivity', { containerInstanceArns: [i], connected: false }, 'health-monitor'),
    ],
  ])('finds a plan stale on %s', (_name, reason, change) => {
    const world = new EcsWorld();
    const [instance, definition] = [world.instance(), world.definition()];
    change(world, instance);
    expect(placedBy(world.place(definition, [instance])).stale).toMatchObject([{ reason }]);
  });

  it('may be sent by the scheduler only', () => {
    const world = new EcsWorld();
    expect(() => world.command('PlaceTasks', {}, 'health-monitor')).toThrow('health-monitor may not send PlaceTasks');
  });
});

describe('reports of a host that is not to be trusted with time or with its memory', () => {
  it('are kept in one form, not before the task was there and hardly after now', () => {
    const { now, report } = runningWorld();
    report({ status: 'RUNNING', pullStartedAt: '1999-01-01', startedAt: '9999-12-31T23:59:59.999Z' }, { lastStatus: 'RUNNING' });
    expect(now().pullStartedAt).toBe(now().createdAt);
    expect(now().startedAt! < '2026-11-23T12:01:01.000Z').toBe(true);
    report({ status: 'STOPPED', stoppedAt: 'Mon, 23 Nov 2026 12:00:30 GMT', stopCode: 'EssentialContainerExited' });
    expect(now().stoppedAt).toBe('2026-11-23T12:00:30.000Z');
  });

  it('are acknowledged with what is folded, so that a disk that lost some is found out', () => {
    const { now, report } = runningWorld();
    const outputOf = (outcome: Outcome) =>
      'output' in outcome ? (outcome.output as { acknowledged: object }).acknowledged : outcome;
    const { taskArn } = now();
    report({ sequence: 9, status: 'RUNNING' }, { lastStatus: 'RUNNING' });
    expect(outputOf(report({ sequence: 7, status: 'STOPPED' }))).toEqual({ [taskArn]: 9 });
    expect(now().lastStatus).toBe('RUNNING');
    // The same number, and something new.
    expect(outputOf(report({ sequence: 9, status: 'STOPPED', stopCode: 'EssentialContainerExited' }))).toEqual({ [taskArn]: 9 });
    expect(now().lastStatus).toBe('STOPPED');
  });

  it('say nothing about ages: a host an hour slow has its stopped task remembered for an hour, an hour fast no longer', () => {
    for (const hours of [-1, 1, 20]) {
      const { world, now, report } = runningWorld();
      world.now += 2 * 3_600_000;
      const hostSays = () => new Date(world.now + hours * 3_600_000).toISOString();
      report({ status: 'RUNNING', startedAt: hostSays() }, { lastStatus: 'RUNNING' });
      const runsAt = new Date(world.now).toISOString();
      report({ status: 'STOPPED', stoppedAt: hostSays(), stopCode: 'EssentialContainerExited' }, { lastStatus: 'STOPPED' });
      const endedAt = new Date(world.now).toISOString();
      expect(now()).toMatchObject({ runningSince: runsAt, endingSince: endedAt, endedSince: endedAt });
      const { taskArn } = now();
      world.now += 3_500_000;
      world.given('Expire', {});
      expect(world.state.tasks.has(taskArn)).toBe(true);
      world.now += 200_000;
      world.given('Expire', {});
      expect(world.state.tasks.has(taskArn)).toBe(false);
    }
  });

  it('make nothing healthy by a wrong clock, and hold nothing up', () => {
    const service = {} as Service;
    const rollout = { healthyAfterMs: 40_000, healthChecked: false } as Rollout;
    for (const startedAt of ['2026-11-23T11:00:00.000Z', '2026-11-23T13:00:00.000Z']) {
      const task = { lastStatus: 'RUNNING', startedAt, runningSince: '2026-11-23T12:00:00.000Z' } as Task;
      const judged = (at: string) => healthJudge(service, rollout, Date.parse(at))(task).is;
      expect([judged('2026-11-23T12:00:39.000Z'), judged('2026-11-23T12:00:40.000Z')]).toEqual(['warming', 'healthy']);
    }
  });
});
