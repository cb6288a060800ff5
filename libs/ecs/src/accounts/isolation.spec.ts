import { ACCOUNT, RegistryWorld, REGION } from '../../../../test/support/registry-world.js';

const arn = (resource: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`;
const INSTANCE = 'a'.repeat(32);
const cluster = arn('cluster/default');
const instance = arn(`container-instance/default/${INSTANCE}`);
const definition = arn('task-definition/site:1');
const site = { family: 'site', containerDefinitions: [{ name: 'web', image: 'nginx', memory: 64 }] };

/** The first account has a cluster, an instance, a task definition and a task. */
function worldOfTheFirst() {
  const world = new RegistryWorld();
  const request = {
    cluster: 'default',
    resources: { cpu: 2048, memoryMiB: 4096, gpu: 0, portsTcp: [], portsUdp: [] },
    attributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.17' }],
    versionInfo: {},
    hostId: 'host-1',
  };
  world.ok('RegisterAgentInstance', { instanceId: INSTANCE, request }, { actor: 'health-monitor' });
  world.ok('RegisterTaskDefinition', site);
  const template = { group: 'family:site', launchType: 'EC2', overrides: {}, tags: [], cpu: '0', memory: '64' };
  const plan = {
    clusterArn: cluster,
    taskDefinitionArn: definition,
    requestToken: 'token',
    rememberToken: true,
    operation: 'RunTask',
    digest: 'digest',
    count: 1,
    template,
    placementConstraints: [],
    placements: [{ ordinal: 0, containerInstanceArn: instance }],
  };
  const { placed } = world.ok('PlaceTasks', plan, { actor: 'scheduler' });
  return { world, task: placed[0].taskArn as string };
}

describe.each([
  ['another account', { accountId: '999999999999' }],
  ['another region', { region: 'us-west-2' }],
])('%s', (_who, stranger) => {
  it('sees nothing', () => {
    const { world } = worldOfTheFirst();
    expect(world.ask('ListClusters', {}, stranger).clusterArns).toEqual([]);
    expect(world.ask('ListTaskDefinitions', {}, stranger).taskDefinitionArns).toEqual([]);
    expect(world.ask('ListTaskDefinitionFamilies', {}, stranger).families).toEqual([]);
    world.ok('CreateCluster', {}, stranger);
    expect(world.ask('ListTasks', {}, stranger).taskArns).toEqual([]);
    expect(world.ask('ListContainerInstances', {}, stranger).containerInstanceArns).toEqual([]);
    expect(world.ask('ListAttributes', { targetType: 'container-instance' }, stranger).attributes).toEqual([]);
  });

  it('finds nothing by ARN, in a cluster of the same name', () => {
    const { world, task } = worldOfTheFirst();
    world.ok('CreateCluster', {}, stranger);
    const missing = (arnOf: string) => [{ arn: arnOf, reason: 'MISSING' }];
    expect(world.ask('DescribeClusters', { clusters: [cluster] }, stranger)).toEqual({
      clusters: [],
      failures: missing(cluster),
    });
    expect(world.ask('DescribeTasks', { tasks: [task] }, stranger)).toEqual({ tasks: [], failures: missing(task) });
    expect(world.ask('DescribeContainerInstances', { containerInstances: [instance] }, stranger).failures).toEqual(
      missing(instance),
    );
    const update = { containerInstances: [instance], status: 'DRAINING' };
    expect(world.ok('UpdateContainerInstancesState', update, stranger).failures).toEqual(missing(instance));
    expect(world.ok('DeleteTaskDefinitions', { taskDefinitions: [definition] }, stranger).failures).toMatchObject([
      { reason: expect.stringMatching(/does not exist/) },
    ]);
  });

  it.each<[string, (task: string) => object]>([
    ['DeleteCluster', () => ({ cluster })],
    ['UpdateCluster', () => ({ cluster })],
    ['DeregisterTaskDefinition', () => ({ taskDefinition: definition })],
    ['StopTask', (task) => ({ task })],
    ['StopTask', (task) => ({ cluster, task })],
    ['DeregisterContainerInstance', () => ({ containerInstance: instance, force: true })],
    ['RegisterContainerInstance', () => ({ containerInstanceArn: instance })],
    ['PutAttributes', () => ({ attributes: [{ name: 'a', targetId: instance }] })],
    ['DeleteAttributes', () => ({ attributes: [{ name: 'a', targetId: instance }] })],
    ['TagResource', () => ({ resourceArn: cluster, tags: [{ key: 'a', value: 'b' }] })],
    ['TagResource', (task) => ({ resourceArn: task, tags: [{ key: 'a', value: 'b' }] })],
    ['UntagResource', () => ({ resourceArn: definition, tagKeys: ['a'] })],
  ])('cannot %s', (operation, input) => {
    const { world, task } = worldOfTheFirst();
    world.ok('CreateCluster', {}, stranger);
    expect(world.refusal(operation, input(task), stranger)).toMatch(/not found|does not exist/);
  });

  it('numbers its own revisions and keeps its own settings', () => {
    const { world } = worldOfTheFirst();
    world.ok('RegisterTaskDefinition', site);
    expect(world.ok('RegisterTaskDefinition', site, stranger).taskDefinition.revision).toBe(1);
    world.ok('PutAccountSettingDefault', { name: 'containerInsights', value: 'enabled' });
    expect(world.ask('ListAccountSettings', {}, stranger).settings).toEqual([]);
  });
});

describe('an ARN of another partition', () => {
  const { world, task } = worldOfTheFirst();
  const service = { serviceName: 'web', taskDefinition: 'site', desiredCount: 0 };
  const serviceArn = world.ok('CreateService', service).service.serviceArn as string;
  const foreign = (own: string) => own.replace('arn:aws:', 'arn:aws-cn:');
  const short = (own: string) => foreign(own).replace('default/', '');

  it.each([
    ['DescribeClusters', { clusters: [foreign(cluster)] }],
    ['DescribeTasks', { tasks: [foreign(task)] }],
    ['DescribeTasks', { tasks: [short(task)] }],
    ['DescribeContainerInstances', { containerInstances: [foreign(instance)] }],
    ['DescribeContainerInstances', { containerInstances: [short(instance)] }],
    ['DescribeServices', { services: [foreign(serviceArn)] }],
    ['DescribeServices', { services: [short(serviceArn)] }],
  ])('is missing: %s %j', (operation, input) => {
    const answer = world.ask(operation, input);
    expect(answer.failures).toEqual([{ arn: Object.values(input).flat()[0], reason: 'MISSING' }]);
  });

  it.each([
    ['DescribeTaskDefinition', { taskDefinition: foreign(definition) }],
    ['ListTagsForResource', { resourceArn: foreign(cluster) }],
    ['ListTagsForResource', { resourceArn: foreign(task) }],
    ['ListTasks', { cluster: foreign(cluster) }],
    ['ListServiceDeployments', { service: short(serviceArn) }],
  ])('is refused: %s %j', (operation, input) => {
    expect(world.askRefusal(operation, input)).toMatch(/not found|was not found|Unable to describe/);
  });

  it.each([
    ['StopTask', { task: short(task) }],
    ['DeregisterTaskDefinition', { taskDefinition: foreign(definition) }],
    ['UpdateService', { service: short(serviceArn), desiredCount: 1 }],
    ['CreateService', { ...service, serviceName: 'other', taskDefinition: foreign(definition) }],
    ['DeregisterContainerInstance', { containerInstance: short(instance) }],
    ['TagResource', { resourceArn: foreign(cluster), tags: [{ key: 'a', value: 'b' }] }],
  ])('changes nothing: %s %j', (operation, input) => {
    expect(world.refusal(operation, input)).toMatch(/not found|does not exist/);
  });
});
