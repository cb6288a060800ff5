import { discoveryCommands, discoveryQueries, instanceQueries } from '../../apps/load-balancer/src/domain/discovery/discovery.js';
import { ServiceCatalog } from '#lib/aws-api';
import type { StructureShape } from '../../libs/aws-api/src/model.js';
import type { Rejection } from '#lib/kernel';
import { DiscoveryWorld } from '../support/discovery-world.js';

const model = new ServiceCatalog().named('servicediscovery')!;

/** One of everything that Cloud Map has here, so that every operation finds what it is about. */
export class EverythingDiscovered extends DiscoveryWorld {
  readonly operations = model
    .operationNames()
    .filter((name) => name in discoveryQueries || name in discoveryCommands || name in instanceQueries);
  readonly sound: Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  constructor() {
    super();
    const [Id, empty] = [this.namespace(), this.namespace('empty')];
    const { OperationId } = this.ok('CreateHttpNamespace', { Name: 'http' });
    const http = this.ask('GetOperation', { OperationId }).Operation.Targets.NAMESPACE as string;
    const ServiceId = this.service(Id, 'web', { HealthCheckCustomConfig: {} });
    const unused = this.service(Id, 'unused');
    this.register(ServiceId, 'one');
    const Attributes = { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '80' };
    const name = { NamespaceName: 'internal', ServiceName: 'web' };
    const ResourceARN = `arn:aws:servicediscovery:us-east-1:000000000000:service/${ServiceId}`;
    const instance = { ServiceId, InstanceId: 'one' };
    this.sound = {
      CreateHttpNamespace: { Name: 'new' },
      CreatePrivateDnsNamespace: { Name: 'new', Vpc: 'vpc-1' },
      CreateService: { Name: 'new', NamespaceId: Id },
      DeleteNamespace: { Id: empty },
      DeleteService: { Id: unused },
      DeleteServiceAttributes: { ServiceId, Attributes: ['a'] },
      DeregisterInstance: instance,
      DiscoverInstances: name,
      DiscoverInstancesRevision: name,
      GetInstance: instance,
      GetInstancesHealthStatus: { ServiceId },
      GetNamespace: { Id },
      GetOperation: { OperationId },
      GetService: { Id: ServiceId },
      GetServiceAttributes: { ServiceId },
      ListInstances: { ServiceId },
      ListTagsForResource: { ResourceARN },
      RegisterInstance: { ServiceId, InstanceId: 'two', Attributes },
      TagResource: { ResourceARN, Tags: [{ Key: 'a', Value: 'b' }] },
      UntagResource: { ResourceARN, TagKeys: ['a'] },
      UpdateHttpNamespace: { Id: http, Namespace: { Description: 'x' } },
      UpdateInstanceCustomHealthStatus: { ...instance, Status: 'UNHEALTHY' },
      UpdatePrivateDnsNamespace: { Id, Namespace: { Description: 'x' } },
      UpdateService: { Id: ServiceId, Service: { Description: 'x' } },
      UpdateServiceAttributes: { ServiceId, Attributes: { a: 'b' } },
    };
  }

  inputOf(operation: string): StructureShape {
    return model.operation(operation)!.input;
  }

  /** What the operation would do and answer; nothing is done. Throws what is neither an answer nor a refusal. */
  outcome(name: string, input: object): { readonly rejection: Rejection } | { readonly output: unknown } {
    if (name in instanceQueries) return this.answer(name, input);
    if (!(name in discoveryQueries)) return this.decide(name, input, this.owner, 'asked', this.scope);
    const answer = this.query<object>(name, input);
    return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
  }
}
