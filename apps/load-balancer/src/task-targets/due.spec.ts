import { beforeEach, describe, expect, it } from '@jest/globals';
import { ADDRESS_ATTRIBUTE, CONTAINER_ADDRESS_ATTRIBUTE, type Task } from '#lib/ecs/model';
import { BalancedWorld, webContainer } from '../../../../test/support/balanced-world.js';
import { LoadBalancingWorld } from '../../../../test/support/load-balancing-world.js';
import { dueOf } from './due.js';

/** One service behind one target group of each world, and what the loop would make of it. */
class World {
  readonly ecs = new BalancedWorld();
  readonly own = new LoadBalancingWorld();
  readonly group = this.own.targetGroup('web', { TargetType: 'instance' });

  constructor(container = webContainer()) {
    const taskDefinition = this.ecs.definition([container]);
    this.own.listener(this.own.loadBalancer(), this.group);
    const facts = { targetGroups: [{ targetGroupArn: this.group, targetType: 'instance', hasLoadBalancer: true }] };
    const loadBalancers = [{ targetGroupArn: this.group, containerName: 'web', containerPort: 80 }];
    this.ecs.create({ taskDefinition, loadBalancers, ...facts, desiredCount: 1 }, 1);
    this.address('10.0.0.7');
    this.ecs.settle();
  }

  /** The host's agent registers anew. */
  address(value?: string, containerAddress?: string): void {
    const [{ attributes } = { attributes: [] as readonly { name: string }[] }] = [...this.ecs.state.containerInstances.values()];
    const told = { [ADDRESS_ATTRIBUTE]: value, [CONTAINER_ADDRESS_ATTRIBUTE]: containerAddress };
    const others = attributes.filter(({ name }) => !(name in told));
    const own = Object.entries(told).flatMap(([name, text]) => (text === undefined ? [] : [{ name, value: text }]));
    this.ecs.instance('1'.repeat(32), { attributes: [...others, ...own] });
  }

  /** Its task is registered. */
  run(): void {
    this.ecs.runs(this.task);
    this.act();
    this.act();
  }

  get task(): Task {
    return this.ecs.tasks[0]!;
  }

  due() {
    return dueOf(this.ecs.state, this.own.state, this.task.taskArn);
  }

  /** What the loop does with it. */
  act(): void {
    const { register, deregister, reports } = this.due();
    for (const { target } of register) this.own.ok('RegisterTargets', { TargetGroupArn: this.group, Targets: [target] });
    for (const { id, port } of deregister)
      this.own.ok('DeregisterTargets', { TargetGroupArn: this.group, Targets: [{ Id: id, Port: port }] });
    if (reports.length > 0) this.ecs.given('RecordTargets', { targets: reports }, 'load-balancer');
  }
}

describe('the targets of a task', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });

  it('are not registered before its containers run', () => {
    expect(world.due()).toEqual({ register: [], deregister: [], reports: [] });
  });

  it('are its host with the port that is published there, at the address that the host has told', () => {
    world.ecs.runs(world.task);
    const { taskArn } = world.task;
    expect(world.due().register.map(({ target }) => target)).toEqual([
      expect.objectContaining({
        Port: 49_153,
        Address: '10.0.0.7',
        Task: { taskArn, containerName: 'web', containerPort: 80 },
      }),
    ]);
    world.act();
    expect(world.task.lastStatus).toBe('ACTIVATING');
    world.act();
    expect(world.task.lastStatus).toBe('RUNNING');
    expect(world.task.targets).toMatchObject([{ state: 'registered', health: 'initial', deregistrationDelayMs: 300_000 }]);
    expect(world.due()).toEqual({ register: [], deregister: [], reports: [] });
  });

  it.each([
    ['a port that the engine chose', [{ containerPort: 80 }], '172.17.0.1'],
    [
      'a port that the definition fixes, which another agent of the host may have there',
      [{ containerPort: 80, hostPort: 49_153 }],
      '127.0.0.1',
    ],
  ])('of a host that is reached on its loopback are where its containers reach it: %s', (_, portMappings, Address) => {
    world = new World(webContainer({ portMappings }));
    world.address('127.0.0.1', '172.17.0.1');
    world.ecs.runs(world.task);
    expect(world.due().register.map(({ target }) => target)).toEqual([expect.objectContaining({ Port: 49_153, Address })]);
  });

  it('have the health that the load balancer recorded, in its words', () => {
    world.run();
    world.own.becomes('healthy', world.group);
    world.act();
    expect(world.task.targets).toMatchObject([{ health: 'healthy' }]);
    world.own.becomes('unhealthy', world.group, { reason: 'Target.Timeout' });
    world.act();
    expect(world.task.targets).toMatchObject([{ health: 'unhealthy', reason: 'Request timed out' }]);
  });

  it('have the delay that their group has by now', () => {
    world.run();
    const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '5' }];
    world.own.ok('ModifyTargetGroupAttributes', { TargetGroupArn: world.group, Attributes });
    world.act();
    expect(world.task.targets).toMatchObject([{ deregistrationDelayMs: 5_000 }]);
  });

  it('say why they cannot be registered, once', () => {
    world.ecs.runs(world.task);
    world.address();
    world.act();
    expect(world.task.targets).toMatchObject([{ state: 'pending', reason: expect.stringContaining('--address') }]);
    expect(world.due().reports).toEqual([]);
  });

  it('drain when the task is to stop, and are drained when the load balancer has none of them left', () => {
    world.run();
    world.ecs.given('StopTask', { task: world.task.taskArn });
    const { taskArn } = world.task;
    expect(world.task.lastStatus).toBe('DEACTIVATING');
    world.act();
    expect(Object.values(world.own.health(world.group))).toEqual(['draining Target.DeregistrationInProgress']);
    expect(world.due()).toEqual({ register: [], deregister: [], reports: [] });
    const [target] = [...world.own.state.targets.values()];
    world.own.given('RecordTargetsDrained', { targets: [target] });
    world.act();
    expect(world.ecs.state.tasks.get(taskArn)!.lastStatus).toBe('STOPPING');
  });

  it('are deregistered when the task is over, however it ended', () => {
    world.run();
    const { taskArn } = world.task;
    world.ecs.report(world.task, 'STOPPED');
    expect(dueOf(world.ecs.state, world.own.state, taskArn).deregister).toHaveLength(1);
  });

  it('are registered again when somebody took them out', () => {
    world.run();
    const [{ id, port } = { id: '', port: 0 }] = [...world.own.state.targets.values()];
    world.own.ok('DeregisterTargets', { TargetGroupArn: world.group, Targets: [{ Id: id, Port: port }] });
    expect(world.due().register).toHaveLength(1);
  });

  it('are waited for while their group does not exist', () => {
    world.ecs.runs(world.task);
    world.own.state.targetGroups.delete(world.group as never);
    world.act();
    expect(world.task.targets).toMatchObject([{ state: 'pending', reason: expect.stringContaining('does not exist') }]);
  });
});
