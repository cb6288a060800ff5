import { ACCOUNT, RegistryWorld, REGION } from '../../../../test/support/registry-world.js';

const agent = { actor: 'health-monitor' };
const INSTANCE = 'a'.repeat(32);
const instanceArn = (cluster = 'default', id = INSTANCE) =>
  `arn:aws:ecs:${REGION}:${ACCOUNT}:container-instance/${cluster}/${id}`;
const request = {
  cluster: 'default',
  resources: { cpu: 2048, memoryMiB: 4096, gpu: 0, portsTcp: [2375, 22], portsUdp: [] },
  attributes: [{ name: 'ecs.os-type', value: 'linux' }, { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.17' }],
  versionInfo: { agentVersion: '1.2', agentHash: 'x', dockerVersion: 'y' },
  hostId: 'host-1',
};
const register = (world: RegistryWorld, change: object = {}, instanceId = INSTANCE) =>
  world.eventsOf('RegisterAgentInstance', { instanceId, request: { ...request, ...change } }, agent);
const describeOne = (world: RegistryWorld, include: string[] = []) =>
  world.ask('DescribeContainerInstances', { containerInstances: [INSTANCE], include }).containerInstances[0];

describe('container instances', () => {
  let world: RegistryWorld;
  beforeEach(() => (world = new RegistryWorld()));

  it('that come first make the cluster "default", and no other', () => {
    expect(register(world)).toEqual(['ClusterCreated', 'ContainerInstanceRegistered']);
    expect(world.ask('ListContainerInstances').containerInstanceArns).toEqual([instanceArn()]);
    const other = { instanceId: 'b'.repeat(32), request: { ...request, cluster: 'web' } };
    expect(world.refusal('RegisterAgentInstance', other, agent)).toBe('ClusterNotFoundException: Cluster not found.');
  });

  it('are shown in ECS’s shape: ports in use among the remaining resources', () => {
    register(world);
    expect(describeOne(world, ['CONTAINER_INSTANCE_HEALTH'])).toEqual({
      containerInstanceArn: instanceArn(),
      ec2InstanceId: 'host-1',
      version: 1,
      versionInfo: request.versionInfo,
      registeredResources: [
        { name: 'CPU', type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: 2048 },
        { name: 'MEMORY', type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: 4096 },
        { name: 'PORTS', type: 'STRINGSET', doubleValue: 0, longValue: 0, integerValue: 0, stringSetValue: ['22', '2375'] },
        { name: 'PORTS_UDP', type: 'STRINGSET', doubleValue: 0, longValue: 0, integerValue: 0, stringSetValue: [] },
      ],
      remainingResources: expect.arrayContaining([expect.objectContaining({ name: 'PORTS', stringSetValue: ['22', '2375'] })]),
      status: 'ACTIVE',
      agentConnected: true,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      attributes: request.attributes,
      registeredAt: world.at,
      attachments: [],
      tags: [],
      healthStatus: { overallStatus: 'OK', details: [{ type: 'CONTAINER_RUNTIME', status: 'OK' }] },
    });
  });

  it('that register again unchanged leave no event; changed ones keep what users put on them', () => {
    register(world);
    world.ok('PutAttributes', { attributes: [{ name: 'stack', value: 'prod', targetId: INSTANCE }] });
    expect(register(world)).toEqual([]);
    world.ok('UpdateContainerInstancesState', { containerInstances: [INSTANCE], status: 'DRAINING' });
    expect(register(world, { attributes: [{ name: 'ecs.os-type', value: 'linux' }] })).toEqual(['ContainerInstanceRegistered']);
    expect(describeOne(world)).toMatchObject({
      status: 'DRAINING',
      attributes: [
        { name: 'ecs.os-type', value: 'linux' },
        { name: 'stack', value: 'prod' },
      ],
    });
  });

  it('lose and regain their agent, each change once', () => {
    register(world);
    const set = (connected: boolean) =>
      world.eventsOf('SetAgentConnectivity', { containerInstanceArns: [instanceArn()], connected }, agent);
    expect([set(true), set(false), set(false)]).toEqual([[], ['ContainerInstanceAgentDisconnected'], []]);
    expect(describeOne(world).agentConnected).toBe(false);
    expect(register(world)).toEqual(['ContainerInstanceAgentConnected']);
  });

  it('become INACTIVE when deregistered, leave the lists, and come back ACTIVE under the same ARN', () => {
    register(world);
    world.ok('PutAttributes', { attributes: [{ name: 'stack', targetId: INSTANCE }] });
    expect(world.ok('DeregisterContainerInstance', { containerInstance: instanceArn() }).containerInstance.status).toBe(
      'INACTIVE',
    );
    expect(world.eventsOf('DeregisterContainerInstance', { containerInstance: INSTANCE })).toEqual([]);
    expect(world.ask('ListContainerInstances').containerInstanceArns).toEqual([]);
    expect(register(world)).toEqual(['ContainerInstanceRegistered']);
    expect(describeOne(world)).toMatchObject({ status: 'ACTIVE', agentConnected: true, attributes: request.attributes });
  });

  it('are in one cluster at a time', () => {
    register(world);
    world.ok('CreateCluster', { clusterName: 'web' });
    const input = { instanceId: INSTANCE, request: { ...request, cluster: 'web' } };
    expect(world.refusal('RegisterAgentInstance', input, agent)).toMatch(/registered in cluster default/);
    world.ok('DeregisterContainerInstance', { containerInstance: INSTANCE });
    expect(world.ok('RegisterAgentInstance', input, agent)).toEqual({
      containerInstanceArn: instanceArn('web'),
      clusterName: 'web',
    });
  });

  it('drain and return; unknown and inactive ones are failures', () => {
    register(world);
    register(world, {}, 'b'.repeat(32));
    world.ok('DeregisterContainerInstance', { containerInstance: 'b'.repeat(32) });
    const update = (status: string) =>
      world.ok('UpdateContainerInstancesState', { containerInstances: [INSTANCE, 'b'.repeat(32), 'c'.repeat(32)], status });
    const reply = update('DRAINING');
    expect(reply.containerInstances).toMatchObject([{ status: 'DRAINING' }]);
    expect(reply.failures).toEqual([
      { arn: instanceArn('default', 'b'.repeat(32)), reason: 'INACTIVE' },
      { arn: instanceArn('default', 'c'.repeat(32)), reason: 'MISSING' },
    ]);
    expect(world.ask('ListContainerInstances', { status: 'ACTIVE' }).containerInstanceArns).toEqual([]);
    update('DRAINING');
    expect(world.events).toEqual([]);
    expect(update('ACTIVE').containerInstances).toMatchObject([{ status: 'ACTIVE' }]);
  });

  it.each([
    ['UpdateContainerInstancesState', { containerInstances: [], status: 'ACTIVE' }, /Container Instances cannot be empty\.$/],
    ['UpdateContainerInstancesState', { containerInstances: [INSTANCE], status: 'REGISTERING' }, /one of \[ACTIVE, DRAINING\]/],
    ['UpdateContainerInstancesState', { containerInstances: Array(11).fill('x'), status: 'ACTIVE' }, /more than 10/],
    ['UpdateContainerAgent', { containerInstance: INSTANCE }, /^NoUpdateAvailableException: .*restart its agent/],
    ['DeregisterContainerInstance', { containerInstance: 'f'.repeat(32) }, /The referenced container instance was not found\./],
    [
      'DeregisterContainerInstance',
      { containerInstance: 'None' },
      /^InvalidParameterException: instanceId length should be one of \[32,36\]$/,
    ],
    [
      'DeregisterContainerInstance',
      { containerInstance: instanceArn('web') },
      /Identifier is for cluster web\. Your cluster is default/,
    ],
  ])('%s refuses %j', (name, input, message) => {
    register(world);
    expect(world.refusal(name, input)).toMatch(message);
  });

  it('are found by expression', () => {
    register(world);
    register(world, { attributes: [{ name: 'stack', value: 'prod' }] }, 'b'.repeat(32));
    const found = (filter: string) => world.ask('ListContainerInstances', { filter }).containerInstanceArns;
    expect(found('attribute:stack == prod')).toEqual([instanceArn('default', 'b'.repeat(32))]);
    expect(found('agentConnected == true and runningTasksCount == 0')).toHaveLength(2);
    expect(world.askRefusal('ListContainerInstances', { filter: 'stack = prod' })).toMatch(/^InvalidParameterException/);
  });

  it.each([
    { attributes: [{ name: 'rack', value: 'x'.repeat(129) }] },
    { attributes: [{ name: 'x'.repeat(129) }] },
    { attributes: [{ name: '' }] },
    { attributes: Array.from({ length: 201 }, (_, i) => ({ name: `a${i}` })) },
    { versionInfo: { ...request.versionInfo, agentVersion: '1.'.repeat(1_000) } },
  ])('are compared with expressions, so what a host says of itself is of bounded length, by whatever way it comes', (change) => {
    expect(world.refusal('RegisterAgentInstance', { instanceId: INSTANCE, request: { ...request, ...change } }, agent)).toMatch(
      /^InvalidParameterException: .*at most/,
    );
    expect(world.refusal('RegisterContainerInstance', change)).toMatch(/^(InvalidParameter|ClusterNotFound)Exception/);
    register(world);
    expect(world.refusal('RegisterContainerInstance', change)).toMatch(/^InvalidParameterException: .*at most/);
  });

  it('register through the API: resources, host and client token', () => {
    world.ok('CreateCluster');
    const input = {
      clientToken: 't',
      instanceIdentityDocument: '{"instanceId":"i-1"}',
      totalResources: [
        { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
        { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22'] },
      ],
      attributes: [{ name: 'ecs.os-type', value: 'linux' }],
      tags: [{ key: 'a', value: 'b' }],
    };
    const { containerInstance } = world.ok('RegisterContainerInstance', input);
    expect(containerInstance).toMatchObject({ ec2InstanceId: 'i-1', tags: input.tags, attributes: input.attributes });
    expect(containerInstance.containerInstanceArn).toMatch(/container-instance\/default\/[0-9a-f]{32}$/);
    expect(world.ok('RegisterContainerInstance', input).containerInstance).toEqual(containerInstance);
    expect(world.events).toEqual([]);
    const again = { ...input, clientToken: undefined, containerInstanceArn: containerInstance.containerInstanceArn };
    const { instanceIdentityDocument: _document, ...withoutDocument } = { ...again, attributes: [] };
    expect(world.ok('RegisterContainerInstance', withoutDocument).containerInstance).toMatchObject({
      containerInstanceArn: containerInstance.containerInstanceArn,
      ec2InstanceId: 'i-1',
    });
  });
});

describe('an identity document of EC2', () => {
  it('says zone, image and type where the host does not, also when it comes back without the document', () => {
    const world = new RegistryWorld();
    world.ok('CreateCluster');
    const document = {
      instanceId: 'i-1',
      availabilityZone: 'us-east-1b',
      imageId: 'ami-1',
      instanceType: 'm5.large',
      region: null,
    };
    const own = { name: 'ecs.instance-type', value: 'large' };
    const facts = [
      { name: 'ecs.availability-zone', value: 'us-east-1b' },
      { name: 'ecs.ami-id', value: 'ami-1' },
    ];
    const input = { instanceIdentityDocument: JSON.stringify(document), attributes: [own], totalResources: [] };
    const { containerInstance } = world.ok('RegisterContainerInstance', input);
    expect(containerInstance).toMatchObject({ ec2InstanceId: 'i-1', attributes: [own, ...facts] });
    const { containerInstanceArn } = containerInstance;
    const again = world.ok('RegisterContainerInstance', { containerInstanceArn, attributes: [own], totalResources: [] });
    expect(again.containerInstance.attributes).toEqual([own, ...facts]);
    const without = world.ok('RegisterContainerInstance', { ...input, instanceIdentityDocument: 'null' }).containerInstance;
    expect(without.attributes).toEqual([own]);
    expect(without).not.toHaveProperty('ec2InstanceId');
  });
});

describe('attributes', () => {
  let world: RegistryWorld;
  beforeEach(() => {
    world = new RegistryWorld();
    register(world);
  });

  it('are put, replaced, listed and deleted, with the target’s ARN', () => {
    const stack = { name: 'stack', value: 'prod', targetType: 'container-instance', targetId: instanceArn() };
    expect(world.ok('PutAttributes', { attributes: [{ ...stack, targetId: INSTANCE }] }).attributes).toEqual([stack]);
    expect(world.eventsOf('PutAttributes', { attributes: [stack] })).toEqual([]);
    expect(world.ask('ListAttributes', { targetType: 'container-instance', attributeName: 'stack' }).attributes).toEqual([stack]);
    world.ok('DeleteAttributes', {
      attributes: [
        { name: 'stack', targetId: INSTANCE },
        { name: 'never', targetId: INSTANCE },
      ],
    });
    expect(world.ask('ListAttributes', { targetType: 'container-instance', attributeName: 'stack' }).attributes).toEqual([]);
  });

  const eleven = Array.from({ length: 11 }, (_, i) => ({ name: `a${i}`, targetId: INSTANCE }));
  it.each([
    [[{ name: 'a', targetId: 'f'.repeat(32) }], /^TargetNotFoundException: The specified target f{32} was not found/],
    [[{ name: 'ecs.os-type', value: 'windows', targetId: INSTANCE }], /cannot be changed/],
    [[{ name: 'a b', targetId: INSTANCE }], /Invalid attribute name/],
    [[{ name: 'a', value: ' b', targetId: INSTANCE }], /Invalid value/],
    [eleven, /at most 10 items/],
  ])('%#: %j is refused', (attributes, message) => expect(world.refusal('PutAttributes', { attributes })).toMatch(message));

  it('of users are at most ten on an instance', () => {
    world.ok('PutAttributes', { attributes: eleven.slice(0, 10) });
    expect(world.refusal('PutAttributes', { attributes: eleven.slice(10) })).toMatch(/^AttributeLimitExceededException/);
    world.ok('PutAttributes', { attributes: [{ ...eleven[0]!, value: 'changed' }] });
  });
});
