import { DiscoveryWorld } from '../../../../../test/support/discovery-world.js';

const OTHER = { accountId: '111111111111', region: 'us-east-1', principal: 'arn:aws:iam::111111111111:root' };

class NamedWorld extends DiscoveryWorld {
  ids(more: object = {}): readonly string[] {
    const found = this.seen('DiscoverInstances', { NamespaceName: 'internal', ServiceName: 'web', ...more });
    return found.Instances.map(({ InstanceId }: any) => InstanceId);
  }
}

describe('namespaces of Cloud Map', () => {
  let world: NamedWorld;
  beforeEach(() => void (world = new NamedWorld()));

  it('are there when their operation can be asked for', () => {
    const id = world.namespace('internal', { Description: 'ours', CreatorRequestId: 'once' });
    expect(world.ask('GetNamespace', { Id: id }).Namespace).toMatchObject({
      Id: id,
      Arn: `arn:aws:servicediscovery:us-east-1:000000000000:namespace/${id}`,
      Name: 'internal',
      Type: 'DNS_PRIVATE',
      Description: 'ours',
      ServiceCount: 0,
      CreatorRequestId: 'once',
      Properties: {
        DnsProperties: { HostedZoneId: expect.stringMatching(/^Z/), SOA: { TTL: 15 } },
        HttpProperties: { HttpName: 'internal' },
      },
    });
    const [{ Id, Status }] = world.ask('ListOperations').Operations;
    expect(Status).toBe('SUCCESS');
    expect(Id).toMatch(/^[a-z0-9]{32}-[a-z0-9]{8}$/);
    expect(world.ask('GetOperation', { OperationId: Id }).Operation).toMatchObject({
      Type: 'CREATE_NAMESPACE',
      Status: 'SUCCESS',
    });
  });

  it('without DNS say so as Cloud Map does', () => {
    const { OperationId } = world.ok('CreateHttpNamespace', { Name: 'plain' });
    const { NAMESPACE: Id } = world.ask('GetOperation', { OperationId }).Operation.Targets;
    expect(world.ask('GetNamespace', { Id }).Namespace.Properties).toEqual({
      DnsProperties: { SOA: {} },
      HttpProperties: { HttpName: 'plain' },
    });
  });

  it('are found by id and by ARN, and by nobody else', () => {
    const Id = world.namespace();
    const { Arn } = world.ask('GetNamespace', { Id }).Namespace;
    expect(world.ask('GetNamespace', { Id: Arn }).Namespace.Id).toBe(Id);
    expect(world.refusal('GetNamespace', { Id }, OTHER)).toMatch(/^NamespaceNotFound/);
    expect(world.refusal('GetNamespace', { Id: 'ns-none' })).toMatch(/^NamespaceNotFound/);
  });

  it('answer a repeated creation with the operation of the first one', () => {
    const input = { Name: 'web', CreatorRequestId: 'once' };
    const { OperationId } = world.ok('CreateHttpNamespace', input);
    expect(world.ok('CreateHttpNamespace', input).OperationId).toBe(OperationId);
    const again = world.command('CreateHttpNamespace', { Name: 'WEB', CreatorRequestId: 'twice' });
    expect(again).toMatchObject({ rejection: { code: 'NamespaceAlreadyExists', fields: { CreatorRequestId: 'once' } } });
  });

  it.each(['two words', '-a', `${'a'.repeat(64)}.b`, 'a..b', '.'])('refuse %j, which is no domain name', (Name) => {
    expect(world.refusal('CreatePrivateDnsNamespace', { Name, Vpc: 'vpc-1' })).toMatch(/^InvalidInput/);
  });

  it('of DNS have one name in the whole installation; HTTP ones one an account', () => {
    world.namespace('shop.internal');
    expect(world.refusal('CreatePrivateDnsNamespace', { Name: 'Shop.Internal', Vpc: 'v' }, OTHER)).toMatch(
      /^InvalidInput.*one tree/,
    );
    expect(world.refusal('CreateHttpNamespace', { Name: 'shop.internal' }, OTHER)).toBeUndefined();
  });

  it('of DNS do not stand in names of another account, which would be answered by them no more', () => {
    world.namespace('shop.internal');
    world.namespace('eu.shop.internal');
    const zone = { Name: 'example.com', CallerReference: 'a', dnsSuffix: 'here' };
    world.ok('CreateHostedZone', zone);
    const refused = (Name: string) => world.refusal('CreatePrivateDnsNamespace', { Name, Vpc: 'v' }, OTHER);
    expect(refused('web.Shop.internal')).toMatch(/^InvalidInput: .*private DNS namespace 'shop\.internal'/);
    expect(refused('example.com')).toMatch(/^InvalidInput: .*hosted zone 'example\.com'/);
    expect(refused('www.example.com')).toMatch(/^InvalidInput: .*hosted zone 'example\.com'/);
    expect(refused('internal')).toBeUndefined();
    expect(refused('workshop.internal')).toBeUndefined();
  });

  it('are listed in pages and by filters', () => {
    for (const name of ['a', 'b', 'c']) world.namespace(name);
    world.ok('CreateHttpNamespace', { Name: 'd' });
    const first = world.ask('ListNamespaces', { MaxResults: 3 });
    const second = world.ask('ListNamespaces', { MaxResults: 3, NextToken: first.NextToken });
    const names = [...first.Namespaces, ...second.Namespaces]
      .map(({ Name }: any) => Name as string)
      .toSorted((a, b) => (a < b ? -1 : 1));
    expect([names, second.NextToken]).toEqual([['a', 'b', 'c', 'd'], undefined]);
    const http = world.ask('ListNamespaces', { Filters: [{ Name: 'TYPE', Values: ['HTTP'] }] });
    expect(http.Namespaces.map(({ Name }: any) => Name)).toEqual(['d']);
    expect(world.refusal('ListNamespaces', { NextToken: 'x' })).toMatch(/^InvalidInput/);
  });

  it('are changed by their own kind of update, and deleted when they are empty', () => {
    const Id = world.namespace();
    world.ok('UpdatePrivateDnsNamespace', {
      Id,
      Namespace: { Description: 'new', Properties: { DnsProperties: { SOA: { TTL: 3 } } } },
    });
    expect(world.ask('GetNamespace', { Id }).Namespace).toMatchObject({
      Description: 'new',
      Properties: { DnsProperties: { SOA: { TTL: 3 } } },
    });
    expect(world.refusal('UpdateHttpNamespace', { Id, Namespace: { Description: 'x' } })).toMatch(/^InvalidInput/);
    const service = world.service(Id);
    expect(world.refusal('DeleteNamespace', { Id })).toMatch(/^ResourceInUse/);
    world.ok('DeleteService', { Id: service });
    expect(world.ok('DeleteNamespace', { Id })).toEqual({ OperationId: expect.any(String) });
    expect(world.refusal('GetNamespace', { Id })).toMatch(/^NamespaceNotFound/);
  });
});

