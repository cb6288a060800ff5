import { describe, expect, it } from '@jest/globals';
import { ecsCommands, ecsQueries } from '#lib/ecs';
import { prepareRunTask, prepareStartTask } from '#lib/ecs/tasks';
import { refusable } from '#lib/kernel';
import { ServiceCatalog } from '../../libs/aws-api/src/service-catalog.js';
import { EcsWorld } from '../support/ecs-world.js';
import { modelledErrors } from '../support/modelled-errors.js';

/**
 * What every built operation answers when a thing that it names is not there, is over, is another account's or is no identifier:
 * ECS's class and words. A class that the model does not list is one that no client's code has a branch for.
 */
const SCOPE = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' };
const ARN = `arn:aws:ecs:${SCOPE.region}:${SCOPE.accountId}`;
const FOREIGN = `arn:aws:ecs:${SCOPE.region}:999999999999`;
const INSTANCE = '1'.repeat(32);
const NOBODY = 'f'.repeat(32);

const world = new EcsWorld(SCOPE as never);
world.given('CreateCluster', { clusterName: 'gone' });
world.given('DeleteCluster', { cluster: 'gone' });
world.given('CreateCluster', {});
world.instance(INSTANCE);
world.definition();
world.definition();
world.given('DeregisterTaskDefinition', { taskDefinition: 'web:2' });
for (const serviceName of ['web', 'old']) {
  world.given('CreateService', { serviceName, taskDefinition: 'web', desiredCount: 0 });
}
for (const serviceName of ['ext', 'oldext']) {
  world.given('CreateService', { serviceName, desiredCount: 0, deploymentController: { type: 'EXTERNAL' } });
}
for (const service of ['old', 'oldext']) {
  world.given('DeleteService', { service });
  world.given('AdvanceService', { serviceArn: `${ARN}:service/default/${service}`, placements: [] }, 'scheduler');
}
const { taskSet } = world.given<any>('CreateTaskSet', { cluster: 'default', service: 'ext', taskDefinition: 'web' });

/** `ok`, or `Class: words`. */
function ask(operation: string, input: object): string {
  const rejection = rejectionOf(operation, input);
  return rejection ? `${rejection.code}: ${rejection.message}` : 'ok';
}

function rejectionOf(operation: string, input: object) {
  if (operation === 'RunTask' || operation === 'StartTask') {
    const prepare = operation === 'RunTask' ? prepareRunTask : prepareStartTask;
    const prepared = refusable(() => prepare(world.state, SCOPE as never, input as never));
    return 'rejection' in prepared ? prepared.rejection : undefined;
  }
  const answer = (operation in ecsQueries ? world.query(operation, input) : world.command(operation, input)) as {
    rejection?: { code: string; message: string };
  };
  return answer.rejection;
}

