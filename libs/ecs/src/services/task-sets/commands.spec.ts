import { describe, expect, it } from '@jest/globals';
import { EcsWorld } from '../../../../../test/support/ecs-world.js';
import { TaskSetWorld } from '../../../../../test/support/task-set-world.js';

const refusal = (outcome: object) => (outcome as { rejection?: { code: string; message: string } }).rejection;
const ARN = 'arn:aws:ecs:us-east-1:000000000000';
const external = { serviceName: 'web', deploymentController: { type: 'EXTERNAL' } };

function given(more: object = { desiredCount: 4 }) {
  const world = new EcsWorld();
  world.given('CreateCluster', {});
  const definition = world.definition();
  const { service } = world.given<any>('CreateService', { ...external, ...more });
  return { world, definition, service };
}

const of = { cluster: 'default', service: 'web' };
const create = (world: EcsWorld, more: object = {}) =>
  world.given<any>('CreateTaskSet', { ...of, taskDefinition: 'web', ...more }).taskSet;
const describeWeb = (world: EcsWorld) =>
  world.query<any>('DescribeServices', { services: ['web'], include: ['TAGS'] }).services[0];

describe('a service with the EXTERNAL deployment controller', () => {
  it('is made from a name alone, and has no task definition, deployments or task sets yet', () => {
    const { service } = given({});
    expect(service).toMatchObject({
      status: 'ACTIVE',
      desiredCount: 0,
      launchType: 'EC2',
      schedulingStrategy: 'REPLICA',
      deploymentController: { type: 'EXTERNAL' },
      deployments: [],
      taskSets: [],
    });
    expect(service.taskDefinition).toBeUndefined();
    expect(service).not.toHaveProperty('currentServiceDeployment');
  });

  it.each([
    [{ taskDefinition: 'web' }, 'TaskDefinition must be blank.'],
    [{ networkConfiguration: { awsvpcConfiguration: { subnets: ['a'] } } }, 'NetworkConfiguration must be null.'],
    [{ launchType: 'EC2' }, 'LaunchType must be blank.'],
    [{ loadBalancers: [{ containerPort: 80 }] }, 'LoadBalancers must be empty.'],
    [{ schedulingStrategy: 'DAEMON' }, 'DAEMON'],
    [{ deploymentConfiguration: { deploymentCircuitBreaker: { enable: true } } }, 'The deployment circuit breaker is only for'],
    [{ deploymentConfiguration: { maximumPercent: 50 } }, 'maximumPercent must be at least 100'],
    [
      { taskDefinition: 'web', desiredCount: 1, deploymentController: { type: 'CODE_DEPLOY' } },
      'no deployment controller CODE_DEPLOY',
    ],
    [{ desiredCount: -1 }, 'Invalid desiredCount -1'],
  ])('is refused with %j', (more, message) => {
    const world = new EcsWorld();
    world.given('CreateCluster', {});
    world.definition();
    expect(refusal(world.command('CreateService', { ...external, taskDefinition: undefined, ...more }))).toMatchObject({
      code: 'InvalidParameterException',
      message: expect.stringContaining(message),
    });
  });

  it('lets UpdateService change its count, placement, grace and tags', () => {
    const { world } = given();
    const change = {
      desiredCount: 2,
      healthCheckGracePeriodSeconds: 7,
      placementStrategy: [{ type: 'random' }],
      enableECSManagedTags: true,
      propagateTags: 'SERVICE',
    };
    expect(world.command('UpdateService', { service: 'web', ...change })).toMatchObject({
      events: [{ type: 'ServiceUpdated', data: change }],
    });
    expect(describeWeb(world)).toMatchObject(change);
  });

  it.each([
    [{ taskDefinition: 'web' }, 'update task definition'],
    [{ forceNewDeployment: true }, 'force a new deployment'],
    [{ deploymentConfiguration: { maximumPercent: 200 } }, 'update deployment configuration'],
    [{ platformVersion: 'LATEST' }, 'update platform version'],
    [{ networkConfiguration: {} }, 'update network configuration'],
  ])('refuses %j in UpdateService', (more, what) => {
    const { world } = given();
    expect(refusal(world.command('UpdateService', { service: 'web', ...more }))).toMatchObject({
      code: 'InvalidParameterException',
      message: expect.stringContaining(`Unable to ${what} on services with an EXTERNAL deployment controller.`),
    });
  });

  it('cannot be made of one with the ECS controller', () => {
    const world = new EcsWorld();
    world.given('CreateCluster', {});
    world.definition();
    world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 });
    const update = { service: 'web', deploymentController: { type: 'EXTERNAL' } };
    expect(refusal(world.command('UpdateService', update))?.message).toContain('cannot be changed');
  });

  it('is deleted when its task sets are gone, or by force', () => {
    const { world } = given({ desiredCount: 0 });
    create(world);
    expect(refusal(world.command('DeleteService', { service: 'web' }))?.message).toContain(
      'The service cannot be stopped while deployments are active.',
    );
    const { service } = world.given<any>('DeleteService', { service: 'web', force: true });
    expect(service).toMatchObject({ status: 'DRAINING', taskSets: [{ status: 'DRAINING' }] });
    world.given('AdvanceService', { serviceArn: service.serviceArn, placements: [] }, 'scheduler');
    expect(describeWeb(world)).toMatchObject({ status: 'INACTIVE', taskSets: [] });
    expect(world.state.taskSets.size).toBe(0);
  });
});