describe('services of Cloud Map', () => {
  let world: NamedWorld;
  let namespace: string;
  beforeEach(() => {
    world = new NamedWorld();
    namespace = world.namespace();
  });

  it('show what clients compare with what they sent', () => {
    const id = world.service(namespace, 'web', { Description: 'ours', HealthCheckCustomConfig: { FailureThreshold: 5 } });
    expect(world.seen('GetService', { Id: id }).Service).toEqual({
      Id: id,
      Arn: `arn:aws:servicediscovery:us-east-1:000000000000:service/${id}`,
      ResourceOwner: '000000000000',
      CreatedByAccount: '000000000000',
      Name: 'web',
      NamespaceId: namespace,
      Type: 'DNS_HTTP',
      Description: 'ours',
      InstanceCount: 0,
      DnsConfig: { NamespaceId: namespace, RoutingPolicy: 'MULTIVALUE', DnsRecords: [{ Type: 'SRV', TTL: 60 }] },
      HealthCheckCustomConfig: { FailureThreshold: 1 },
      CreateDate: expect.any(String),
      CreatorRequestId: undefined,
    });
  });

  const records = (...types: string[]) => ({ DnsRecords: types.map((Type) => ({ Type, TTL: 5 })) });
  it.each([
    [{ DnsConfig: records('A', 'A') }, 'more than once'],
    [{ DnsConfig: records() }, 'at least one record'],
    [{ DnsConfig: records('CNAME') }, 'WEIGHTED'],
    [{ DnsConfig: { ...records('CNAME', 'A'), RoutingPolicy: 'WEIGHTED' } }, 'cannot be combined'],
    [{ DnsConfig: records('A'), Type: 'HTTP' }, 'leave DnsConfig out'],
    [{ HealthCheckConfig: { Type: 'HTTP' } }, 'public DNS namespaces only'],
  ])('refuse %j', (more, words) => {
    const refused = world.refusal('CreateService', { Name: 'web', NamespaceId: namespace, ...more });
    expect(refused).toMatch(/^InvalidInput/);
    expect(refused).toContain(words);
  });

  it('have one name in their namespace, in either case', () => {
    const id = world.service(namespace, 'web');
    const again = world.command('CreateService', { Name: 'WEB', NamespaceId: namespace });
    expect(again).toMatchObject({ rejection: { code: 'ServiceAlreadyExists', fields: { ServiceId: id } } });
    expect(world.refusal('CreateService', { Name: 'web' })).toMatch(/^InvalidInput/);
    expect(world.refusal('CreateService', { Name: 'web', NamespaceId: 'ns-none' })).toMatch(/^NamespaceNotFound/);
  });

  it('take new TTLs, and lose the records that an update leaves out', () => {
    const Id = world.service(namespace);
    world.ok('UpdateService', { Id, Service: { Description: 'x', DnsConfig: { DnsRecords: [{ Type: 'SRV', TTL: 1 }] } } });
    expect(world.seen('GetService', { Id }).Service).toMatchObject({ Description: 'x', DnsConfig: { DnsRecords: [{ TTL: 1 }] } });
    world.ok('UpdateService', { Id, Service: {} });
    expect(world.seen('GetService', { Id }).Service).toMatchObject({ Description: 'x', Type: 'HTTP' });
  });

  it('keep attributes and tags of their own', () => {
    const ServiceId = world.service(namespace);
    world.ok('UpdateServiceAttributes', { ServiceId, Attributes: { a: '1', b: '2' } });
    world.ok('DeleteServiceAttributes', { ServiceId, Attributes: ['a'] });
    expect(world.ask('GetServiceAttributes', { ServiceId }).ServiceAttributes.Attributes).toEqual({ b: '2' });
    const ResourceARN = `arn:aws:servicediscovery:us-east-1:000000000000:service/${ServiceId}`;
    world.ok('TagResource', { ResourceARN, Tags: [{ Key: 'team', Value: 'a' }, { Key: 'gone' }] });
    world.ok('UntagResource', { ResourceARN, TagKeys: ['gone', 'never'] });
    expect(world.ask('ListTagsForResource', { ResourceARN }).Tags).toEqual([{ Key: 'team', Value: 'a' }]);
    expect(
      world.refusal('ListTagsForResource', { ResourceARN: 'arn:aws:servicediscovery:us-east-1:000000000000:service/no' }),
    ).toMatch(/^ResourceNotFoundException/);
  });
});

