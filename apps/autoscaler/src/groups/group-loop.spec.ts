import { beforeEach, describe, expect, it } from '@jest/globals';
import { GROUP, GroupLoopWorld } from '../../../../test/support/group-loop-world.js';

describe('the loop of Auto Scaling groups', () => {
  let groups: GroupLoopWorld;
  beforeEach(() => {
    groups = new GroupLoopWorld();
  });

  it('starts what a policy asks for, and says which', async () => {
    groups.ecs.given('CreateCluster', {});
    groups.scaling.ok('CreateAutoScalingGroup', { ...GROUP, Tags: [{ Key: 'longshore:cluster', Value: 'default' }] });
    await groups.seconds(2);
    expect(groups.machines.hosts.size).toBe(1);
    const policy = { AutoScalingGroupName: 'a', PolicyName: 'more', AdjustmentType: 'ChangeInCapacity', ScalingAdjustment: 2 };
    const { PolicyARN } = groups.scaling.ok('PutPolicyOfGroup', policy);
    groups.scaling.alarm('busy', { AlarmActions: [PolicyARN] });
    groups.scaling.ok('SetAlarmState', { AlarmName: 'busy', StateValue: 'ALARM', StateReason: 'a test' });
    await groups.seconds(4);
    expect(groups.machines.hosts.size).toBe(3);
    expect(groups.activities()[0].Cause).toContain('monitor alarm busy in state ALARM triggered policy more');
    // It cools down for five minutes, whatever the alarm says.
    await groups.seconds(30);
    expect(groups.shown.settings.DesiredCapacity).toBe(3);
  });

  it('does what its scheduled actions say, and leaves alone what is suspended', async () => {
    groups.ecs.given('CreateCluster', {});
    groups.scaling.now = groups.clock.now();
    const Tags = [{ Key: 'longshore:cluster', Value: 'default' }];
    groups.scaling.ok('CreateAutoScalingGroup', { ...GROUP, Tags });
    const StartTime = new Date(groups.clock.now() + 5_000).toISOString();
    const named = { AutoScalingGroupName: 'a' };
    groups.scaling.ok('PutScheduledUpdateGroupAction', { ...named, ScheduledActionName: 'day', StartTime, DesiredCapacity: 3 });
    await groups.seconds(3);
    expect(groups.machines.hosts.size).toBe(1);
    await groups.seconds(6);
    expect(groups.machines.hosts.size).toBe(3);
    expect(groups.activities()[0].Cause).toContain('the scheduled action day changed the desired capacity from 1 to 3');
    groups.scaling.ok('SuspendProcesses', { ...named, ScalingProcesses: ['Terminate', 'ReplaceUnhealthy'] });
    groups.scaling.ok('SetDesiredCapacity', { ...named, DesiredCapacity: 1 });
    groups.machines.hosts.delete([...groups.machines.hosts.keys()][0]!);
    await groups.seconds(20);
    expect([groups.machines.hosts.size, groups.shown.instances.length]).toEqual([2, 3]);
    groups.scaling.ok('SuspendProcesses', { ...named, ScalingProcesses: ['Launch'] });
    groups.scaling.ok('ResumeProcesses', { ...named, ScalingProcesses: ['Terminate'] });
    await groups.seconds(5);
    groups.scaling.ok('SetDesiredCapacity', { ...named, DesiredCapacity: 4 });
    await groups.seconds(10);
    expect(groups.shown.instances).toHaveLength(1);
    groups.scaling.ok('ResumeProcesses', named);
    await groups.seconds(20);
    expect(groups.machines.hosts.size).toBe(4);
  });

  it.each([
    ['more than are wanted at a time', { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 }, 2, 3],
    ['fewer than are wanted at a time', { MinHealthyPercentage: 50 }, 1, 2],
  ])('replaces its hosts one by one, %s', async (_how, Preferences, least, most) => {
    groups.ecs.given('CreateCluster', {});
    const Tags = [{ Key: 'longshore:cluster', Value: 'default' }];
    groups.scaling.ok('CreateAutoScalingGroup', { ...GROUP, MinSize: 2, Tags });
    await groups.seconds(4);
    const before = [...groups.machines.hosts.keys()];
    groups.scaling.ok('StartInstanceRefresh', { AutoScalingGroupName: 'a', Preferences });
    const seen = new Set<number>();
    for (let i = 0; i < 20; i++) {
      await groups.seconds(1);
      seen.add(groups.machines.hosts.size);
    }
    expect([before.length, Math.min(...seen), Math.max(...seen)]).toEqual([2, least, most]);
    expect([...groups.machines.hosts.keys()].filter((id) => before.includes(id))).toEqual([]);
    expect(groups.machines.hosts.size).toBe(2);
    expect(groups.shown.refreshes).toMatchObject([{ status: 'Successful' }]);
    // Nothing more is replaced.
    const { starts } = groups.machines;
    await groups.seconds(20);
    expect(groups.machines.starts).toBe(starts);
  });

  it('leaves hosts alone when a refresh is suspended or cancelled, and brings the group to its size', async () => {
    groups.ecs.given('CreateCluster', {});
    groups.scaling.ok('CreateAutoScalingGroup', { ...GROUP, MinSize: 2, Tags: [{ Key: 'longshore:cluster', Value: 'default' }] });
    await groups.seconds(4);
    groups.scaling.ok('StartInstanceRefresh', { AutoScalingGroupName: 'a', Preferences: { MinHealthyPercentage: 100 } });
    groups.scaling.ok('SuspendProcesses', { AutoScalingGroupName: 'a', ScalingProcesses: ['InstanceRefresh'] });
    await groups.seconds(10);
    expect(groups.machines.starts).toBe(2);
    groups.scaling.ok('ResumeProcesses', { AutoScalingGroupName: 'a' });
    await groups.seconds(1);
    groups.scaling.ok('CancelInstanceRefresh', { AutoScalingGroupName: 'a' });
    await groups.seconds(10);
    expect(groups.machines.hosts.size).toBe(2);
    expect(groups.shown.refreshes).toMatchObject([{ status: 'Cancelled' }]);
  });

  it('waits for lifecycle hooks, and gives up what they abandon', async () => {
    groups.ecs.given('CreateCluster', {});
    groups.scaling.now = groups.clock.now();
    const Tags = [{ Key: 'longshore:cluster', Value: 'default' }];
    groups.scaling.ok('CreateAutoScalingGroup', { ...GROUP, Tags });
    const hook = (LifecycleHookName: string, transition: string) =>
      groups.scaling.ok('PutLifecycleHook', {
        AutoScalingGroupName: 'a',
        LifecycleHookName,
        LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
        HeartbeatTimeout: 30,
      });
    hook('warm', 'LAUNCHING');
    hook('drain', 'TERMINATING');
    await groups.clock.advance(1_000);
    await groups.seconds(3);
    const [first] = groups.shown.instances;
    // Nobody has answered: another one comes, and the first is there until nobody has answered again.
    await groups.seconds(31);
    const second = groups.shown.instances.find(({ state }) => state !== 'terminating')!;
    expect([first!.id === second.id, groups.machines.hosts.has(first!.id)]).toEqual([false, true]);
    expect(groups.activities().some(({ Cause }) => Cause.includes('its lifecycle hook warm was abandoned'))).toBe(true);
    const answered = { AutoScalingGroupName: 'a', LifecycleHookName: 'warm', LifecycleActionResult: 'CONTINUE' };
    groups.scaling.ok('CompleteLifecycleAction', { ...answered, InstanceId: `i-${second.id.slice(0, 17)}` });
    await groups.seconds(40);
    expect([...groups.machines.hosts.keys()]).toEqual([second.id]);
  });

  it.each([
    ['5', 8, 4],
    ['0', 2, 4],
    ['120', 119, 140],
    // No number of seconds: a minute, as without it.
    ['soon', 58, 75],
  ])('keeps hosts that are empty as long as the group says: %s s', async (value, before, after) => {
    groups.group({ Tags: [{ Key: 'longshore:scale-in-after', Value: value }] });
    await groups.seconds(2);
    const tasks = groups.ecs.accepted(4);
    await groups.seconds(3);
    expect(groups.machines.hosts.size).toBe(2);
    for (const task of tasks) {
      groups.ecs.given('StopTask', { task: task.taskArn, cluster: 'default' });
      groups.ecs.report(task, 'STOPPED');
    }
    if (value !== '0') {
      await groups.seconds(Math.min(before, Number(value) - 1 || before));
      expect(groups.machines.hosts.size).toBe(2);
    }
    await groups.seconds(after);
    expect(groups.machines.hosts.size).toBe(1);
  });

  it('starts hosts in the cluster that their user data names, where no capacity provider and no tag says another', async () => {
    groups.scaling.ok('CreateAutoScalingGroup', { ...GROUP, MinSize: 2 });
    groups.ecs.given('CreateCluster', { clusterName: 'web' });
    await groups.seconds(3);
    expect(groups.machines.hosts.size).toBe(0);
    groups.named = 'web';
    await groups.seconds(3);
    expect([...groups.machines.hosts.values()].map(({ cluster }) => cluster)).toEqual(['web', 'web']);
  });

  it('starts hosts for tasks that do not fit, and ends those that are empty when they have been for a while', async () => {
    groups.group();
    await groups.seconds(2);
    expect(groups.machines.hosts.size).toBe(1);
    const tasks = groups.ecs.accepted(6);
    await groups.seconds(3);
    expect(groups.machines.hosts.size).toBe(3);
    expect(groups.shown.settings.DesiredCapacity).toBe(3);
    expect(groups.ecs.state.tasks.countBy('waiting', 'yes')).toBe(0);
    expect(groups.activities()[0]).toMatchObject({
      StatusCode: 'Successful',
      Cause: expect.stringMatching(
        /changed the desired capacity from 1 to 3: CapacityProviderReservation was 300 %, its target is 100 %/,
      ),
    });
    const on = (instanceId: string) =>
      tasks.filter(({ taskArn }) => groups.ecs.state.tasks.get(taskArn)?.containerInstanceArn.endsWith(instanceId));
    const [kept, ...emptied] = [...groups.machines.hosts.keys()];
    for (const task of emptied.flatMap(on)) {
      groups.ecs.given('StopTask', { task: task.taskArn, cluster: 'default' });
      groups.ecs.report(task, 'STOPPED');
    }
    await groups.seconds(30);
    expect(groups.machines.hosts.size).toBe(3);
    await groups.seconds(40);
    expect([...groups.machines.hosts.keys()]).toEqual([kept]);
    expect(on(kept!)).toHaveLength(2);
    expect(groups.activities()[0]).toMatchObject({
      StatusCode: 'Successful',
      Description: expect.stringMatching(/^Terminating/),
    });
  });

  it('keeps as many spare ones as the target says, and no more', async () => {
    groups.scaling.ok('CreateAutoScalingGroup', { ...GROUP, MinSize: 0, MaxSize: 9 });
    groups.ecs.provider('a', { managedScaling: { status: 'ENABLED', targetCapacity: 90 } });
    groups.ecs.associate(['a']);
    groups.machines.answer = { unavailable: 'slow' };
    groups.ecs.accepted(2);
    await groups.seconds(5);
    groups.machines.answer = { done: true };
    await groups.seconds(80);
    // The tasks are spread over two, and one is spare.
    expect(groups.machines.hosts.size).toBe(3);
  });

  it('tells each ten seconds how much of the provider is wanted', async () => {
    groups.group();
    await groups.seconds(12);
    groups.ecs.accepted(6);
    groups.machines.answer = { unavailable: 'slow' };
    await groups.seconds(10);
    // Nothing is there yet; then an empty host; then three are wanted, and two of them are coming.
    expect(groups.told).toEqual([
      ['a/default', 100],
      ['a/default', 0],
      ['a/default', 100],
    ]);
  });

  it('keeps a host with tasks while it is protected, however small the group is to be', async () => {
    groups.group();
    await groups.seconds(2);
    groups.ecs.accepted(3);
    await groups.seconds(3);
    expect(groups.machines.hosts.size).toBe(2);
    groups.scaling.ok('UpdateAutoScalingGroup', { AutoScalingGroupName: 'a', MinSize: 0, MaxSize: 1 });
    await groups.seconds(5);
    expect(groups.machines.hosts.size).toBe(2);
  });

  it('drains a host before it is ended, where nothing protects it', async () => {
    groups.scaling.ok('CreateAutoScalingGroup', GROUP);
    groups.ecs.provider('a');
    groups.ecs.associate(['a']);
    await groups.seconds(2);
    const [id] = groups.machines.hosts.keys();
    const instance = () => [...groups.ecs.state.containerInstances.values()].find(({ instanceId }) => instanceId === id)!;
    groups.ecs.create(
      { launchType: undefined, capacityProviderStrategy: [{ capacityProvider: 'a', weight: 1 }], desiredCount: 1 },
      0,
    );
    groups.ecs.becomeSteady();
    groups.scaling.ok('UpdateAutoScalingGroup', { AutoScalingGroupName: 'a', MinSize: 0, DesiredCapacity: 0 });
    await groups.seconds(3);
    expect(instance().status).toBe('DRAINING');
    expect(groups.machines.hosts.size).toBe(1);
    groups.ecs.given('UpdateService', { service: 'web', desiredCount: 0 });
    groups.ecs.settle();
    groups.ecs.becomeSteady();
    await groups.seconds(3);
    expect(instance().status).toBe('INACTIVE');
    expect(groups.machines.hosts.size).toBe(0);
  });

  it('goes on where another replica stopped, and starts nothing twice', async () => {
    groups.group({ DesiredCapacity: 3 });
    groups.machines.answer = { unavailable: 'slow' };
    await groups.seconds(2);
    expect(groups.shown.instances).toHaveLength(3);
    groups.loop = groups.newLoop();
    groups.machines.answer = { done: true };
    await groups.seconds(3);
    expect(groups.machines.hosts.size).toBe(3);
    expect(groups.shown.instances.map(({ state }) => state)).toEqual(['launched', 'launched', 'launched']);
  });

  it('starts another one for a host that is there no more', async () => {
    groups.group();
    await groups.seconds(2);
    const [lost] = groups.machines.hosts.keys();
    groups.machines.hosts.delete(lost!);
    await groups.seconds(15);
    expect(groups.machines.hosts.size).toBe(1);
    expect(groups.machines.hosts.has(lost!)).toBe(false);
    expect(groups.activities().map(({ Cause }) => Cause)).toContainEqual(
      expect.stringContaining('in response to an EC2 health check indicating it has been terminated or stopped'),
    );
  });

  it('ends a host that is of no group any more', async () => {
    groups.group();
    await groups.seconds(2);
    groups.machines.hosts.set('f'.repeat(32), {} as never);
    await groups.seconds(7);
    expect(groups.machines.hosts.size).toBe(1);
  });

  it('tries a start that fails less and less often, and says why', async () => {
    groups.group();
    groups.machines.answer = { refusal: 'No quota.' };
    await groups.seconds(60);
    expect(groups.machines.starts).toBe(3);
    expect(groups.activities()[0]).toMatchObject({ StatusCode: 'Failed', StatusMessage: 'No quota.' });
  });

  it('waits with hosts until it is known which cluster they are for', async () => {
    groups.scaling.ok('CreateAutoScalingGroup', GROUP);
    await groups.seconds(3);
    expect(groups.shown.instances).toMatchObject([{ state: 'launching' }]);
    expect(groups.machines.starts).toBe(0);
    groups.ecs.provider('a');
    groups.ecs.associate(['a']);
    await groups.seconds(2);
    expect([...groups.machines.hosts.values()]).toMatchObject([{ cluster: 'default', group: 'a' }]);
  });

  it('starts nothing for a group whose hosts say themselves that they are of it, nor while nobody can', async () => {
    groups.group({ Tags: [{ Key: 'longshore:hosts', Value: 'none', PropagateAtLaunch: true }] });
    await groups.seconds(3);
    expect(groups.shown.instances).toEqual([]);
    groups.scaling.ok('DeleteTags', { Tags: [{ ResourceId: 'a', Key: 'longshore:hosts' }] });
    groups.machines.away = true;
    groups.loop = groups.newLoop();
    await groups.seconds(3);
    expect(groups.shown.instances).toEqual([]);
    // A launcher that is not there for longer is no secret.
    await groups.seconds(60);
    expect(groups.machines.starts).toBe(0);
    expect(groups.activities()[0]).toMatchObject({
      Description: expect.stringContaining('Launching a new EC2 instance'),
      StatusCode: 'Failed',
      StatusMessage: 'Hosts cannot be started: away',
    });
    groups.machines.away = false;
    await groups.seconds(120);
    expect(groups.machines.hosts.size).toBe(1);
  });

  it('starts the first host of a command for a task that none of this machine would take, and learns from it what they have', async () => {
    groups.machines.says = { size: { cpuUnits: 1_024, memoryMiB: 500 }, kind: 'exec' };
    groups.group({ MinSize: 0 });
    await groups.seconds(2);
    groups.ecs.accepted(1);
    await groups.seconds(4);
    expect(groups.machines.hosts.size).toBe(1);
    expect([...groups.ecs.state.tasks.values()][0]).toMatchObject({ lastStatus: 'PENDING' });
    // Six of 1,000 MiB: two a host, now that it is known.
    groups.ecs.accepted(6, { token: 'more' });
    await groups.seconds(2);
    expect(groups.machines.starts).toBe(4);
  });

  it('starts none for a task that is larger than its hosts were', async () => {
    groups.machines.says = { size: { cpuUnits: 1_024, memoryMiB: 500 }, kind: 'exec' };
    groups.group({ MinSize: 0 });
    const [task] = groups.ecs.accepted(1, { memory: 100_000 });
    await groups.seconds(4);
    expect(groups.machines.starts).toBe(1);
    groups.ecs.given('StopTask', { task: task!.taskArn, cluster: 'default' });
    await groups.seconds(120);
    expect(groups.machines.hosts.size).toBe(0);
    groups.ecs.accepted(1, { memory: 100_000, token: 'again' });
    await groups.seconds(60);
    expect(groups.machines.starts).toBe(1);
  });

  it('deletes a group that is to go with its hosts when these are ended', async () => {
    groups.group();
    await groups.seconds(2);
    expect(groups.scaling.command('DeleteAutoScalingGroup', { AutoScalingGroupName: 'a', instances: 0 })).toMatchObject({
      rejection: { code: 'ResourceInUseFault' },
    });
    groups.scaling.ok('DeleteAutoScalingGroup', { AutoScalingGroupName: 'a', instances: 1, ForceDelete: true });
    await groups.seconds(3);
    expect(groups.machines.hosts.size).toBe(0);
    expect(groups.scaling.state.autoScalingGroups.size).toBe(0);
  });

  it('scales nothing for a clock that steps by an hour', async () => {
    groups.group({ DesiredCapacity: 2 });
    await groups.seconds(2);
    groups.stepMs = 3_600_000;
    await groups.seconds(3);
    expect(groups.shown.settings.DesiredCapacity).toBe(2);
  });
});
