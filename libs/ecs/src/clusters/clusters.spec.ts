import { ACCOUNT, RegistryWorld, REGION } from '../../../../test/support/registry-world.js';

const arn = (name: string, account: string = ACCOUNT) => `arn:aws:ecs:${REGION}:${account}:cluster/${name}`;
const agent = { actor: 'health-monitor' };
const INSTANCE = 'a'.repeat(32);
const request = {
  cluster: '',
  resources: { cpu: 2048, memoryMiB: 4096, gpu: 0, portsTcp: [22], portsUdp: [] },
  attributes: [{ name: 'ecs.os-type', value: 'linux' }],
  versionInfo: { agentVersion: '1', agentHash: '', dockerVersion: '' },
  hostId: 'host-1',
};

describe('clusters', () => {
  let world: RegistryWorld;
  beforeEach(() => (world = new RegistryWorld()));

  it('are named "default" when unnamed, with ECS’s shape', () => {
    expect(world.ok('CreateCluster').cluster).toEqual({
      clusterArn: arn('default'),
      clusterName: 'default',
      status: 'ACTIVE',
      registeredContainerInstancesCount: 0,
      runningTasksCount: 0,
      pendingTasksCount: 0,
      activeServicesCount: 0,
      statistics: [],
      tags: [],
      settings: [{ name: 'containerInsights', value: 'disabled' }],
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
    });
  });

  it('are created once: the same again changes nothing, other arguments are refused', () => {
    world.ok('CreateCluster', { clusterName: 'web', tags: [{ key: 'a', value: '1' }] });
    expect(world.eventsOf('CreateCluster', { clusterName: 'web' })).toEqual([]);
    expect(world.eventsOf('CreateCluster', { clusterName: 'web', tags: [{ key: 'a', value: '1' }] })).toEqual([]);
    expect(world.refusal('CreateCluster', { clusterName: 'web', tags: [{ key: 'a', value: '2' }] })).toBe(
      'InvalidParameterException: Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  });

  it.each([
    ['a blank in the name', { clusterName: 'my web' }, /^InvalidParameterException: Cluster must match/],
    ['a capacity provider', { capacityProviders: ['x'] }, /capacity provider 'x' was not found/],
    ['an unknown setting', { settings: [{ name: 'x', value: 'y' }] }, /Unknown cluster setting 'x'/],
    ['a reserved tag', { tags: [{ key: 'aws:x', value: '' }] }, /reserved/],
  ])('refuse %s', (_what, input, message) => expect(world.refusal('CreateCluster', input)).toMatch(message));

  it('take the account’s containerInsights setting', () => {
    world.ok('PutAccountSetting', { name: 'containerInsights', value: 'enhanced' });
    expect(world.ok('CreateCluster').cluster.settings).toEqual([{ name: 'containerInsights', value: 'enhanced' }]);
  });

  it('become INACTIVE when deleted, are still described, and can be made again', () => {
    world.ok('CreateCluster', { clusterName: 'web', tags: [{ key: 'old', value: '' }] });
    expect(world.ok('DeleteCluster', { cluster: arn('web') }).cluster.status).toBe('INACTIVE');
    expect(world.ask('ListClusters').clusterArns).toEqual([]);
    expect(world.ask('DescribeClusters', { clusters: ['web'] }).clusters[0].status).toBe('INACTIVE');
    expect(world.refusal('UpdateCluster', { cluster: 'web' })).toBe(
      'ClusterNotFoundException: The referenced cluster was inactive.',
    );
    expect(world.ok('CreateCluster', { clusterName: 'web' }).cluster).toMatchObject({ status: 'ACTIVE', tags: [] });
  });

  it('are not deleted while an instance is in them', () => {
    const { containerInstanceArn } = world.ok('RegisterAgentInstance', { instanceId: INSTANCE, request }, agent);
    expect(world.refusal('DeleteCluster', { cluster: 'default' })).toBe(
      'ClusterContainsContainerInstancesException: The Cluster cannot be deleted while Container Instances are active or draining.',
    );
    world.ok('DeregisterContainerInstance', { containerInstance: containerInstanceArn });
    world.ok('DeleteCluster', { cluster: 'default' });
  });

  it('show only what is asked for, and name what is missing by the ARN it would have', () => {
    world.ok('CreateCluster', { clusterName: 'web', tags: [{ key: 'a', value: 'b' }], configuration: { x: 1 } });
    const plain = world.ask('DescribeClusters', { clusters: ['web', 'no', 'web'] });
    expect(plain.clusters).toHaveLength(1);
    expect(plain.clusters[0]).toMatchObject({ tags: [], settings: [], statistics: [] });
    expect(plain.clusters[0]).not.toHaveProperty('configuration');
    expect(plain.failures).toEqual([{ arn: arn('no'), reason: 'MISSING' }]);
    const include = ['ATTACHMENTS', 'CONFIGURATIONS', 'SETTINGS', 'STATISTICS', 'TAGS'];
    const [full] = world.ask('DescribeClusters', { clusters: ['web'], include }).clusters;
    expect(full).toMatchObject({ tags: [{ key: 'a', value: 'b' }], configuration: { x: 1 }, attachments: [] });
    expect(full.statistics).toContainEqual({ name: 'runningEC2TasksCount', value: '0' });
  });

  it('of another account or region are not there, whatever is named', () => {
    world.ok('CreateCluster', { clusterName: 'web' }, { accountId: '999999999999' });
    const foreign = arn('web', '999999999999');
    expect(world.ask('DescribeClusters', { clusters: [foreign] })).toEqual({
      clusters: [],
      failures: [{ arn: foreign, reason: 'MISSING' }],
    });
    expect(world.refusal('DeleteCluster', { cluster: foreign })).toBe('ClusterNotFoundException: Cluster not found.');
    expect(world.ask('ListClusters').clusterArns).toEqual([]);
    expect(world.askRefusal('ListTagsForResource', { resourceArn: foreign })).toMatch(/^ClusterNotFound/);
  });

  it.each([
    ['arn:aws:ecs:eu-central-1:111122223333:cluster/a/b', 'Invalid identifier: Unexpected number of separators'],
    ['arn:aws:ecs:eu-central-1:111122223333:task/a/b', 'Invalid identifier: Identifier is for task. A cluster is needed'],
    ['arn:aws:s3:::bucket', 'Invalid identifier: arn:aws:s3:::bucket is not the ARN of an ECS cluster'],
  ])('named as %s are refused', (cluster, message) =>
    expect(world.refusal('DeleteCluster', { cluster })).toBe(`InvalidParameterException: ${message}`),
  );

  it('change what is given and nothing when nothing changes', () => {
    world.ok('CreateCluster', { clusterName: 'web' });
    const settings = [{ name: 'containerInsights', value: 'enabled' }];
    expect(world.eventsOf('UpdateClusterSettings', { cluster: 'web', settings })).toEqual(['ClusterUpdated']);
    expect(world.eventsOf('UpdateCluster', { cluster: 'web', settings })).toEqual([]);
    expect(world.ok('UpdateCluster', { cluster: 'web', configuration: { a: 1 } }).cluster).toMatchObject({
      settings,
      configuration: { a: 1 },
    });
  });

  it('are listed in pages; a token belongs to its list', () => {
    for (const name of ['c', 'a', 'b']) world.ok('CreateCluster', { clusterName: name });
    const first = world.ask('ListClusters', { maxResults: 2 });
    expect(first.clusterArns).toEqual([arn('a'), arn('b')]);
    expect(world.ask('ListClusters', { maxResults: 2, nextToken: '' })).toEqual(first);
    world.ok('DeleteCluster', { cluster: 'b' });
    expect(world.ask('ListClusters', { maxResults: 2, nextToken: first.nextToken })).toEqual({ clusterArns: [arn('c')] });
    for (const nextToken of ['nonsense', Buffer.from('["other","a"]').toString('base64url')]) {
      expect(world.askRefusal('ListClusters', { nextToken })).toMatch(/^InvalidParameterException: Invalid token/);
    }
    expect(world.askRefusal('ListClusters', { maxResults: 101 })).toMatch(/between 1 and 100/);
  });
});

it('an empty namespace takes the Service Connect default away', () => {
  const world = new RegistryWorld();
  world.ok('CreateCluster', { serviceConnectDefaults: { namespace: 'internal' } });
  const shown = () => world.ask('DescribeClusters').clusters[0];
  expect(shown().serviceConnectDefaults).toEqual({ namespace: 'internal' });
  world.ok('UpdateCluster', { cluster: 'default', serviceConnectDefaults: { namespace: '' } });
  expect(shown()).not.toHaveProperty('serviceConnectDefaults');
});
