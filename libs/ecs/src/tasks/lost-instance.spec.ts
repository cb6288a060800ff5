import type { TaskReport } from '../model/agent-protocol.js';
import { EcsWorld, type Outcome } from '../../../../test/support/ecs-world.js';

/** A task that runs on an instance, as its agent reports it. */
function given() {
  const world = new EcsWorld();
  const containerInstanceArn = world.instance();
  world.place(world.definition(), [containerInstanceArn]);
  const { taskArn } = [...world.state.tasks.values()][0]!;
  let sequence = 0;
  const report = (change: Partial<TaskReport>) => {
    const said: TaskReport = {
      taskArn,
      sequence: ++sequence,
      status: 'RUNNING',
      healthStatus: 'UNKNOWN',
      containers: [],
      ...change,
    };
    const reports = [{ containerInstanceArn, report: said }];
    return outputOf(world.command('RecordTaskProgress', { reports }, 'health-monitor'));
  };
  const say = (name: string, input: object) => world.given(name, { containerInstanceArn, ...input }, 'health-monitor');
  report({});
  const fallsSilent = () =>
    world.given('SetAgentConnectivity', { containerInstanceArns: [containerInstanceArn], connected: false }, 'health-monitor');
  return { world, taskArn, report, say, fallsSilent, task: () => world.state.tasks.get(taskArn)! };
}

const outputOf = (outcome: Outcome) => ('output' in outcome ? outcome.output : outcome);

describe('an instance that was silent for too long', () => {
  it('loses its tasks, and its resources are free', () => {
    const { world, say, fallsSilent, task } = given();
    fallsSilent();
    say('DeclareInstanceLost', { silentMs: 19_200 });
    expect(task()).toMatchObject({ lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stopCode: 'InfrastructureHealth' });
    expect(task().stoppedReason).toMatch(/was lost: its agent was silent for 19 s\.$/);
    expect([...world.state.containerInstances.values()]).toMatchObject([{ reserved: { memoryMiB: 0 }, runningTasksCount: 0 }]);
  });

  it('keeps them when it was heard of meanwhile', () => {
    const { say, task } = given();
    say('DeclareInstanceLost', { silentMs: 19_200 });
    expect(task().lastStatus).toBe('RUNNING');
  });

  it('is told, should it come back, to stop what it still runs; what has ended there needs no answer', () => {
    const { taskArn, report, say, fallsSilent } = given();
    fallsSilent();
    say('DeclareInstanceLost', { silentMs: 19_200 });
    expect(report({ healthStatus: 'UNHEALTHY' })).toEqual({ acknowledged: {}, strays: [taskArn] });
    expect(report({ status: 'STOPPED' })).toEqual({ acknowledged: { [taskArn]: 3 }, strays: [] });
  });

  it('and had many tasks loses them in steps, each of which says how many are left', () => {
    const world = new EcsWorld();
    const resources = { cpu: 64_000, memoryMiB: 64_000, gpu: 0, portsTcp: [], portsUdp: [] };
    const containerInstanceArn = world.instance('1'.repeat(32), { resources });
    const definition = world.definition([{ name: 'web', image: 'web', memory: 8 }]);
    for (let i = 0; i < 25; i++) world.place(definition, Array(10).fill(containerInstanceArn), { requestToken: `token ${i}` });
    world.given('SetAgentConnectivity', { containerInstanceArns: [containerInstanceArn], connected: false }, 'health-monitor');
    const declare = () => world.given('DeclareInstanceLost', { containerInstanceArn, silentMs: 19_200 }, 'health-monitor');
    expect([declare(), declare(), declare(), declare()]).toEqual([{ left: 150 }, { left: 50 }, { left: 0 }, { left: 0 }]);
  });
});