/** The least input of an operation that names its things rightly; what is asked of nothing has to be refused, too. */
const NAMING: Readonly<Record<string, object>> = {
  CreateCapacityProvider: { name: 'new', autoScalingGroupProvider: { autoScalingGroupArn: 'hosts' } },
  CreateService: { serviceName: 'new', taskDefinition: 'web', desiredCount: 0 },
  CreateTaskSet: { cluster: 'default', service: 'ext', taskDefinition: 'web' },
  DeleteAttributes: { attributes: [{ name: 'a', targetId: INSTANCE }] },
  DeleteCapacityProvider: { capacityProvider: 'none' },
  DeleteCluster: { cluster: 'default' },
  DeleteService: { service: 'web' },
  DeleteTaskSet: { cluster: 'default', service: 'ext', taskSet: taskSet.id },
  DeregisterContainerInstance: { containerInstance: INSTANCE },
  DescribeContainerInstances: { containerInstances: [INSTANCE] },
  DescribeServices: { services: ['web'] },
  DescribeTaskSets: { cluster: 'default', service: 'ext' },
  DescribeTasks: { tasks: [NOBODY] },
  GetTaskProtection: { cluster: 'default', tasks: [NOBODY] },
  ListAttributes: { targetType: 'container-instance' },
  ListContainerInstances: {},
  ListServiceDeployments: { service: 'web' },
  ListServices: {},
  ListTasks: { serviceName: 'web' },
  UpdateCapacityProvider: { name: 'none', autoScalingGroupProvider: {} },
  PutAttributes: { attributes: [{ name: 'a', targetId: INSTANCE }] },
  RunTask: { taskDefinition: 'web' },
  StartTask: { taskDefinition: 'web', containerInstances: [INSTANCE] },
  StopTask: { task: NOBODY },
  UpdateCluster: { cluster: 'default', settings: [] },
  UpdateClusterSettings: { cluster: 'default', settings: [{ name: 'containerInsights', value: 'enabled' }] },
  UpdateContainerAgent: { containerInstance: INSTANCE },
  UpdateContainerInstancesState: { containerInstances: [INSTANCE], status: 'ACTIVE' },
  UpdateService: { service: 'web' },
  UpdateServicePrimaryTaskSet: { cluster: 'default', service: 'ext', primaryTaskSet: taskSet.id },
  UpdateTaskProtection: { cluster: 'default', tasks: [NOBODY], protectionEnabled: true },
  UpdateTaskSet: { cluster: 'default', service: 'ext', taskSet: taskSet.id, scale: { value: 0, unit: 'PERCENT' } },
};

const NO_CLUSTER = 'ClusterNotFoundException: Cluster not found.';
const OF_A_CLUSTER = Object.entries(NAMING);

describe('an operation in a cluster', () => {
  it.each(OF_A_CLUSTER)('that is not there: %s', (operation, input) => {
    expect(ask(operation, { ...input, cluster: 'nowhere' })).toBe(NO_CLUSTER);
    expect(ask(operation, { ...input, cluster: `${FOREIGN}:cluster/default` })).toBe(NO_CLUSTER);
  });

  it.each(OF_A_CLUSTER.filter(([operation]) => operation !== 'DeleteCluster'))('that is INACTIVE: %s', (operation, input) => {
    const inactive = 'ClusterNotFoundException: The referenced cluster was inactive.';
    expect(ask(operation, { ...input, cluster: 'gone' })).toBe(inactive);
  });

  it.each(OF_A_CLUSTER)('that is none: %s', (operation, input) => {
    expect(ask(operation, { ...input, cluster: `${ARN}:task/default/x` })).toMatch(
      /^InvalidParameterException: Invalid identifier: /,
    );
    expect(ask(operation, { ...input, cluster: 'a b' })).toMatch(/^InvalidParameterException: /);
  });
});

const OF_A_SERVICE = OF_A_CLUSTER.filter(([, input]) => 'service' in input || 'serviceName' in input).filter(
  ([operation]) => operation !== 'CreateService',
);

describe('an operation on a service', () => {
  const named = (input: object, service: string) =>
    'serviceName' in input ? { ...input, serviceName: service } : { ...input, service };

  it.each(OF_A_SERVICE)('that is not there: %s', (operation, input) => {
    for (const service of ['nobody', `${ARN}:service/default/nobody`, `${FOREIGN}:service/default/web`]) {
      expect(ask(operation, named(input, service))).toBe('ServiceNotFoundException: Service not found.');
    }
  });

  it.each(OF_A_SERVICE)('whose ARN is of something else: %s', (operation, input) => {
    for (const arn of [`${ARN}:cluster/default`, 'arn:', 'arn:aws:s3:us-east-1:000000000000:service/x']) {
      expect(ask(operation, named(input, arn))).toMatch(/^InvalidParameterException: Invalid identifier: /);
    }
    expect(ask(operation, named(input, `${ARN}:service/other/web`))).toMatch(
      /^InvalidParameterException: Invalid identifier: Identifier is for cluster other\. Your cluster is default/,
    );
  });

  it.each([
    ['UpdateService', 'old', 'ServiceNotActiveException: Service was not ACTIVE.'],
    ['DeleteService', 'old', 'ServiceNotFoundException: Service not found.'],
    ['ListServiceDeployments', 'old', 'ServiceNotFoundException: Service not found.'],
    ...['CreateTaskSet', 'UpdateTaskSet', 'DeleteTaskSet', 'DescribeTaskSets', 'UpdateServicePrimaryTaskSet'].map(
      (operation) => [operation, 'oldext', 'ServiceNotActiveException: Service was not ACTIVE.'] as const,
    ),
  ])('that is INACTIVE: %s', (operation, service, answer) => {
    expect(ask(operation, named(NAMING[operation]!, service))).toBe(answer);
  });
});

