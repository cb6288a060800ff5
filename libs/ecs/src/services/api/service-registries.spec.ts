import { BalancedWorld, webContainer } from '../../../../../test/support/balanced-world.js';

const REGISTRY = 'arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1';
const OTHER = 'arn:aws:servicediscovery:us-east-1:000000000000:service/srv-2';
const FACTS = { registries: [REGISTRY, OTHER].map((registryArn) => ({ registryArn, recordTypes: ['SRV'] })) };
const at = (registryArn: string, more: object = {}) => ({ registryArn, containerName: 'web', containerPort: 80, ...more });

const fresh = () => {
  const world = new BalancedWorld();
  world.instance();
  world.definition([webContainer()]);
  return world;
};
const create = (world: BalancedWorld, more: object) =>
  world.command('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, ...more });
const refusal = (outcome: object) => (outcome as { rejection?: { message: string } }).rejection?.message;
const shown = (world: BalancedWorld) =>
  (world.query('DescribeServices', { services: ['web'] }) as any).services[0] as {
    serviceRegistries: object;
    deployments: object[];
  };

describe('serviceRegistries of a new service', () => {
  it.each([
    [{ ...at(REGISTRY), registryArn: undefined }, 'Registry ARN can not be blank.'],
    [
      at(REGISTRY, { containerPort: undefined }),
      `When specifying 'host' or 'bridge' for networkMode, values for 'containerName' and 'containerPort' must be specified from the task definition. Registry: ${REGISTRY}`,
    ],
    [
      at(REGISTRY, { port: 80 }),
      `Specify a value for either 'port' or the 'containerName' and 'containerPort' combination, but not both. Remove one and retry. Registry: ${REGISTRY}`,
    ],
    [at(REGISTRY, { containerName: 'api' }), 'The container api does not exist in the task definition.'],
    [at(REGISTRY, { containerPort: 81 }), 'The container web did not have a container port 81 defined.'],
    [at(`${REGISTRY}0`), `The service registry with registryArn ${REGISTRY}0 does not exist.`],
  ])('%j is refused', (registry, message) => {
    expect(refusal(create(fresh(), { serviceRegistries: [registry], ...FACTS }))).toBe(message);
  });

  it('are one at most', () => {
    const refused = refusal(create(fresh(), { serviceRegistries: [at(REGISTRY), at(OTHER)], ...FACTS }));
    expect(refused).toBe('serviceRegistries can have at most 1 items.');
  });

  it('of awsvpc tasks have a port only where there are SRV records', () => {
    const world = fresh();
    world.definition(undefined, { networkMode: 'awsvpc' });
    const more = { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } };
    const registries = [{ registryArn: REGISTRY, recordTypes: ['A'] }];
    expect(refusal(create(world, { ...more, serviceRegistries: [at(REGISTRY)], registries }))).toBe(
      `The values specified for serviceRegistries do not require a value for 'containerPort'. Remove the value and retry. Registry: ${REGISTRY}`,
    );
    // What remains when that value is removed, and nothing at all.
    const named = [{ registryArn: REGISTRY, containerName: 'web' }];
    expect(create(world, { ...more, serviceName: 'named', serviceRegistries: named, registries })).toHaveProperty('output');
    expect(create(world, { ...more, serviceRegistries: [{ registryArn: REGISTRY }], registries })).toHaveProperty('output');
    const withPorts = [{ registryArn: REGISTRY, recordTypes: ['SRV'] }];
    expect(refusal(create(world, { ...more, serviceName: 'other', serviceRegistries: named, registries: withPorts }))).toContain(
      "Values for 'containerName' and 'containerPort' are given together",
    );
  });

  it('are shown by the service and its revision', () => {
    const world = fresh();
    expect(create(world, { serviceRegistries: [at(REGISTRY)], ...FACTS })).toHaveProperty('output');
    expect(shown(world).serviceRegistries).toEqual([at(REGISTRY)]);
    const [{ serviceRevisionArn }] = [...world.state.serviceRevisions.values()] as unknown as [{ serviceRevisionArn: string }];
    expect(world.query('DescribeServiceRevisions', { serviceRevisionArns: [serviceRevisionArn] })).toMatchObject({
      serviceRevisions: [{ serviceRegistries: [at(REGISTRY)] }],
    });
  });
});

describe('serviceRegistries of a service that is there', () => {
  const given = () => {
    const world = fresh();
    create(world, { serviceRegistries: [at(REGISTRY)], ...FACTS });
    return world;
  };
  const update = (world: BalancedWorld, more: object) => world.command('UpdateService', { service: 'web', ...more });

  it('are rolled out when they change, and stay when they are not named', () => {
    const world = given();
    update(world, { desiredCount: 2 });
    update(world, { serviceRegistries: [at(REGISTRY)], ...FACTS });
    expect(shown(world)).toMatchObject({ serviceRegistries: [at(REGISTRY)], deployments: [expect.anything()] });
    update(world, { serviceRegistries: [at(OTHER)], ...FACTS });
    expect(shown(world).serviceRegistries).toEqual([at(OTHER)]);
    expect(shown(world).deployments).toHaveLength(2);
    update(world, { serviceRegistries: [] });
    expect(shown(world).serviceRegistries).toEqual([]);
  });

  it('are checked against a new task definition', () => {
    const world = given();
    world.definition([webContainer({ portMappings: [{ containerPort: 8080 }] })]);
    expect(refusal(update(world, { taskDefinition: 'web' }))).toBe('The container web did not have a container port 80 defined.');
  });
});
