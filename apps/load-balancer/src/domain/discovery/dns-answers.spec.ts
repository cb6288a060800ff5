import { createEcsStore } from '#lib/ecs/model';
import { LoadBalancingWorld, PLACEMENT } from '../../../../../test/support/load-balancing-world.js';
import { dnsAnswer, type DnsSide } from './dns-answers.js';

class NamesWorld extends LoadBalancingWorld {
  readonly ecs = createEcsStore().state;
  readonly namespace: string;

  constructor(name = 'internal', placement: object = {}) {
    super();
    const { OperationId } = this.ok('CreatePrivateDnsNamespace', { Name: name, Vpc: 'vpc-1' });
    this.namespace = this.ask('GetOperation', { OperationId }).Operation.Targets.NAMESPACE;
    this.ok('CreateLoadBalancer', { Name: 'front', placement: { ...PLACEMENT, ...placement } });
  }

  service(Name: string, types: readonly string[], more: object = {}): string {
    const DnsConfig = { DnsRecords: types.map((Type) => ({ Type, TTL: 60 })), ...more };
    return this.ok('CreateService', { Name, NamespaceId: this.namespace, DnsConfig, HealthCheckCustomConfig: {} }).Service.Id;
  }

  register(ServiceId: string, InstanceId: string, more: object = {}): void {
    const Attributes = { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '49153', ...more };
    this.ok('RegisterInstance', { ServiceId, InstanceId, Attributes });
  }

  asked(name: string, type = 'A', side: DnsSide = 'here'): any {
    const state = { ...this.state, ecs: this.ecs };
    return dnsAnswer({ state, suffix: PLACEMENT.dnsSuffix, serial: 7, random: () => 0 }, { name, type }, side);
  }
}

const data = ({ answers }: any) => answers.map((record: any) => record.data);

describe('names in DNS', () => {
  it('of a service are the ports of its healthy instances, with where they are beside them', () => {
    const world = new NamesWorld();
    const service = world.service('web', ['SRV']);
    world.register(service, 'One');
    world.register(service, 'two', { AWS_INSTANCE_IPV4: '10.0.0.2', AWS_INSTANCE_PORT: '49154' });
    world.register(service, 'ill', { AWS_INIT_HEALTH_STATUS: 'UNHEALTHY' });
    expect(world.asked('Web.Internal', 'SRV')).toEqual({
      is: 'found',
      answers: [
        { type: 'SRV', name: 'Web.Internal', ttl: 5, data: { priority: 1, weight: 1, port: 49153, target: 'one.web.internal' } },
        { type: 'SRV', name: 'Web.Internal', ttl: 5, data: { priority: 1, weight: 1, port: 49154, target: 'two.web.internal' } },
      ],
      additionals: [
        { type: 'A', name: 'one.web.internal', ttl: 5, data: '10.0.0.1' },
        { type: 'A', name: 'two.web.internal', ttl: 5, data: '10.0.0.2' },
      ],
    });
    expect(data(world.asked('one.web.internal'))).toEqual(['10.0.0.1']);
  });

  it('have the records that the service was given, each address once', () => {
    const world = new NamesWorld();
    const service = world.service('web', ['A']);
    for (const id of ['one', 'two']) world.register(service, id);
    expect(data(world.asked('web.internal'))).toEqual(['10.0.0.1']);
    expect(world.asked('web.internal', 'SRV')).toMatchObject({ is: 'no data', soa: { name: 'internal', ttl: 5 } });
  });

  it('are answered with eight instances at most, and one where they are weighted', () => {
    const world = new NamesWorld();
    const [many, one] = [world.service('many', ['SRV']), world.service('one', ['SRV'], { RoutingPolicy: 'WEIGHTED' })];
    for (let i = 0; i < 10; i++) for (const service of [many, one]) world.register(service, `i${i}`);
    expect(world.asked('many.internal', 'SRV').answers).toHaveLength(8);
    expect(world.asked('one.internal', 'SRV').answers).toHaveLength(1);
  });

  it('follow what is committed: an instance that is gone, or ill, is asked for no more', () => {
    const world = new NamesWorld();
    const ServiceId = world.service('web', ['SRV']);
    for (const id of ['one', 'two']) world.register(ServiceId, id);
    world.ok('DeregisterInstance', { ServiceId, InstanceId: 'one' });
    expect(data(world.asked('web.internal', 'SRV')).map(({ target }: any) => target)).toEqual(['two.web.internal']);
    world.ok('UpdateInstanceCustomHealthStatus', { ServiceId, InstanceId: 'two', Status: 'UNHEALTHY' });
    expect(world.asked('web.internal', 'SRV').is).toBe('no data');
  });

  it('that are not there are denied with how long that holds; those above others have no data', () => {
    const world = new NamesWorld();
    world.service('_mqtt._tcp.broker', ['SRV']);
    expect(world.asked('none.internal')).toMatchObject({
      is: 'no such name',
      soa: { type: 'SOA', data: { minimum: 5, serial: 7 } },
    });
    expect(world.asked('_tcp.broker.internal').is).toBe('no data');
    expect(world.asked('broker.internal').is).toBe('no data');
    expect(world.asked('internal').is).toBe('no data');
    expect(world.asked('internal', 'SOA')).toMatchObject({ is: 'found', answers: [{ type: 'SOA' }] });
  });

  it('belong to the namespace with the longest name', () => {
    const world = new NamesWorld();
    world.ok('CreatePrivateDnsNamespace', { Name: 'web.internal', Vpc: 'vpc-1' });
    world.service('web', ['A']);
    expect(world.asked('x.web.internal')).toMatchObject({ is: 'no such name', soa: { name: 'web.internal' } });
  });

  it('of services without records, and of HTTP namespaces, are none', () => {
    const world = new NamesWorld();
    world.ok('CreateService', { Name: 'plain', NamespaceId: world.namespace });
    world.ok('CreateHttpNamespace', { Name: 'http' });
    expect(world.asked('plain.internal').is).toBe('no such name');
    expect(world.asked('web.http')).toBeUndefined();
  });

  it('of load balancers are the address that the asker reaches', () => {
    const world = new NamesWorld('internal', { sharedAddress: '192.0.2.7' });
    const [{ dnsName, addresses }] = [...world.state.loadBalancers.values()] as any;
    expect(data(world.asked(dnsName.toUpperCase()))).toEqual([addresses.containers]);
    expect(data(world.asked(dnsName, 'A', 'elsewhere'))).toEqual(['192.0.2.7']);
    expect(world.asked(dnsName, 'AAAA').is).toBe('no data');
    expect(world.asked(`none.${PLACEMENT.dnsSuffix}`).is).toBe('no such name');
  });

  it.each(['example.com', 'com', '', '.', 'notinternal'])('%j is somebody else’s', (name) => {
    expect(new NamesWorld().asked(name)).toBeUndefined();
  });
});
