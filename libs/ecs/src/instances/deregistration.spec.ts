import { containerInstancesCommands } from './container-instances.js';
import type { Caller } from '#lib/kernel';
import type { CommandRule } from '../model/rules.js';
import { EcsWorld } from '../../../../test/support/ecs-world.js';

describe('an instance with tasks', () => {
  function given() {
    const world = new EcsWorld();
    const containerInstance = world.instance();
    world.place(world.definition(), [containerInstance, containerInstance]);
    return { world, containerInstance };
  }

  it('is deregistered only by force, which stops its tasks and says why', () => {
    const { world, containerInstance } = given();
    expect(world.command('DeregisterContainerInstance', { containerInstance })).toMatchObject({
      rejection: { code: 'InvalidParameterException', message: 'Found running tasks on the instance.' },
    });
    const reply = world.given<{ containerInstance: object }>('DeregisterContainerInstance', { containerInstance, force: true });
    expect(reply.containerInstance).toMatchObject({ status: 'INACTIVE', agentConnected: false, pendingTasksCount: 0 });
    for (const task of world.state.tasks.values()) {
      expect(task).toMatchObject({
        desiredStatus: 'STOPPED',
        lastStatus: 'STOPPED',
        containers: [{ lastStatus: 'STOPPED' }],
        stopCode: 'UserInitiated',
        stoppedReason: 'Container instance deregistration forced by user',
      });
    }
  });

  it('that is gone leaves nothing in the way of deleting its cluster', () => {
    const { world, containerInstance } = given();
    expect(world.command('DeleteCluster', { cluster: 'default' })).toMatchObject({
      rejection: { code: 'ClusterContainsContainerInstancesException' },
    });
    world.given('DeregisterContainerInstance', { containerInstance, force: true });
    world.given('DeleteCluster', { cluster: 'default' });
  });

  it('is counted in its cluster, and its task groups can be asked for', () => {
    const { world } = given();
    expect(world.query('DescribeClusters', { include: ['STATISTICS'] })).toMatchObject({
      clusters: [
        {
          registeredContainerInstancesCount: 1,
          pendingTasksCount: 2,
          statistics: expect.arrayContaining([{ name: 'pendingEC2TasksCount', value: '2' }]),
        },
      ],
    });
    const found = (filter: string) => world.query<{ containerInstanceArns: string[] }>('ListContainerInstances', { filter });
    expect(found('task:group == family:web')).toMatchObject({ containerInstanceArns: [expect.any(String)] });
    expect(found('task:group == family:other')).toMatchObject({ containerInstanceArns: [] });
  });

  it('and its tags: a task carries its own, a definition cannot be deleted from under it', () => {
    const { world } = given();
    const [task] = [...world.state.tasks.values()];
    world.given('TagResource', { resourceArn: task!.taskArn, tags: [{ key: 'a', value: 'b' }] });
    expect(world.query('ListTagsForResource', { resourceArn: task!.taskArn })).toEqual({ tags: [{ key: 'a', value: 'b' }] });
    const [taskDefinition] = [task!.taskDefinitionArn];
    world.given('DeregisterTaskDefinition', { taskDefinition });
    world.given('DeleteTaskDefinitions', { taskDefinitions: [taskDefinition] });
    world.given('Expire', {});
    expect(world.query('DescribeTaskDefinition', { taskDefinition })).toMatchObject({
      taskDefinition: { status: 'DELETE_IN_PROGRESS' },
    });
  });

  it('answers a retried deregistration also after its cluster is gone', () => {
    const world = new EcsWorld();
    const containerInstance = world.instance();
    const input = { cluster: 'default', containerInstance };
    world.given('DeregisterContainerInstance', input);
    world.given('DeleteCluster', { cluster: 'default' });
    const rule = containerInstancesCommands.DeregisterContainerInstance as CommandRule<typeof input>;
    expect(rule.reply(world.state, input, [], world.scope as Caller)).toMatchObject({
      containerInstance: { status: 'INACTIVE' },
    });
  });

  it('of any number is deregistered by force: INACTIVE at once, and in steps nothing is left', () => {
    const world = new EcsWorld();
    const resources = { cpu: 64_000, memoryMiB: 64_000, gpu: 0, portsTcp: [], portsUdp: [] };
    const containerInstance = world.instance('1'.repeat(32), { resources });
    const definition = world.definition([{ name: 'web', image: 'web', memory: 8 }]);
    for (let i = 0; i < 25; i++) world.place(definition, Array(10).fill(containerInstance), { requestToken: `token ${i}` });
    const left = () => world.state.tasks.countBy('instance', containerInstance);
    expect(left()).toBe(250);
    const forced = world.command('DeregisterContainerInstance', { containerInstance, force: true });
    const sizes = ['events' in forced ? forced.events.length : 0];
    expect(world.state.containerInstances.get(containerInstance)).toMatchObject({ status: 'INACTIVE' });
    // Whoever registers now would take over tasks that are about to end.
    const again = () => world.command('RegisterAgentInstance', registration, 'health-monitor');
    const registration = {
      instanceId: '1'.repeat(32),
      request: { cluster: 'default', resources, attributes: [], versionInfo: {}, hostId: 'host' },
    };
    expect(again()).toMatchObject({ rejection: { message: expect.stringContaining('still ending') } });
    while (left() > 0) {
      const step = world.command('Expire', {});
      sizes.push('events' in step ? step.events.length : 0);
    }
    expect(sizes).toHaveLength(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(301);
    for (const task of world.state.tasks.values())
      expect(task).toMatchObject({ lastStatus: 'STOPPED', stoppedReason: 'Container instance deregistration forced by user' });
    expect(world.state.containerInstances.get(containerInstance)).toMatchObject({ reserved: { memoryMiB: 0 } });
    expect(again()).toMatchObject({ output: { containerInstanceArn: containerInstance } });
  });

  it('has its reports taken for what it is in now, whatever the one who gathered them has heard of its moves', () => {
    const world = new EcsWorld();
    world.given('CreateCluster', { clusterName: 'other' });
    const before = world.instance('1'.repeat(32), { cluster: 'other' });
    world.given('DeregisterContainerInstance', { cluster: 'other', containerInstance: before, force: true });
    const now = world.instance();
    world.place(world.definition(), [now]);
    const { taskArn } = [...world.state.tasks.values()][0]!;
    const report = { taskArn, sequence: 1, status: 'RUNNING', healthStatus: 'UNKNOWN', containers: [] };
    const gathered = { reports: [{ containerInstanceArn: before, report }] };
    expect(world.given('RecordTaskProgress', gathered, 'health-monitor')).toEqual({ acknowledged: { [taskArn]: 1 }, strays: [] });
    const another = world.instance('2'.repeat(32));
    const forged = { reports: [{ containerInstanceArn: another, report: { ...report, sequence: 2 } }] };
    expect(world.given('RecordTaskProgress', forged, 'health-monitor')).toEqual({ acknowledged: {}, strays: [taskArn] });
  });

  it('is not brought back by a registration that was on its way; who registers after that is taken in', () => {
    const world = new EcsWorld();
    const instance = world.instance();
    const { instanceId, registered, attributes, versionInfo, ec2InstanceId } = world.state.containerInstances.get(instance)!;
    const request = { cluster: 'default', resources: registered, attributes, versionInfo, hostId: ec2InstanceId };
    const register = (knownAt: string) =>
      world.command('RegisterAgentInstance', { instanceId, request, knownAt }, 'health-monitor');
    const before = new Date(world.now).toISOString();
    world.given('DeregisterContainerInstance', { containerInstance: instance, force: true });
    const deregisteredAt = world.state.containerInstances.get(instance)!.deregisteredAt!;
    expect(register(before)).toMatchObject({
      rejection: { message: 'The instance was deregistered after this registration was sent. Register it again.' },
    });
    expect(world.state.containerInstances.get(instance)).toMatchObject({ status: 'INACTIVE' });
    expect(register(deregisteredAt)).toMatchObject({ output: { containerInstanceArn: instance } });
    expect(world.state.containerInstances.get(instance)).toMatchObject({ status: 'ACTIVE' });
  });

  it('is forgotten an hour after it was INACTIVE, and its cluster likewise; who comes back registers anew', () => {
    const world = new EcsWorld();
    const containerInstance = world.instance();
    world.given('DeregisterContainerInstance', { containerInstance });
    world.given('DeleteCluster', { cluster: 'default' });
    const kept = () => [world.state.containerInstances.size, world.state.clusters.size];
    world.now += 59 * 60_000;
    world.given('Expire', {});
    expect(kept()).toEqual([1, 1]);
    world.now += 2 * 60_000;
    world.given('Expire', {});
    expect(kept()).toEqual([0, 0]);
    expect(world.instance()).toBe(containerInstance);
    expect(world.state.containerInstances.get(containerInstance)).toMatchObject({ status: 'ACTIVE', version: 1 });
  });
});
