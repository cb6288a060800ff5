import { BALANCED, BalancedWorld, behind, FACTS, GROUP, webContainer } from '../../../../../test/support/balanced-world.js';

const connect = (more: object = {}, service: object = {}) => ({
  serviceConnectConfiguration: { enabled: true, namespace: 'internal', services: [{ portName: 'http', ...service }], ...more },
});

const NAMESPACE = 'arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1';
const NAMED = { namespaces: [{ namespaceArn: NAMESPACE, name: 'shop.internal' }] };

const fresh = (mapping: object = {}, definition: object = {}) => {
  const world = new BalancedWorld();
  world.instance();
  world.definition([webContainer({ portMappings: [{ containerPort: 80, name: 'http', ...mapping }] })], definition);
  return world;
};
const create = (world: BalancedWorld, more: object, serviceName = 'web') =>
  world.command('CreateService', { serviceName, taskDefinition: 'web', desiredCount: 1, ...BALANCED, ...more });
const refusal = (outcome: object) => (outcome as { rejection?: { message: string } }).rejection?.message;
const shown = (world: BalancedWorld) => (world.query('DescribeServices', { services: ['web'] }) as any).services[0];

describe('Service Connect', () => {
  it.each([
    [connect({ namespace: undefined }), 'needs a namespace'],
    [connect({}, { tls: {} }), 'services[].tls'],
    [connect({}, { clientAliases: [{ port: 80, testTrafficRules: {} }] }), 'testTrafficRules'],
    [connect({}, { clientAliases: [{ port: 80, dnsName: 'two words' }] }), 'is not a domain name'],
    [connect({}, { portName: 'grpc' }), 'no port mapping with the name grpc'],
    [connect({ namespace: NAMESPACE }), 'The specified namespace was not found.'],
    [{ ...connect(), loadBalancers: [] }, 'have a port of the host that is another one for each, or to a load balancer'],
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

  it('ends names that are not given with the name of the namespace, also where its ARN names it', () => {
    const world = fresh();
    expect(create(world, { ...connect({ namespace: NAMESPACE }, { clientAliases: [{ port: 80 }] }), ...NAMED })).toHaveProperty(
      'output',
    );
    const { namespace, services } = shown(world).deployments[0].serviceConnectConfiguration;
    expect(namespace).toBe(NAMESPACE);
    expect(services[0].clientAliases).toEqual([{ port: 80, dnsName: 'http.shop.internal' }]);
    // The same request again, whoever told of the namespace.
    expect(create(world, connect({ namespace: NAMESPACE }, { clientAliases: [{ port: 80 }] }))).toHaveProperty('output');
  });

  it('keeps what is for proxies: files that name it are taken as they are', () => {
    const world = fresh();
    const logConfiguration = { logDriver: 'awslogs', options: { 'awslogs-group': '/connect' } };
    const accessLogConfiguration = { format: 'JSON' };
    const timeout = { idleTimeoutSeconds: 60 };
    const given = connect({ logConfiguration, accessLogConfiguration }, { timeout, ingressPortOverride: 15_000 });
    expect(create(world, given)).toHaveProperty('output');
    expect(shown(world).deployments[0].serviceConnectConfiguration).toMatchObject({
      logConfiguration,
      accessLogConfiguration,
      services: [{ timeout, ingressPortOverride: 15_000 }],
    });
  });

  describe('without a load balancer leads to the tasks, where they have the port of the alias', () => {
    const unbalanced = (port: number) => ({ ...connect({}, { clientAliases: [{ port, dnsName: 'web' }] }), loadBalancers: [] });

    it.each([
      ['a port of the host', { hostPort: 8080 }, {}, 8080, 80],
      ['the network mode host', { hostPort: 80 }, { networkMode: 'host' }, 80, 8080],
    ])('%s', (_what, mapping, definition, right, wrong) => {
      expect(create(fresh(mapping, definition), unbalanced(right))).toHaveProperty('output');
      expect(refusal(create(fresh(mapping, definition), unbalanced(wrong)))).toContain(
        `which have the port ${right}, or to a load balancer. Give the client alias the port ${right}`,
      );
    });

    describe('addresses of their own, whose hosts lead clients of other ports to them', () => {
      const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-00000000000000001'] } };
      const portMappings = [
        { containerPort: 80, name: 'http' },
        { containerPort: 9000, name: 'metrics' },
      ];
      const own = (definition: object = {}) => {
        const world = fresh();
        world.definition([webContainer({ portMappings })], { networkMode: 'awsvpc', ...definition });
        return world;
      };
      const asked = (...services: readonly (readonly [string, number])[]) => ({
        loadBalancers: [],
        networkConfiguration,
        serviceConnectConfiguration: {
          enabled: true,
          namespace: 'internal',
          services: services.map(([portName, port]) => ({ portName, clientAliases: [{ port, dnsName: portName }] })),
        },
      });

      it.each([
        [[['http', 80]]],
        [[['http', 8080]]],
        [
          [
            ['http', 8080],
            ['metrics', 8081],
          ],
        ],
      ] as const)('%j', (services) => {
        expect(create(own(), asked(...services))).toHaveProperty('output');
      });

      it('unless the port is another one’s of the same task', () => {
        expect(refusal(create(own(), asked(['http', 9000])))).toContain('Give the client alias the port 80');
        expect(refusal(create(own(), asked(['http', 8080], ['metrics', 8080])))).toContain(
          'Clients would reach two ports of one task by the port 8080',
        );
      });
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

  it('gives a name to one service of a namespace, however that is named', () => {
    const world = fresh();
    create(world, connect());
    const taken = 'leads to another service of the namespace already';
    expect(refusal(create(world, connect(), 'other'))).toContain(taken);
    expect(create(world, connect({}, { discoveryName: 'other' }), 'other')).toHaveProperty('output');
    const clientAliases = [{ port: 80, dnsName: 'http.internal' }];
    expect(create(world, connect({ namespace: 'staging' }, { clientAliases }), 'staging')).toHaveProperty('output');
    const facts = { namespaces: [{ namespaceArn: NAMESPACE, name: 'internal' }] };
    const byArn = { ...connect({ namespace: NAMESPACE }, { clientAliases }), ...facts };
    expect(refusal(create(world, byArn, 'by-arn'))).toContain(taken);
    expect(create(world, { ...byArn, namespaces: [{ namespaceArn: NAMESPACE, name: 'production' }] }, 'by-arn')).toHaveProperty(
      'output',
    );
    const byName = {
      ...connect({ namespace: 'production' }, { clientAliases }),
      namespaces: [{ namespaceArn: NAMESPACE, name: 'production' }],
    };
    expect(refusal(create(world, byName, 'by-name'))).toContain(taken);
    // What it has already is not taken by itself.
    const again = world.command('UpdateService', {
      service: 'staging',
      ...FACTS,
      ...connect({ namespace: 'staging' }, { clientAliases }),
    });
    expect(again).toHaveProperty('output');
  });

  it('lists services by their namespace, however they name it', () => {
    const world = fresh();
    create(world, { ...connect({ namespace: NAMESPACE }), ...NAMED }, 'by-arn');
    world.given('CreateCluster', { clusterName: 'other' });
    create(world, { ...connect({ namespace: 'shop.internal' }, { discoveryName: 'second' }), cluster: 'other' }, 'by-name');
    create(world, connect({}, { discoveryName: 'third' }), 'elsewhere');
    const known = [NAMESPACE, 'shop.internal'];
    const listed = (input: object) => world.query<any>('ListServicesByNamespace', input);
    const both = ['default/by-arn', 'other/by-name'].map((name) => `arn:aws:ecs:us-east-1:000000000000:service/${name}`);
    for (const namespace of known) expect(listed({ namespace, known })).toEqual({ serviceArns: both });
    const { serviceArns, nextToken } = listed({ namespace: NAMESPACE, known, maxResults: 1 });
    expect(serviceArns).toEqual([both[0]]);
    expect(listed({ namespace: NAMESPACE, known, maxResults: 1, nextToken })).toEqual({ serviceArns: [both[1]] });
    expect(listed({ namespace: 'internal' }).serviceArns).toHaveLength(1);
    expect(listed({ namespace: 'nowhere' })).toHaveProperty('rejection.code', 'NamespaceNotFoundException');
    expect(listed({ namespace: '' })).toHaveProperty('rejection.message', 'Namespace can not be blank.');
  });
});
