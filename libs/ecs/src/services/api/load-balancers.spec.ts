import {
  BALANCED,
  BalancedWorld,
  balancedWorld,
  behind,
  FACTS,
  factsOf,
  GROUP,
  OTHER_GROUP,
  webContainer,
} from '../../../../../test/support/balanced-world.js';
import { rollouts } from '../../../../../test/support/service-world.js';
import { TaskSetWorld } from '../../../../../test/support/task-set-world.js';

const fresh = () => {
  const world = new BalancedWorld();
  world.instance();
  world.definition([webContainer({ portMappings: [{ containerPort: 80 }, { containerPort: 53, protocol: 'udp' }] })]);
  return world;
};

const create = (world: BalancedWorld, more: object) =>
  world.command('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, ...more });
const refusal = (outcome: object) => (outcome as { rejection?: { message: string } }).rejection?.message;

describe('loadBalancers of a new service', () => {
  it.each([
    [{ ...behind(GROUP), containerName: 'api' }, 'The container api does not exist in the task definition.'],
    [{ ...behind(GROUP), containerPort: 8080 }, 'The container web did not have a container port 8080 defined.'],
    [{ ...behind(GROUP), containerPort: 53 }, 'The container web did not have a container port 53 defined.'],
    [{ ...behind(GROUP), containerName: undefined }, 'Container Name can not be blank.'],
    [{ ...behind(GROUP), targetGroupArn: undefined }, 'Target Group ARN can not be blank.'],
    [{ ...behind(GROUP), loadBalancerName: 'classic' }, expect.stringContaining('no Classic Load Balancers')],
    [{ ...behind(GROUP), advancedConfiguration: {} }, expect.stringContaining('alternateTargetGroupArn can not be blank')],
  ])('%j is refused', (loadBalancer, message) => {
    expect(refusal(create(fresh(), { loadBalancers: [loadBalancer], ...FACTS }))).toEqual(message);
  });

  it.each([
    [[], `The target group with targetGroupArn ${GROUP} does not exist.`],
    [
      [factsOf(GROUP, { hasLoadBalancer: false })],
      `The target group with targetGroupArn ${GROUP} does not have an associated load balancer.`,
    ],
    [
      [factsOf(GROUP, { targetType: 'ip' })],
      `The provided target group ${GROUP} has target type ip, which is incompatible with the bridge network mode specified in the task definition.`,
    ],
  ])('that are behind %j are refused', (targetGroups, message) => {
    expect(refusal(create(fresh(), { loadBalancers: [behind(GROUP)], targetGroups }))).toBe(message);
  });

  it('of awsvpc tasks need a target group of addresses', () => {
    const world = fresh();
    world.definition(undefined, { networkMode: 'awsvpc' });
    const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-1'] } };
    expect(refusal(create(world, { ...BALANCED, networkConfiguration }))).toBe(
      `The provided target group ${GROUP} has target type instance, which is incompatible with the awsvpc network mode specified in the task definition.`,
    );
  });

  it('are five at most, and each is named once', () => {
    const six = Array.from({ length: 6 }, (_, i) => behind(`${GROUP}${i}`));
    const targetGroups = six.map(({ targetGroupArn }) => factsOf(targetGroupArn));
    expect(refusal(create(fresh(), { loadBalancers: six, targetGroups }))).toBe('loadBalancers can have at most 5 items.');
    expect(create(fresh(), { loadBalancers: six.slice(1), targetGroups })).toHaveProperty('output');
    expect(refusal(create(fresh(), { ...BALANCED, loadBalancers: [behind(GROUP), behind(GROUP)] }))).toMatch(/same target twice/);
  });

  it('may be in a range of ports', () => {
    const world = fresh();
    world.definition([webContainer({ portMappings: [{ containerPortRange: '70-90' }] })]);
    expect(create(world, BALANCED)).toHaveProperty('output');
  });

  it('are shown as they were given, with the role', () => {
    const world = fresh();
    create(world, { ...BALANCED, role: 'ecsServiceRole' });
    expect(world.query('DescribeServices', { services: ['web'] })).toMatchObject({
      services: [{ loadBalancers: [behind(GROUP)], roleArn: 'arn:aws:iam::000000000000:role/ecsServiceRole' }],
    });
    const { serviceRevisionArn } = world.service.deployments[0]!;
    expect(world.query('DescribeServiceRevisions', { serviceRevisionArns: [serviceRevisionArn] })).toMatchObject({
      serviceRevisions: [{ loadBalancers: [behind(GROUP)] }],
    });
  });

  it('are no other service when only what is known of the target group has changed', () => {
    const world = fresh();
    create(world, BALANCED);
    const again = create(world, { ...BALANCED, targetGroups: [factsOf(GROUP, { hasLoadBalancer: false })] });
    expect(again).toMatchObject({ events: [] });
  });

  it('are no fact that has to be known of a service without any', () => {
    const world = fresh();
    create(world, { loadBalancers: [] });
    expect(world.service).not.toHaveProperty('loadBalancers');
    expect(world.query('DescribeServices', { services: ['web'] })).toMatchObject({ services: [{ loadBalancers: [] }] });
  });
});

describe('UpdateService', () => {
  const update = (world: BalancedWorld, more: object) => world.command('UpdateService', { service: 'web', ...more });

  it('rolls out another target group, into which only new tasks go', () => {
    const world = balancedWorld();
    const before = world.live;
    update(world, { loadBalancers: [behind(OTHER_GROUP)], ...FACTS });
    expect(rollouts(world)).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE COMPLETED']);
    world.settle();
    const groups = (tasks: BalancedWorld['live']) =>
      new Set(tasks.flatMap(({ targets = [] }) => targets.map((one) => one.targetGroupArn)));
    expect(groups(before)).toEqual(new Set([GROUP]));
    expect(groups(world.inStatus('PENDING'))).toEqual(new Set([OTHER_GROUP]));
    world.becomeSteady();
    expect(groups(world.live)).toEqual(new Set([OTHER_GROUP]));
  });

  it('takes a service out of its load balancers', () => {
    const world = balancedWorld();
    update(world, { loadBalancers: [] });
    world.becomeSteady();
    expect(world.live.map(({ targets }) => targets)).toEqual([undefined, undefined]);
    expect(world.query('DescribeServices', { services: ['web'] })).toMatchObject({ services: [{ loadBalancers: [] }] });
  });

  it('changes nothing where the same are given', () => {
    const world = balancedWorld();
    update(world, BALANCED);
    expect(rollouts(world)).toEqual(['PRIMARY COMPLETED']);
  });

  it('needs the load balancer for nothing else, and checks a new definition by what it has', () => {
    const world = balancedWorld();
    expect(update(world, { desiredCount: 3 })).toHaveProperty('output');
    world.definition([webContainer({ portMappings: [{ containerPort: 81 }] })]);
    expect(refusal(update(world, { taskDefinition: 'web:2' }))).toBe(
      'The container web did not have a container port 80 defined.',
    );
    world.definition(undefined, { networkMode: 'host' });
    expect(update(world, { taskDefinition: 'web:3' })).toHaveProperty('output');
    world.definition(undefined, { networkMode: 'awsvpc' });
    const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-1'] } };
    expect(refusal(update(world, { taskDefinition: 'web:4', networkConfiguration }))).toMatch(/has target type instance/);
  });

  it('that fails goes back to the load balancers from before', () => {
    const world = balancedWorld({
      loadBalancers: [],
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    });
    update(world, BALANCED);
    const { serviceDeploymentArn } = world.service.deployments[0]!;
    world.given('StopServiceDeployment', { serviceDeploymentArn });
    expect(world.service.loadBalancers ?? []).toEqual([]);
    world.becomeSteady();
    expect(world.live.map(({ targets }) => targets)).toEqual([undefined, undefined]);
  });
});

it('a task set that is deleted drains its targets', () => {
  const world = new TaskSetWorld();
  world.create({ desiredCount: 1 });
  world.definition([webContainer()]);
  const id = world.taskSet(100, BALANCED);
  world.settle();
  world.report(world.liveOf(id)[0]!, 'RUNNING');
  world.remove(id, true);
  world.settle();
  expect(world.tasks).toMatchObject([{ lastStatus: 'DEACTIVATING' }]);
  expect(world.said.at(-1)).toBe('(service web, taskSet ecs-svc/n) has begun draining connections on 1 tasks.');
  expect(world.of(id)!.status).toBe('DRAINING');
});

it('task sets have target groups of their own', () => {
  const world = new TaskSetWorld();
  world.create({ desiredCount: 1 });
  world.definition([webContainer()]);
  const id = world.taskSet(100, BALANCED);
  world.settle();
  expect(world.liveOf(id)[0]!.targets).toMatchObject([{ targetGroupArn: GROUP, state: 'pending' }]);
  expect(world.query('DescribeTaskSets', { cluster: 'default', service: 'web' })).toMatchObject({
    taskSets: [{ loadBalancers: [behind(GROUP)] }],
  });
});