describe('instances of Cloud Map', () => {
  let world: NamedWorld;
  let service: string;
  beforeEach(() => {
    world = new NamedWorld();
    service = world.service(world.namespace(), 'web', { HealthCheckCustomConfig: {} });
  });

  it('are found by the names of their service, with what they were registered with', () => {
    const operation = world.register(service, 'one', { version: '1' });
    expect(world.ask('GetOperation', { OperationId: operation }).Operation.Targets).toEqual({
      INSTANCE: 'one',
      SERVICE: service,
    });
    expect(world.seen('DiscoverInstances', { NamespaceName: 'internal', ServiceName: 'web' }).Instances).toEqual([
      {
        InstanceId: 'one',
        NamespaceName: 'internal',
        ServiceName: 'web',
        HealthStatus: 'HEALTHY',
        Attributes: { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '49153', version: '1' },
      },
    ]);
    expect(world.seen('DiscoverInstances', { NamespaceName: 'internal', ServiceName: 'none' })).toMatch(/^ServiceNotFound/);
    expect(world.seen('DiscoverInstances', { NamespaceName: 'none', ServiceName: 'web' })).toMatch(/^NamespaceNotFound/);
  });

  it('are chosen by health, attributes and preferences', () => {
    world.register(service, 'a', { zone: 'x' });
    world.register(service, 'b', { zone: 'y' });
    world.register(service, 'c', { zone: 'y', AWS_INIT_HEALTH_STATUS: 'UNHEALTHY' });
    expect(world.ids()).toEqual(['a', 'b']);
    expect(world.ids({ HealthStatus: 'ALL' })).toEqual(['a', 'b', 'c']);
    expect(world.ids({ HealthStatus: 'UNHEALTHY' })).toEqual(['c']);
    expect(world.ids({ QueryParameters: { zone: 'y' } })).toEqual(['b']);
    expect(world.ids({ OptionalParameters: { zone: 'y' } })).toEqual(['b']);
    expect(world.ids({ OptionalParameters: { zone: 'z' } })).toEqual(['a', 'b']);
    expect(world.ids({ HealthStatus: 'ALL', MaxResults: 2 })).toEqual(['a', 'b']);
    for (const InstanceId of ['a', 'b'])
      world.ok('UpdateInstanceCustomHealthStatus', { ServiceId: service, InstanceId, Status: 'UNHEALTHY' });
    expect([world.ids(), world.ids({ HealthStatus: 'HEALTHY' })]).toEqual([['a', 'b', 'c'], []]);
  });

  it('raise the revision with each change of what is discovered, and with nothing else', () => {
    const revision = () =>
      world.seen('DiscoverInstancesRevision', { NamespaceName: 'internal', ServiceName: 'web' }).InstancesRevision;
    world.register(service, 'a');
    const before = revision();
    world.ok('UpdateServiceAttributes', { ServiceId: service, Attributes: { a: '1' } });
    expect(revision()).toBe(before);
    world.ok('DeregisterInstance', { ServiceId: service, InstanceId: 'a' });
    expect(revision()).toBeGreaterThan(before);
  });

  it('are listed in pages, and told with their health', () => {
    for (const id of ['a', 'b', 'c']) world.register(service, id);
    const first = world.seen('ListInstances', { ServiceId: service, MaxResults: 2 });
    const second = world.seen('ListInstances', { ServiceId: service, MaxResults: 2, NextToken: first.NextToken });
    expect([...first.Instances, ...second.Instances].map(({ Id }: any) => Id)).toEqual(['a', 'b', 'c']);
    expect(world.seen('GetInstancesHealthStatus', { ServiceId: service, Instances: ['b'] })).toEqual({
      Status: { b: 'HEALTHY' },
    });
    expect(world.seen('GetInstance', { ServiceId: service, InstanceId: 'd' })).toMatch(/^InstanceNotFound/);
    expect(world.seen('GetService', { Id: service }).Service.InstanceCount).toBe(3);
  });

  it.each([
    [{ AWS_INSTANCE_IPV4: '10.0.0.256' }, 'AWS_INSTANCE_IPV4'],
    [{ AWS_INSTANCE_PORT: '70000' }, 'AWS_INSTANCE_PORT'],
    [{ AWS_INSTANCE_PORT: undefined }, 'SRV records'],
    [{ AWS_ALIAS_DNS_NAME: 'x' }, 'alias'],
    [{ AWS_INIT_HEALTH_STATUS: 'FINE' }, 'AWS_INIT_HEALTH_STATUS'],
    [Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`a${i}`, ''])), 'at most 30'],
  ])('refuse the attributes %j', (more, words) => {
    const given = { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '80', ...more };
    const Attributes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const refused = world.refusal('RegisterInstance', { ServiceId: service, InstanceId: 'x', Attributes });
    expect(refused).toMatch(/^InvalidInput/);
    expect(refused).toContain(words);
  });

  it('that are tasks come and go with them', () => {
    const name = { ServiceId: service, InstanceId: 'task', isOfTask: true };
    for (const [command, more] of [
      ['RegisterInstance', { Attributes: {} }],
      ['DeregisterInstance', {}],
      ['UpdateInstanceCustomHealthStatus', { Status: 'UNHEALTHY' }],
    ] as const) {
      expect(world.refusal(command, { ...name, ...more })).toMatch(/^ResourceInUse.*task/);
    }
    expect(world.refusal('DeleteService', { Id: service, instancesOfTasks: 1 })).toMatch(/^ResourceInUse/);
  });

  it('have no health to report in a service without one', () => {
    const plain = world.service(world.namespace('plain'), 'web');
    world.register(plain, 'a');
    expect(world.refusal('UpdateInstanceCustomHealthStatus', { ServiceId: plain, InstanceId: 'a', Status: 'HEALTHY' })).toMatch(
      /^CustomHealthNotFound/,
    );
    expect(world.seen('GetInstancesHealthStatus', { ServiceId: plain }).Status).toEqual({ a: 'UNKNOWN' });
  });

  it('keep their service from being deleted', () => {
    world.register(service, 'a');
    expect(world.refusal('DeleteService', { Id: service })).toMatch(/^ResourceInUse/);
    world.ok('DeregisterInstance', { ServiceId: service, InstanceId: 'a' });
    expect(world.refusal('DeregisterInstance', { ServiceId: service, InstanceId: 'a' })).toMatch(/^InstanceNotFound/);
    world.ok('DeleteService', { Id: service });
    expect(world.seen('GetService', { Id: service })).toMatch(/^ServiceNotFound/);
  });

  it('remember the newest operations only', () => {
    const first = world.register(service, 'a');
    for (let i = 0; i < 1_000; i++) world.register(service, 'a');
    expect(world.refusal('GetOperation', { OperationId: first })).toMatch(/^OperationNotFound/);
    expect(world.state.operations.size).toBe(1_000);
  });
});