const taskSetArn = (account: string) => `arn:aws:ecs:us-east-1:${account}:task-set/default/ext/ecs-svc/7`;
const revisionArn = `${ARN}:service-revision/default/web/7`;
const deploymentArn = (arn: string) => `${arn}:service-deployment/default/web/${NOBODY}`;

describe('what is not there has its class', () => {
  it.each([
    ['UpdateTaskSet', { taskSet: 'ecs-svc/7' }, /^TaskSetNotFoundException: The specified task set was not found/],
    ['DeleteTaskSet', { taskSet: taskSetArn('999999999999') }, /^TaskSetNotFoundException: /],
    ['UpdateServicePrimaryTaskSet', { primaryTaskSet: taskSetArn(SCOPE.accountId) }, /^TaskSetNotFoundException: /],
    ['UpdateTaskSet', { taskSet: 'x' }, /^InvalidParameterException: Invalid identifier: x/],
    ['StopTask', { task: NOBODY }, /^InvalidParameterException: The referenced task was not found\.$/],
    ['StopTask', { task: 'None' }, /^InvalidParameterException: taskId length should be one of \[32,36\]$/],
    [
      'StopTask',
      { task: `${FOREIGN}:task/default/${NOBODY}` },
      /^InvalidParameterException: The referenced task was not found\.$/,
    ],
    ['StopTask', { task: `${ARN}:service/default/web` }, /^InvalidParameterException: Invalid identifier: /],
    ['DescribeTasks', { tasks: ['None'] }, /^InvalidParameterException: taskId length should be one of \[32,36\]$/],
    ['DescribeTasks', { tasks: [] }, /^InvalidParameterException: Tasks cannot be empty\.$/],
    ['UpdateTaskProtection', { tasks: ['None'] }, /^InvalidParameterException: taskId length should be one of \[32,36\]$/],
    [
      'DeregisterContainerInstance',
      { containerInstance: NOBODY },
      /^InvalidParameterException: The referenced container instance/,
    ],
    ['DeregisterContainerInstance', { containerInstance: 'i-1' }, /^InvalidParameterException: instanceId length should be/],
    ['UpdateContainerAgent', { containerInstance: NOBODY }, /^InvalidParameterException: The referenced container instance/],
    ['DescribeContainerInstances', { containerInstances: ['i-1'] }, /^InvalidParameterException: instanceId length should be/],
    ['ListTasks', { containerInstance: NOBODY }, /^InvalidParameterException: The referenced container instance/],
    ['StartTask', { containerInstances: [] }, /^InvalidParameterException: Container Instances cannot be empty\.$/],
    ['PutAttributes', { attributes: [{ name: 'a', targetId: NOBODY }] }, /^TargetNotFoundException: /],
    ['DeleteAttributes', { attributes: [{ name: 'a', targetId: NOBODY }] }, /^TargetNotFoundException: /],
    ['RunTask', { taskDefinition: 'nothing' }, /^ClientException: TaskDefinition not found\.$/],
    ['RunTask', { taskDefinition: `${FOREIGN}:task-definition/web:1` }, /^ClientException: TaskDefinition not found\.$/],
    ['RunTask', { taskDefinition: 'web:2' }, /^ClientException: TaskDefinition is inactive$/],
    ['StartTask', { taskDefinition: 'web:9' }, /^ClientException: TaskDefinition not found\.$/],
    ['CreateService', { taskDefinition: 'nothing' }, /^ClientException: TaskDefinition not found\.$/],
    ['CreateService', { taskDefinition: 'web:2' }, /^ClientException: TaskDefinition is inactive$/],
    ['UpdateService', { taskDefinition: 'nothing' }, /^ClientException: TaskDefinition not found\.$/],
    ['CreateTaskSet', { taskDefinition: 'nothing' }, /^ClientException: TaskDefinition not found\.$/],
    ['UpdateContainerAgent', {}, /^NoUpdateAvailableException: /],
    ['DescribeTaskDefinition', { taskDefinition: 'nothing' }, /^ClientException: Unable to describe task definition\.$/],
    ['DeregisterTaskDefinition', { taskDefinition: 'nothing:1' }, /^ClientException: /],
    ['StopServiceDeployment', { serviceDeploymentArn: deploymentArn(ARN) }, /^ServiceDeploymentNotFoundException: /],
    ['StopServiceDeployment', { serviceDeploymentArn: deploymentArn(FOREIGN) }, /^ServiceDeploymentNotFoundException: /],
    ['StopServiceDeployment', { serviceDeploymentArn: 'x' }, /^InvalidParameterException: Invalid identifier: x/],
    ['DescribeServiceDeployments', { serviceDeploymentArns: ['x'] }, /^InvalidParameterException: Invalid identifier: x/],
    ['DescribeServiceDeployments', { serviceDeploymentArns: [revisionArn] }, /^InvalidParameterException: Invalid identifier: /],
    [
      'DescribeServiceRevisions',
      { serviceRevisionArns: [deploymentArn(ARN)] },
      /^InvalidParameterException: Invalid identifier: /,
    ],
    ['TagResource', { resourceArn: `${ARN}:cluster/nowhere`, tags: [] }, /^ClusterNotFoundException: Cluster not found\.$/],
    ['TagResource', { resourceArn: `${ARN}:task/default/${NOBODY}`, tags: [] }, /^ResourceNotFoundException: /],
    ['UntagResource', { resourceArn: `${FOREIGN}:service/default/web`, tagKeys: [] }, /^ResourceNotFoundException: /],
    ['TagResource', { resourceArn: 'x', tags: [] }, /^InvalidParameterException: /],
    ['TagResource', { resourceArn: `${ARN}:service/web`, tags: [] }, /^InvalidParameterException: Long arn format/],
    ['TagResource', { resourceArn: `${ARN}:cluster/gone`, tags: [] }, INACTIVE('cluster')],
    ['UntagResource', { resourceArn: `${ARN}:service/default/old`, tagKeys: [] }, INACTIVE('service')],
    ['ListTagsForResource', { resourceArn: `${ARN}:cluster/gone` }, INACTIVE('cluster')],
    ['ListTagsForResource', { resourceArn: `${ARN}:cluster/nowhere` }, /^ClusterNotFoundException: Cluster not found\.$/],
    [
      'ListTagsForResource',
      { resourceArn: `${ARN}:service/default/nobody` },
      /^InvalidParameterException: The specified service/,
    ],
    [
      'ListTagsForResource',
      { resourceArn: `${ARN}:task-definition/web:9` },
      /^InvalidParameterException: The specified task def/,
    ],
    [
      'ListTagsForResource',
      { resourceArn: `${ARN}:task/default/${NOBODY}` },
      /^InvalidParameterException: The specified task was/,
    ],
    ['ListTagsForResource', { resourceArn: `${ARN}:task-definition/web:2` }, /^ok$/],
  ] as const)('%s %j', (operation, more, answer) => {
    expect(ask(operation, { ...NAMING[operation], ...more })).toMatch(answer);
  });

  it('a deployment that is over, or a cluster that is not empty', () => {
    const { currentServiceDeployment } = world.query<any>('DescribeServices', { services: ['web'] }).services[0];
    world.given('StopServiceDeployment', { serviceDeploymentArn: currentServiceDeployment, stopType: 'ABORT' });
    expect(ask('StopServiceDeployment', { serviceDeploymentArn: currentServiceDeployment })).toMatch(/^ConflictException: /);
    expect(ask('DeleteCluster', { cluster: 'default' })).toBe(
      'ClusterContainsContainerInstancesException: The Cluster cannot be deleted while Container Instances are active or draining.',
    );
  });

  it('or is a failure with its ARN, where several are asked for', () => {
    const failures = (operation: string, input: object) => world.query<any>(operation, input).failures;
    expect(failures('DescribeClusters', { clusters: ['nowhere', `${FOREIGN}:cluster/default`] })).toEqual([
      { arn: `${ARN}:cluster/nowhere`, reason: 'MISSING' },
      { arn: `${FOREIGN}:cluster/default`, reason: 'MISSING' },
    ]);
    expect(failures('DescribeServices', { services: ['nobody', `${FOREIGN}:service/default/web`] })).toEqual([
      { arn: `${ARN}:service/nobody`, reason: 'MISSING' },
      { arn: `${FOREIGN}:service/default/web`, reason: 'MISSING' },
    ]);
    expect(failures('DescribeTasks', { tasks: [NOBODY] })).toEqual([{ arn: `${ARN}:task/default/${NOBODY}`, reason: 'MISSING' }]);
    expect(failures('DescribeContainerInstances', { containerInstances: [NOBODY] })).toEqual([
      { arn: `${ARN}:container-instance/default/${NOBODY}`, reason: 'MISSING' },
    ]);
    expect(failures('DescribeServiceDeployments', { serviceDeploymentArns: [deploymentArn(FOREIGN)] })).toEqual([
      { arn: deploymentArn(FOREIGN), reason: 'MISSING' },
    ]);
    expect(failures('DescribeServiceRevisions', { serviceRevisionArns: [revisionArn] })).toEqual([
      { arn: revisionArn, reason: 'MISSING' },
    ]);
    expect(failures('GetTaskProtection', { cluster: 'default', tasks: [NOBODY] })).toMatchObject([{ reason: 'MISSING' }]);
  });
});