describe('CreateTaskSet', () => {
  it('answers a task set as ECS shows it: ACTIVE, stabilizing, at 0 % unless told otherwise', () => {
    const { world, definition } = given();
    const taskSet = create(world, { externalId: 'green', tags: [{ key: 'a', value: 'b' }] });
    expect(taskSet).toMatchObject({
      serviceArn: `${ARN}:service/default/web`,
      clusterArn: `${ARN}:cluster/default`,
      externalId: 'green',
      status: 'ACTIVE',
      taskDefinition: definition,
      computedDesiredCount: 0,
      pendingCount: 0,
      runningCount: 0,
      launchType: 'EC2',
      loadBalancers: [],
      serviceRegistries: [],
      scale: { value: 0, unit: 'PERCENT' },
      stabilityStatus: 'STABILIZING',
      tags: [{ key: 'a', value: 'b' }],
    });
    expect(taskSet.id).toMatch(/^ecs-svc\/\d{19}$/);
    expect(taskSet.taskSetArn).toBe(`${ARN}:task-set/default/web/${taskSet.id}`);
    expect(taskSet.stabilityStatusAt).toBe(taskSet.createdAt);
    for (const ours of ['placedTasks', 'healthyAfterMs', 'accountId', 'creation']) expect(taskSet).not.toHaveProperty(ours);
  });

  it('is answered again under its clientToken, and refuses another request under it', () => {
    const { world } = given();
    const first = create(world, { clientToken: 'one' });
    expect(create(world, { clientToken: 'one' })).toEqual(first);
    expect(create(world, { clientToken: 'two' }).id).not.toBe(first.id);
    expect(create(world).id).not.toBe(create(world).id);
    const other = { ...of, taskDefinition: 'web', clientToken: 'one', scale: { value: 10, unit: 'PERCENT' } };
    expect(refusal(world.command('CreateTaskSet', other))?.message).toContain('The clientToken was used before');
  });

  it('makes five at most', () => {
    const { world } = given();
    for (let n = 0; n < 5; n++) create(world);
    expect(refusal(world.command('CreateTaskSet', { ...of, taskDefinition: 'web' }))).toMatchObject({
      code: 'InvalidParameterException',
      message: '5 deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.',
    });
  });

  it.each([
    [{ service: 'x' }, 'ServiceNotFoundException', 'Service not found.'],
    [{ cluster: 'x' }, 'ClusterNotFoundException', 'Cluster not found.'],
    [{ taskDefinition: 'x' }, 'ClientException', 'TaskDefinition not found.'],
    [{ scale: { value: 101, unit: 'PERCENT' } }, 'InvalidParameterException', 'Invalid scale value 101'],
    [{ launchType: 'FARGATE' }, 'InvalidParameterException', 'Task definition does not support launch_type FARGATE.'],
    [{ loadBalancers: [{ containerPort: 80 }] }, 'InvalidParameterException', 'Target Group ARN can not be blank.'],
    [{ clientToken: 'a b' }, 'InvalidParameterException', 'Invalid clientToken'],
    [{ tags: [{ key: 'aws:x', value: '' }] }, 'InvalidParameterException', 'is reserved'],
  ])('refuses %j', (more, code, message) => {
    const { world } = given();
    expect(refusal(world.command('CreateTaskSet', { ...of, taskDefinition: 'web', ...more }))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('is for services with external deployment controllers, as the other four', () => {
    const world = new EcsWorld();
    world.given('CreateCluster', {});
    world.definition();
    world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 });
    const message = 'Amazon ECS only supports task set management on services configured to use external deployment controllers.';
    const taskSet = 'ecs-svc/1';
    for (const [operation, more] of [
      ['CreateTaskSet', { taskDefinition: 'web' }],
      ['UpdateTaskSet', { taskSet, scale: { value: 1 } }],
      ['DeleteTaskSet', { taskSet }],
      ['UpdateServicePrimaryTaskSet', { primaryTaskSet: taskSet }],
    ] as const) {
      expect(refusal(world.command(operation, { ...of, ...more }))).toEqual(expect.objectContaining({ message }));
    }
    expect(world.query('DescribeTaskSets', of)).toMatchObject({ rejection: { message } });
  });

  it('needs a service that is ACTIVE, as the other four', () => {
    const { world } = given();
    const { service } = world.given<any>('DeleteService', { service: 'web', force: true });
    expect(refusal(world.command('CreateTaskSet', { ...of, taskDefinition: 'web' }))?.code).toBe('ServiceNotActiveException');
    world.given('AdvanceService', { serviceArn: service.serviceArn, placements: [] }, 'scheduler');
    const taskSet = 'ecs-svc/1';
    for (const [operation, more] of [
      ['CreateTaskSet', { taskDefinition: 'web' }],
      ['UpdateTaskSet', { taskSet, scale: { value: 1 } }],
      ['DeleteTaskSet', { taskSet }],
      ['UpdateServicePrimaryTaskSet', { primaryTaskSet: taskSet }],
    ] as const) {
      expect(refusal(world.command(operation, { ...of, ...more }))?.code).toBe('ServiceNotActiveException');
    }
    expect(world.query('DescribeTaskSets', of)).toMatchObject({ rejection: { code: 'ServiceNotActiveException' } });
  });

  it('keeps its task definition from being deleted', () => {
    const { world } = given();
    create(world);
    world.given('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
    world.given('DeleteTaskDefinitions', { taskDefinitions: ['web:1'] });
    world.given('Expire', {});
    expect(world.query('DescribeTaskDefinition', { taskDefinition: 'web:1' })).toMatchObject({
      taskDefinition: { status: 'DELETE_IN_PROGRESS' },
    });
  });
});

describe('UpdateTaskSet', () => {
  it.each([
    [10, 30, 3],
    [10, 25, 3],
    [4, 0.1, 1],
    [1000, 1.1, 11],
    [3, 0, 0],
  ])('of %d desired tasks makes %d %% to be %d: rounded up', (desiredCount, value, count) => {
    const { world } = given({ desiredCount });
    const { id, taskSetArn } = create(world);
    for (const taskSet of [id, taskSetArn]) {
      const updated = world.given<any>('UpdateTaskSet', { ...of, taskSet, scale: { value, unit: 'PERCENT' } }).taskSet;
      expect(updated).toMatchObject({ computedDesiredCount: count, scale: { value, unit: 'PERCENT' } });
    }
  });

  it.each([
    [{ taskSet: 'ecs-svc/1' }, 'TaskSetNotFoundException', 'The specified task set was not found.'],
    [{ taskSet: `${ARN}:task-set/default/other/ecs-svc/1` }, 'TaskSetNotFoundException', 'not found'],
    [{ taskSet: 'x' }, 'InvalidParameterException', 'Invalid identifier: x'],
    [{ taskSet: `${ARN}:service/default/web` }, 'InvalidParameterException', 'Invalid identifier'],
    [{ scale: { value: -1, unit: 'PERCENT' } }, 'InvalidParameterException', 'Invalid scale value -1'],
    [{ scale: {} }, 'InvalidParameterException', 'The scale needs a value'],
  ])('refuses %j', (more, code, message) => {
    const { world } = given();
    const { id } = create(world);
    expect(refusal(world.command('UpdateTaskSet', { ...of, taskSet: id, scale: { value: 1 }, ...more }))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});

describe('UpdateServicePrimaryTaskSet', () => {
  it('makes one PRIMARY and the one before ACTIVE; the service shows its revision', () => {
    const { world, definition } = given();
    const next = world.definition();
    const [blue, green] = [create(world, { taskDefinition: 'web:1' }), create(world, { taskDefinition: 'web:2' })];
    const promote = (id: string) => world.given<any>('UpdateServicePrimaryTaskSet', { ...of, primaryTaskSet: id }).taskSet;
    expect(promote(blue.id).status).toBe('PRIMARY');
    expect(describeWeb(world).taskDefinition).toBe(definition);
    promote(green.taskSetArn);
    const shown = describeWeb(world);
    expect(shown.taskDefinition).toBe(next);
    expect(shown.taskSets.map((taskSet: any) => [taskSet.id, taskSet.status])).toEqual([
      [blue.id, 'ACTIVE'],
      [green.id, 'PRIMARY'],
    ]);
    expect(world.command('UpdateServicePrimaryTaskSet', { ...of, primaryTaskSet: green.id })).toMatchObject({ events: [] });
  });
});

describe('DeleteTaskSet', () => {
  it('refuses one that is scaled above 0 and has tasks, and the PRIMARY one, unless forced', () => {
    const world = new TaskSetWorld();
    world.create();
    const id = world.taskSet(50);
    world.settle();
    const remove = (more: object = {}) => world.command('DeleteTaskSet', { ...of, taskSet: id, ...more });
    expect(refusal(remove())?.message).toContain('The task set cannot be deleted while it is scaled above 0');
    world.obey();
    expect(refusal(remove())?.message).toContain('The task set cannot be deleted while it is scaled above 0');
    world.given('UpdateServicePrimaryTaskSet', { ...of, primaryTaskSet: id });
    world.given('UpdateTaskSet', { ...of, taskSet: id, scale: { value: 0, unit: 'PERCENT' } });
    expect(refusal(remove())).toMatchObject({
      code: 'InvalidParameterException',
      message: expect.stringContaining('Primary TaskSet cannot be deleted'),
    });
    expect(remove({ force: true })).toMatchObject({ output: { taskSet: { status: 'DRAINING', computedDesiredCount: 0 } } });
    expect(describeWeb(world).taskDefinition).toBeUndefined();
    expect(remove()).toMatchObject({ events: [] });
  });

  it('takes one at 100 % that has no task', () => {
    const { world } = given();
    const { id } = create(world, { scale: { value: 100, unit: 'PERCENT' } });
    expect(world.given('DeleteTaskSet', { ...of, taskSet: id })).toMatchObject({ taskSet: { status: 'DRAINING' } });
  });

  it('leaves one that can no longer be changed', () => {
    const { world } = given();
    const { id } = create(world);
    world.given('DeleteTaskSet', { ...of, taskSet: id });
    expect(refusal(world.command('UpdateTaskSet', { ...of, taskSet: id, scale: { value: 1 } }))?.message).toContain(
      'is being deleted',
    );
    expect(refusal(world.command('UpdateServicePrimaryTaskSet', { ...of, primaryTaskSet: id }))?.message).toContain(
      'is being deleted',
    );
  });
});

describe('DescribeTaskSets', () => {
  it('describes those that are named, or all; tags only when asked for', () => {
    const { world } = given();
    const [first, second] = [create(world, { tags: [{ key: 'a', value: 'b' }] }), create(world)];
    const ask = (more: object = {}) => world.query<any>('DescribeTaskSets', { ...of, ...more });
    expect(ask().taskSets.map((taskSet: any) => taskSet.id)).toEqual([first.id, second.id]);
    expect(ask({ taskSets: [first.id, 'ecs-svc/7'] })).toMatchObject({
      taskSets: [{ id: first.id, tags: [] }],
      failures: [{ arn: `${ARN}:task-set/default/web/ecs-svc/7`, reason: 'MISSING' }],
    });
    expect(ask({ include: ['TAGS'] }).taskSets[0].tags).toEqual([{ key: 'a', value: 'b' }]);
    world.given('TagResource', { resourceArn: first.taskSetArn, tags: [{ key: 'c', value: 'd' }] });
    expect(world.query('ListTagsForResource', { resourceArn: first.taskSetArn })).toMatchObject({
      tags: [{ key: 'a' }, { key: 'c' }],
    });
  });

  it('shows nothing of another account', () => {
    const { world } = given();
    const { taskSetArn } = create(world);
    const stranger = { ...world.scope, accountId: '111122223333' };
    world.command('CreateCluster', {}, 'state-store', 'theirs', stranger);
    world.command('CreateService', external, 'state-store', 'their-service', stranger);
    expect(world.query('DescribeTaskSets', { ...of, taskSets: [taskSetArn] }, stranger)).toMatchObject({
      taskSets: [],
      failures: [{ arn: taskSetArn }],
    });
  });
});
