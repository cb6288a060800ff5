import {
  CreatePrivateDnsNamespaceCommand,
  CreatePublicDnsNamespaceCommand,
  CreateServiceCommand,
  DeleteNamespaceCommand,
  DeleteServiceCommand,
  DeregisterInstanceCommand,
  DiscoverInstancesCommand,
  GetNamespaceCommand,
  GetOperationCommand,
  GetServiceCommand,
  InstanceNotFound,
  ListTagsForResourceCommand,
  NamespaceAlreadyExists,
  paginateListNamespaces,
  RegisterInstanceCommand,
  ResourceInUse,
  ServiceDiscoveryClient,
  ServiceNotFound,
  UpdateServiceCommand,
} from '@aws-sdk/client-servicediscovery';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AwsEndpoint, KEYS } from '../support/aws-endpoint.js';
import { discoveryEndpoint } from '../support/discovery-endpoint.js';

/** Cloud Map's API as its users call it: the AWS CLI that the distribution ships, the JavaScript SDK, and Terraform's provider. */
describe('the wire of Cloud Map’s API', () => {
  let endpoint: AwsEndpoint;
  let sdk: ServiceDiscoveryClient;

  beforeAll(async () => {
    endpoint = await discoveryEndpoint();
    sdk = new ServiceDiscoveryClient({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: KEYS,
      // Its discovery goes to a host of its own, data-servicediscovery.…
      disableHostPrefix: true,
    });
  });
  afterAll(async () => {
    sdk.destroy();
    await endpoint.close();
  });

  const targetOf = async (OperationId: string | undefined) => {
    const { Operation } = await sdk.send(new GetOperationCommand({ OperationId }));
    expect(Operation!.Status).toBe('SUCCESS');
    return Operation!.Targets!;
  };

  it('is driven by the AWS CLI from namespace to instance', async () => {
    const { OperationId } = await endpoint.aws('create-private-dns-namespace', '--name', 'cli', '--vpc', 'vpc-1');
    const { Operation } = await endpoint.aws('get-operation', '--operation-id', OperationId);
    const namespace = Operation.Targets.NAMESPACE;
    const dns = 'DnsRecords=[{Type=SRV,TTL=5}]';
    const create = ['create-service', '--name', 'web', '--namespace-id', namespace, '--dns-config', dns];
    const { Service } = await endpoint.aws(...create);
    expect(Service).toMatchObject({
      Type: 'DNS_HTTP',
      DnsConfig: { DnsRecords: [{ Type: 'SRV', TTL: 5 }] },
      NamespaceId: namespace,
    });
    expect(await endpoint.refused(...create)).toContain('(ServiceAlreadyExists)');
    const attributes = 'AWS_INSTANCE_IPV4=10.0.0.1,AWS_INSTANCE_PORT=80';
    const of = ['--service-id', Service.Id, '--instance-id', 'one'];
    await endpoint.aws('register-instance', ...of, '--attributes', attributes);
    const { Instances } = await endpoint.aws('list-instances', '--service-id', Service.Id);
    expect(Instances).toMatchObject([{ Id: 'one', Attributes: { AWS_INSTANCE_PORT: '80' } }]);
    expect(await endpoint.refused('delete-service', '--id', Service.Id)).toContain('(ResourceInUse)');
    await endpoint.aws('deregister-instance', ...of);
    await endpoint.aws('delete-service', '--id', Service.Id);
    await endpoint.aws('delete-namespace', '--id', namespace);
    expect((await endpoint.aws('list-namespaces')).Namespaces).toEqual([]);
  }, 60_000);

  it('is driven by the JavaScript SDK: discovery, errors by class, pages, what is not built', async () => {
    const create = (Name: string) => sdk.send(new CreatePrivateDnsNamespaceCommand({ Name, Vpc: 'vpc-1' }));
    const { NAMESPACE: Id } = await targetOf((await create('sdk')).OperationId);
    await create('sdk2');
    await expect(create('sdk')).rejects.toThrow(NamespaceAlreadyExists);
    await expect(create('sdk')).rejects.toMatchObject({ NamespaceId: Id });
    const names: string[] = [];
    for await (const page of paginateListNamespaces({ client: sdk, pageSize: 1 }, {}))
      names.push(...page.Namespaces!.map(({ Name }) => Name!));
    expect(names.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['sdk', 'sdk2']);
    const { Service } = await sdk.send(new CreateServiceCommand({ Name: 'web', NamespaceId: Id, HealthCheckCustomConfig: {} }));
    const ServiceId = Service!.Id!;
    const Attributes = { AWS_INSTANCE_IPV4: '10.0.0.1', version: '2' };
    await targetOf((await sdk.send(new RegisterInstanceCommand({ ServiceId, InstanceId: 'one', Attributes }))).OperationId);
    const found = await sdk.send(
      new DiscoverInstancesCommand({ NamespaceName: 'sdk', ServiceName: 'web', QueryParameters: { version: '2' } }),
    );
    expect(found.Instances).toMatchObject([{ InstanceId: 'one', HealthStatus: 'HEALTHY', Attributes }]);
    expect(found.InstancesRevision).toBeGreaterThan(0);
    await expect(sdk.send(new GetServiceCommand({ Id: 'srv-none' }))).rejects.toThrow(ServiceNotFound);
    await expect(sdk.send(new DeregisterInstanceCommand({ ServiceId, InstanceId: 'two' }))).rejects.toThrow(InstanceNotFound);
    await expect(sdk.send(new DeleteServiceCommand({ Id: ServiceId }))).rejects.toThrow(ResourceInUse);
    await expect(sdk.send(new CreatePublicDnsNamespaceCommand({ Name: 'a.example' }))).rejects.toThrow(
      /CreatePublicDnsNamespace is not supported by Longshore yet/,
    );
  }, 60_000);

  /** What aws_service_discovery_private_dns_namespace and …_service create, wait for, read, update and delete (terraform-provider-aws, internal/service/servicediscovery). */
  it('has what Terraform reads back as it was written, so that its plans are empty', async () => {
    const tags = [{ Key: 'team', Value: 'a' }];
    const input = { Name: 'terraform', Vpc: 'vpc-1', Description: 'ours', CreatorRequestId: 'terraform-1', Tags: tags };
    const { NAMESPACE: Id } = await targetOf((await sdk.send(new CreatePrivateDnsNamespaceCommand(input))).OperationId);
    const { Namespace } = await sdk.send(new GetNamespaceCommand({ Id }));
    expect(Namespace).toMatchObject({ Name: 'terraform', Description: 'ours', Arn: expect.any(String) });
    expect(Namespace!.Properties!.DnsProperties!.HostedZoneId).toEqual(expect.any(String));
    expect((await sdk.send(new ListTagsForResourceCommand({ ResourceARN: Namespace!.Arn }))).Tags).toEqual(tags);
    const DnsRecords = [{ Type: 'SRV' as const, TTL: 10 }];
    const DnsConfig = { NamespaceId: Id, RoutingPolicy: 'MULTIVALUE' as const, DnsRecords };
    const HealthCheckCustomConfig = { FailureThreshold: 1 };
    const { Service } = await sdk.send(new CreateServiceCommand({ Name: 'web', DnsConfig, HealthCheckCustomConfig, Tags: tags }));
    const read = async () => (await sdk.send(new GetServiceCommand({ Id: Service!.Id }))).Service!;
    expect(await read()).toMatchObject({ Name: 'web', NamespaceId: Id, DnsConfig, HealthCheckCustomConfig, Type: 'DNS_HTTP' });
    const change = { Description: 'web', DnsConfig: { DnsRecords: [{ Type: 'SRV' as const, TTL: 5 }] } };
    await targetOf((await sdk.send(new UpdateServiceCommand({ Id: Service!.Id, Service: change }))).OperationId);
    expect(await read()).toMatchObject({
      Description: 'web',
      DnsConfig: { NamespaceId: Id, RoutingPolicy: 'MULTIVALUE', ...change.DnsConfig },
    });
    await sdk.send(new DeleteServiceCommand({ Id: Service!.Id }));
    await targetOf((await sdk.send(new DeleteNamespaceCommand({ Id }))).OperationId);
  }, 60_000);
});
