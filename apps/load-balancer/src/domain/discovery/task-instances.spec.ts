import { BalancedWorld, webContainer } from '../../../../../test/support/balanced-world.js';
import { capabilities } from '#lib/ecs/placement';
import { instancesOfTasks } from './task-instances.js';

const REGISTRY = 'arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1';
const REGISTERED = {
  loadBalancers: [],
  serviceRegistries: [{ registryArn: REGISTRY, containerName: 'web', containerPort: 80 }],
  registries: [{ registryArn: REGISTRY, recordTypes: ['SRV'] }],
};

/** The service `web` with two tasks, discovered under the registry. */
class RegisteredWorld extends BalancedWorld {
  override instance(id = '1'.repeat(32), more: object = {}): string {
    return super.instance(id, {
      attributes: [
        ...['1.17', '1.18', '1.19', '1.21', '1.22', '1.24', '1.25', '1.29'].map((version) => ({
          name: `com.amazonaws.ecs.capability.docker-remote-api.${version}`,
        })),
        { name: capabilities.healthCheck.name },
        { name: 'ecs.availability-zone', value: 'us-east-1b' },
        { name: 'longshore.address', value: '127.0.0.1' },
        { name: 'longshore.container-address', value: '172.17.0.1' },
      ],
      ...more,
    });
  }

  found(): readonly { readonly id: string; readonly health: string }[] {
    return [...instancesOfTasks(this.state, REGISTRY)];
  }
}

const started = (more: object = {}, container: object = {}) => {
  const world = new RegisteredWorld();
  world.instance();
  world.definition([webContainer(container)]);
  world.given('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 2, ...REGISTERED, ...more });
  world.pass();

  return world;
};

describe('instances that are tasks', () => {
  it('are those that run, under the attributes that ECS registers', () => {
    const world = started();
    expect(world.found()).toEqual([]);
    for (const task of world.tasks) world.runs(task);
    expect(world.found()).toHaveLength(2);
    const [{ taskArn }] = world.tasks as unknown as [{ taskArn: string }];
    expect(world.found()).toContainEqual({
      id: taskArn.split('/').at(-1),
      health: 'HEALTHY',
      attributes: {
        AVAILABILITY_ZONE: 'us-east-1b',
        AWS_INIT_HEALTH_STATUS: 'HEALTHY',
        AWS_INSTANCE_IPV4: '172.17.0.1',
        AWS_INSTANCE_PORT: '49153',
        EC2_INSTANCE_ID: 'host',
        ECS_CLUSTER_NAME: 'default',
        ECS_SERVICE_NAME: 'web',
        ECS_TASK_DEFINITION_FAMILY: 'web',
        REGION: 'us-east-1',
      },
    });
  });

  it('end with the commit that ends their task, or asks it to stop', () => {
    const world = started();
    for (const task of world.tasks) world.runs(task);
    const [first, second] = world.tasks as unknown as [any, any];
    world.report(first, 'STOPPED');
    expect(world.found().map(({ id }) => id)).toEqual([second.taskArn.split('/').at(-1)]);
    world.given('StopTask', { task: second.taskArn });
    expect(world.found()).toEqual([]);
  });

  it('are unhealthy until the health check of a container has passed, and when it fails', () => {
    const world = started({}, { healthCheck: { command: ['CMD', 'true'] } });
    const [task] = world.tasks as unknown as [any];
    world.runs(task);
    const becomes = (healthStatus: 'HEALTHY' | 'UNHEALTHY') => {
      const networkBindings = [{ bindIP: '127.0.0.1', containerPort: 80, hostPort: 49_153, protocol: 'tcp' as const }];
      const container = { name: 'web', lastStatus: 'RUNNING', healthStatus, restartCount: 0, networkBindings };
      world.report(world.latest(task), 'RUNNING', { healthStatus, containers: [container as never] });
      return world.found().map(({ health }) => health);
    };
    expect(world.found().map(({ health }) => health)).toEqual(['UNHEALTHY']);
    expect(becomes('HEALTHY')).toEqual(['HEALTHY']);
    expect(becomes('UNHEALTHY')).toEqual(['UNHEALTHY']);
  });

  it('of a deployment that is replaced stay where they were registered while they run', () => {
    const world = started();
    for (const task of world.tasks) world.runs(task);
    world.given('UpdateService', { service: 'web', serviceRegistries: [] });
    expect(world.found()).toHaveLength(2);
  });
});
