import { beforeEach, describe, expect, it } from '@jest/globals';
import { EcsWorld } from '../../../../test/support/ecs-world.js';
import { checkInvariants, InvariantError } from './invariants.js';

/** A cluster with an instance, a task and a service, in which every check has something to look at. */
let world: EcsWorld;
let taskArn: string;
let serviceArn: string;
let containerInstanceArn: string;
beforeEach(() => {
  world = new EcsWorld();
  containerInstanceArn = world.instance();
  const definition = world.definition();
  world.place(definition, [containerInstanceArn]);
  ({ serviceArn } = world.given<{ service: { serviceArn: string } }>('CreateService', {
    serviceName: 's',
    taskDefinition: 'web',
    desiredCount: 1,
  }).service);
  taskArn = [...world.state.tasks.values()][0]!.taskArn;
});
const check = (type: string, data: object) => () => checkInvariants(world.state, [{ type, v: 1, data }]);
const change = <T extends object>(
  table: { get(key: string): T | undefined; put(key: string, value: T): void },
  key: string,
  to: Partial<T>,
) => table.put(key, { ...table.get(key)!, ...to });
const { clusterArn } = { clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default' };

it('all hold of what commands do', () => {
  for (const { transactions } of world.commits)
    for (const { events } of transactions)
      if (events.every(({ type }) => type !== 'ClusterDeleted')) checkInvariants(world.state, events);
});

describe('a command fails, loudly, that would', () => {
  it('release more of an instance than was held, or count fewer tasks than none', () => {
    const { reserved } = world.state.containerInstances.get(containerInstanceArn)!;
    change(world.state.containerInstances as never, containerInstanceArn, { reserved: { ...reserved, cpu: -1 } } as never);
    expect(check('TaskStatusChanged', { taskArn })).toThrow(/more released than reserved/);
    change(world.state.containerInstances as never, containerInstanceArn, { reserved, runningTasksCount: -1 } as never);
    expect(check('TaskContainersChanged', { taskArn })).toThrow(/negative task counts/);
  });

  it('give an instance more than it has; what a host reports later is a fact', () => {
    const { registered } = world.state.containerInstances.get(containerInstanceArn)!;
    change(world.state.containerInstances as never, containerInstanceArn, {
      registered: { ...registered, memoryMiB: 1 },
    } as never);
    const placed = world.commits
      .flatMap(({ transactions }) => transactions)
      .flatMap(({ events }) => events)
      .find(({ type }) => type === 'TaskPlaced')!;
    expect(check('TaskPlaced', placed.data as object)).toThrow(/MiB reserved of 1/);
    expect(check('TaskStatusChanged', { taskArn })).not.toThrow();
  });

  it('move a task that is not there, or end one that is wanted', () => {
    expect(check('TaskStatusChanged', { taskArn: `${taskArn}x` })).toThrow(InvariantError);
    change(world.state.tasks as never, taskArn, { lastStatus: 'STOPPED', desiredStatus: 'RUNNING' } as never);
    expect(check('TaskStatusChanged', { taskArn })).toThrow(/STOPPED, and wanted to run/);
  });

  it('leave a service with no PRIMARY deployment, or with two, or with less than no tasks', () => {
    const { deployments } = world.state.services.get(serviceArn)!;
    for (const wrong of [[], [...deployments, ...deployments]]) {
      change(world.state.services as never, serviceArn, { deployments: wrong } as never);
      expect(check('DeploymentStarted', { serviceArn })).toThrow(/PRIMARY deployments/);
    }
    change(world.state.services as never, serviceArn, { deployments, desiredCount: -1 } as never);
    expect(check('ServiceUpdated', { serviceArn })).toThrow(/wants -1 tasks/);
  });

  it('delete a cluster with something in it, or register into one that is not there', () => {
    expect(check('ClusterDeleted', { clusterArn })).toThrow(/with services in it/);
    const elsewhere = { containerInstanceArn, clusterArn: `${clusterArn}x` };
    expect(check('ContainerInstanceRegistered', elsewhere)).toThrow(/does not exist/);
  });
});
