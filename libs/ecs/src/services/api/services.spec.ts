import { describe, expect, it } from '@jest/globals';
import { EcsWorld } from '../../../../../test/support/ecs-world.js';
import { steadyWorld } from '../../../../../test/support/service-world.js';

const refusal = (outcome: object) => (outcome as { rejection?: { code: string; message: string } }).rejection;

function given() {
  const world = new EcsWorld();
  world.given('CreateCluster', {});
  const definition = world.definition();
  return { world, definition };
}

const create = (world: EcsWorld, more: object = {}) =>
  world.command('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 2, ...more });
const describeWeb = (world: EcsWorld, more: object = {}) =>
  world.query<{ services: any[]; failures: any[] }>('DescribeServices', { services: ['web'], ...more }) as {
    services: any[];
    failures: any[];
  };

describe('CreateService', () => {
  it('answers a service with ECS’s defaults and a deployment in progress', () => {
    const { world, definition } = given();
    const { service } = world.given<any>('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 2 });
    expect(service).toMatchObject({
      serviceArn: 'arn:aws:ecs:us-east-1:000000000000:service/default/web',
      status: 'ACTIVE',
      desiredCount: 2,
      runningCount: 0,
      pendingCount: 0,
      taskDefinition: definition,
      launchType: 'EC2',
      schedulingStrategy: 'REPLICA',
      deploymentController: { type: 'ECS' },
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: {
          enable: false,
          rollback: false,
          resetOnHealthyTask: true,
          thresholdConfiguration: { type: 'BOUNDED_PERCENT', value: 50 },
        },
      },
      placementStrategy: [],
      propagateTags: 'NONE',
      enableECSManagedTags: false,
      events: [],
      loadBalancers: [],
      deployments: [
        { status: 'PRIMARY', desiredCount: 2, failedTasks: 0, rolloutState: 'IN_PROGRESS', taskDefinition: definition },
      ],
    });
    expect(service.deployments[0].id).toMatch(/^ecs-svc\/\d{19}$/);
    expect(service.deployments[0].rolloutStateReason).toBe(`ECS deployment ${service.deployments[0].id} in progress.`);
    for (const ours of ['creationDigest', 'accountId', 'messages', 'taskDefinitionArn']) expect(service).not.toHaveProperty(ours);
  });

  it('answers the same request again and refuses another under the same name', () => {
    const { world } = given();
    create(world, { clientToken: 'a' });
    expect(create(world, { clientToken: 'b' })).toMatchObject({ events: [] });
    const arn = 'arn:aws:ecs:us-east-1:000000000000:task-definition/web';
    for (const same of [{ cluster: 'default' }, { launchType: 'EC2' }, { taskDefinition: arn }, { tags: [] }]) {
      expect(create(world, same)).toMatchObject({ events: [] });
    }
    expect(refusal(create(world, { tags: [{ key: 'a', value: 'b' }] }))).toMatchObject({ code: 'InvalidParameterException' });
    expect(refusal(create(world, { desiredCount: 3 }))).toMatchObject({
      code: 'InvalidParameterException',
      message: 'Creation of service was not idempotent.',
    });
  });

  it.each([
    [{ serviceName: 'a b' }, 'InvalidParameterException', 'Invalid service name a b'],
    [{ cluster: 'x' }, 'ClusterNotFoundException', 'Cluster not found.'],
    [{ taskDefinition: 'x' }, 'ClientException', 'TaskDefinition not found.'],
    [{ taskDefinition: undefined }, 'InvalidParameterException', 'TaskDefinition can not be blank.'],
    [{ desiredCount: undefined }, 'InvalidParameterException', 'desiredCount must be given for a REPLICA service.'],
    [{ launchType: 'FARGATE' }, 'InvalidParameterException', 'Task definition does not support launch_type FARGATE.'],
    [{ loadBalancers: [{ containerPort: 80 }] }, 'InvalidParameterException', 'Target Group ARN can not be blank.'],
    [{ schedulingStrategy: 'SOME' }, 'InvalidParameterException', 'scheduling strategy should be one of [REPLICA,DAEMON]'],
    [
      { schedulingStrategy: 'DAEMON' },
      'InvalidParameterException',
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.',
    ],
    [
      { schedulingStrategy: 'DAEMON', desiredCount: undefined, placementStrategy: [{ type: 'random' }] },
      'InvalidParameterException',
      'The daemon scheduling strategy does not support placement strategies. Remove the placement strategy and try again.',
    ],
    [
      { schedulingStrategy: 'DAEMON', desiredCount: undefined, deploymentConfiguration: { maximumPercent: 200 } },
      'InvalidParameterException',
      'The daemon scheduling strategy does not support values above 100 for maximumPercent on the deployment configuration.',
    ],
    [{ healthCheckGracePeriodSeconds: -1 }, 'InvalidParameterException', 'Invalid healthCheckGracePeriodSeconds -1'],
    [{ serviceRegistries: [{}] }, 'InvalidParameterException', 'Registry ARN can not be blank.'],
    [{ serviceConnectConfiguration: { enabled: true } }, 'InvalidParameterException', 'needs a namespace'],
    [{ volumeConfigurations: [{ name: 'x' }] }, 'InvalidParameterException', 'Leave volumeConfigurations out.'],
    [{ deploymentConfiguration: { earlySuccessCriteria: {} } }, 'InvalidParameterException', 'earlySuccessCriteria out.'],
    [{ deploymentConfiguration: { maximumPercent: 50 } }, 'InvalidParameterException', 'maximumPercent must be at least 100'],
    [
      { deploymentConfiguration: { maximumPercent: 100 } },
      'InvalidParameterException',
      'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
    ],
    [
      { deploymentConfiguration: { alarms: { enable: true, alarmNames: [] } } },
      'InvalidParameterException',
      'deploymentConfiguration.alarms.alarmNames must name an alarm when alarms are enabled.',
    ],
    [
      { platformVersion: '1.4.0' },
      'InvalidParameterException',
      'The platform version must be null when specifying an EC2 launch type.',
    ],
    // What is wrong is the launch type, not the platform version that goes with it.
    [
      { launchType: 'FARGATE', platformVersion: '1.4.0' },
      'InvalidParameterException',
      'Task definition does not support launch_type FARGATE.',
    ],
    [
      { launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'x' }] },
      'InvalidParameterException',
      'Specifying both a launch type and capacity provider strategy is not supported.',
    ],
    [
      { placementStrategy: [{ type: 'spread', field: 'x' }] },
      'InvalidParameterException',
      'Invalid field for the placement strategy',
    ],
  ])('refuses %j', (more, code, message) => {
    const { world } = given();
    expect(refusal(create(world, more))).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('keeps alarms that are not enabled, and shows them', () => {
    const { world } = given();
    const alarms = { enable: false, rollback: true, alarmNames: ['cpu'] };
    create(world, { deploymentConfiguration: { alarms } });
    const [service] = describeWeb(world).services;
    expect(service.deploymentConfiguration.alarms).toEqual(alarms);
    const serviceDeploymentArns = [service.currentServiceDeployment];
    expect(world.query('DescribeServiceDeployments', { serviceDeploymentArns })).toMatchObject({
      serviceDeployments: [{ deploymentConfiguration: { alarms } }],
    });
    world.given('UpdateService', { service: 'web', deploymentConfiguration: { maximumPercent: 150 } });
    expect(describeWeb(world).services[0].deploymentConfiguration.alarms).toEqual(alarms);
  });

  it('gives its revision the digits of its deployment, by which Terraform finds the one that it waits for', () => {
    const { world } = given();
    create(world);
    const digits = () => {
      const { deployments, currentServiceRevisions } = describeWeb(world).services[0];
      return [deployments[0].id.split('/')[1], currentServiceRevisions[0].arn.split('/').at(-1)];
    };
    const [first, ofRevision] = digits();
    expect(first).toBe(ofRevision);
    world.given('UpdateService', { service: 'web', forceNewDeployment: true });
    expect(digits()[0]).toBe(digits()[1]);
    expect(digits()[0]).not.toBe(first);
  });

  it('counts in its cluster, which cannot be deleted meanwhile', () => {
    const { world } = given();
    create(world);
    expect(world.query('DescribeClusters', {})).toMatchObject({ clusters: [{ activeServicesCount: 1 }] });
    expect(refusal(world.command('DeleteCluster', { cluster: 'default' }))).toMatchObject({
      code: 'ClusterContainsServicesException',
      message: 'The Cluster cannot be deleted while Services are active.',
    });
  });
});

describe('UpdateService', () => {
  it('scales a service from before both percentages at 100 were refused, and refuses to name them', () => {
    const { world } = given();
    create(world);
    const service = world.state.services.get(describeWeb(world).services[0].serviceArn)!;
    const draft = world.store.draft();
    const deploymentConfiguration = { ...service.deploymentConfiguration, maximumPercent: 100 };
    draft.state.services.put(service.serviceArn, { ...service, deploymentConfiguration });
    draft.apply();
    expect(world.command('UpdateService', { service: 'web', desiredCount: 5 })).toHaveProperty('output');
    const named = { service: 'web', deploymentConfiguration: { minimumHealthyPercent: 100 } };
    expect(refusal(world.command('UpdateService', named))?.message).toContain('cannot be 100 as this will block deployments');
  });

  it('changes what it names and starts no deployment for a count', () => {
    const { world } = given();
    create(world);
    expect(world.command('UpdateService', { service: 'web', desiredCount: 5 })).toMatchObject({
      events: [{ type: 'ServiceUpdated', data: { desiredCount: 5 } }],
    });
    expect(describeWeb(world).services[0]).toMatchObject({ desiredCount: 5, deployments: [{ desiredCount: 5 }] });
    expect(world.command('UpdateService', { service: 'web', desiredCount: 5 })).toMatchObject({ events: [] });
  });

  it('rolls out another revision, or the same one when forced', () => {
    const { world } = given();
    create(world);
    const next = world.definition();
    world.given('UpdateService', { service: 'web', taskDefinition: 'web' });
    const first = describeWeb(world).services[0];
    expect(first.deployments.map((d: any) => [d.status, d.taskDefinition])).toEqual([
      ['PRIMARY', next],
      ['ACTIVE', expect.stringContaining('web:1')],
    ]);
    world.given('UpdateService', { service: 'web', forceNewDeployment: true });
    expect(describeWeb(world).services[0].deployments).toHaveLength(3);
  });

  it('knows no service that is not there, and changes none that drains', () => {
    const { world } = given();
    const update = () => refusal(world.command('UpdateService', { service: 'web', desiredCount: 1 }));
    expect(update()).toMatchObject({ code: 'ServiceNotFoundException', message: 'Service not found.' });
    create(world);
    world.given('DeleteService', { service: 'web', force: true });
    const notActive = { code: 'ServiceNotActiveException', message: 'Service was not ACTIVE.' };
    expect(update()).toMatchObject(notActive);
    const serviceArn = 'arn:aws:ecs:us-east-1:000000000000:service/default/web';
    world.given('AdvanceService', { serviceArn, placements: [] }, 'scheduler');
    expect(describeWeb(world).services[0].status).toBe('INACTIVE');
    expect(update()).toMatchObject(notActive);
  });
});

describe('DeleteService', () => {
  it('needs force while the service is scaled above 0, then drains it', () => {
    const { world } = given();
    create(world);
    expect(refusal(world.command('DeleteService', { service: 'web' }))).toMatchObject({
      message: 'The service cannot be stopped while it is scaled above 0.',
    });
    world.given('UpdateService', { service: 'web', desiredCount: 0 });
    expect(world.given<any>('DeleteService', { service: 'web' }).service).toMatchObject({ status: 'DRAINING', desiredCount: 0 });
    expect(refusal(create(world))).toMatchObject({ message: 'Unable to Start a service that is still Draining.' });
  });

  it('leaves a service that can be described for an hour, and a name that is free', () => {
    const { world } = given();
    create(world);
    world.given('DeleteService', { service: 'web', force: true });
    const serviceArn = 'arn:aws:ecs:us-east-1:000000000000:service/default/web';
    world.given('AdvanceService', { serviceArn, placements: [] }, 'scheduler');
    expect(describeWeb(world).services[0]).toMatchObject({ status: 'INACTIVE', deployments: [] });
    expect(world.query('ListServices', {})).toEqual({ serviceArns: [] });
    world.now += 60 * 60 * 1000;
    expect(world.command('Expire', {})).toMatchObject({ events: [{ type: 'ServiceForgotten' }] });
    // ECS names what it does not find without a cluster, and gives an ARN back as it came.
    const short = serviceArn.replace('default/', '');
    expect(describeWeb(world)).toEqual({ services: [], failures: [{ arn: short, reason: 'MISSING' }] });
    expect(world.query('DescribeServices', { services: [serviceArn, short] })).toEqual({
      services: [],
      failures: [
        { arn: serviceArn, reason: 'MISSING' },
        { arn: short, reason: 'MISSING' },
      ],
    });
    expect(create(world)).toHaveProperty('events');
  });
});

describe('ListTasks', () => {
  it('knows no tasks of a service that is not there', () => {
    const { world } = given();
    expect(world.query('ListTasks', { serviceName: 'web' })).toMatchObject({
      rejection: { code: 'ServiceNotFoundException', message: 'Service not found.' },
    });
    create(world);
    for (const serviceName of ['web', 'arn:aws:ecs:us-east-1:000000000000:service/default/web']) {
      expect(world.query('ListTasks', { serviceName })).toEqual({ taskArns: [] });
    }
  });
});

describe('ListServices and DescribeServices', () => {
  it('list ten at a time', () => {
    const { world } = given();
    for (let n = 0; n < 12; n++) create(world, { serviceName: `s${n}` });
    const first = world.query<any>('ListServices', {});
    expect(first.serviceArns).toHaveLength(10);
    expect(world.query<any>('ListServices', { nextToken: first.nextToken }).serviceArns).toHaveLength(2);
    expect(world.query<any>('ListServices', { launchType: 'EXTERNAL' }).serviceArns).toEqual([]);
  });

  it('count a task that was asked to stop as running until its agent says that it is stopping', () => {
    const world = steadyWorld();
    world.given('UpdateService', { service: 'web', desiredCount: 1 });
    world.settle();
    expect(world.live).toHaveLength(1);
    expect(describeWeb(world).services[0]).toMatchObject({
      desiredCount: 1,
      runningCount: 2,
      deployments: [{ runningCount: 2 }],
    });
    world.report(
      world.tasks.find(({ desiredStatus }) => desiredStatus === 'STOPPED')!,
      'STOPPING',
    );
    expect(describeWeb(world).services[0]).toMatchObject({ runningCount: 1, deployments: [{ runningCount: 1 }] });
  });

  it('show tags only when asked for', () => {
    const { world } = given();
    create(world, { tags: [{ key: 'a', value: 'b' }] });
    expect(describeWeb(world).services[0].tags).toEqual([]);
    expect(describeWeb(world, { include: ['TAGS'] }).services[0].tags).toEqual([{ key: 'a', value: 'b' }]);
  });
});