function INACTIVE(what: string): RegExp {
  return new RegExp(
    `^InvalidParameterException: The specified ${what} is inactive\\. Specify an active ${what} and try again\\.$`,
  );
}

describe('every refusal', () => {
  const built = new ServiceCatalog()
    .named('ecs')!
    .operationNames()
    .filter((name) => name in ecsQueries || name in ecsCommands || name === 'RunTask' || name === 'StartTask');
  const WRONG = [
    {},
    { cluster: 'nowhere' },
    { cluster: 'gone' },
    { cluster: 'a b' },
    { service: 'nobody' },
    { service: 'old' },
    { service: 'oldext' },
    { task: 'None', tasks: ['None'] },
    { task: NOBODY },
    { taskDefinition: 'nothing' },
    { taskDefinition: 'a b:c' },
    { containerInstance: NOBODY, containerInstances: [NOBODY] },
    { taskSet: 'ecs-svc/7', primaryTaskSet: 'ecs-svc/7' },
    { resourceArn: `${ARN}:task/default/${NOBODY}`, tags: [], tagKeys: [] },
    { resourceArn: `${ARN}:cluster/gone`, tags: [], tagKeys: [] },
    { resourceArn: `${ARN}:cluster/nowhere`, tags: [], tagKeys: [] },
    { name: 'nothing', value: 'nothing' },
  ];

  it.each(built)('of %s has a class that its model lists', (operation) => {
    const listed = modelledErrors(operation);
    const soundOrEmpty = NAMING[operation] ?? {
      containerDefinitions: [],
      taskDefinitions: [],
      serviceDeploymentArns: [],
      serviceRevisionArns: [],
    };
    const needed = { tags: [], tagKeys: [], resourceArn: '', name: '', value: '', serviceDeploymentArn: '', taskDefinition: '' };
    for (const wrong of WRONG) {
      const rejection = rejectionOf(
        operation,
        NAMING[operation] ? { ...soundOrEmpty, ...wrong } : { ...needed, ...soundOrEmpty, ...wrong },
      );
      if (rejection) expect(listed).toContain(rejection.code);
    }
  });
});
