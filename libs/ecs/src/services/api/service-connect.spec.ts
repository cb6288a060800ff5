import { BALANCED, BalancedWorld, behind, FACTS, GROUP, webContainer } from '../../../../../test/support/balanced-world.js';

const connect = (more: object = {}, service: object = {}) => ({
  serviceConnectConfiguration: { enabled: true, namespace: 'internal', services: [{ portName: 'http', ...service }], ...more },
});

const fresh = () => {
  const world = new BalancedWorld();
  world.instance();
  world.definition([webContainer({ portMappings: [{ containerPort: 80, name: 'http' }] })]);
  return world;
};
const create = (world: BalancedWorld, more: object, serviceName = 'web') =>
  world.command('CreateService', { serviceName, taskDefinition: 'web', desiredCount: 1, ...BALANCED, ...more });
const refusal = (outcome: object) => (outcome as { rejection?: { message: string } }).rejection?.message;
const shown = (world: BalancedWorld) => (world.query('DescribeServices', { services: ['web'] }) as any).services[0];

describe('Service Connect', () => {
  it.each([
    [connect({ namespace: undefined }), 'needs a namespace'],
    [connect({ logConfiguration: { logDriver: 'json-file' } }), 'does not honour serviceConnectConfiguration.logConfiguration'],
    [
      connect({ accessLogConfiguration: { format: 'TEXT' } }),
      'does not honour serviceConnectConfiguration.accessLogConfiguration',
    ],
    [connect({}, { tls: {} }), 'services[].tls'],
    [connect({}, { timeout: {} }), 'services[].timeout'],
    [connect({}, { ingressPortOverride: 8080 }), 'services[].ingressPortOverride'],
    [connect({}, { clientAliases: [{ port: 80, testTrafficRules: {} }] }), 'testTrafficRules'],
    [connect({}, { clientAliases: [{ port: 80, dnsName: 'two words' }] }), 'is not a domain name'],
    [connect({}, { portName: 'grpc' }), 'no port mapping with the name grpc'],
    [connect({ namespace: 'arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1' }), 'Give each of'],
    [{ ...connect(), loadBalancers: [] }, 'Give loadBalancers a target group for the container web and its port 80'],
  ])('%j is refused', (more, words) => {
    expect(refusal(create(fresh(), more))).toContain(words);
  });

  it('has the names that ECS gives by default, in the namespace of the cluster', () => {
    const world = fresh();
    world.given('UpdateCluster', { cluster: 'default', serviceConnectDefaults: { namespace: 'shop' } });
    expect(create(world, connect({ namespace: undefined }))).toHaveProperty('output');
    expect(shown(world).deployments[0].serviceConnectConfiguration).toEqual({
      enabled: true,
      namespace: 'shop',
      services: [{ portName: 'http', discoveryName: 'http', clientAliases: [{ port: 80, dnsName: 'http.shop' }] }],
    });
  });

  it('is kept by clients that offer nothing, and rolled out when it changes', () => {
    const world = fresh();
    create(world, { ...connect({ services: undefined }), loadBalancers: [] });
    const update = (more: object) => world.command('UpdateService', { service: 'web', ...FACTS, ...more });
    update({ desiredCount: 2 });
    expect(shown(world).deployments).toHaveLength(1);
    update({ ...connect(), loadBalancers: [behind(GROUP)] });
    expect(shown(world).deployments).toHaveLength(2);
    update({ serviceConnectConfiguration: { enabled: false } });
    expect(shown(world).deployments[0].serviceConnectConfiguration).toEqual({ enabled: false });
  });

  it('gives a name to one service only', () => {
    const world = fresh();
    create(world, connect());
    expect(refusal(create(world, connect(), 'other'))).toContain('leads to another service already');
    expect(create(world, connect({}, { discoveryName: 'other' }), 'other')).toHaveProperty('output');
  });
});
