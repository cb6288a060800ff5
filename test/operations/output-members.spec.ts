import { describe, expect, it } from '@jest/globals';
import { ServiceWorld } from '../support/service-world.js';
import { TaskSetWorld } from '../support/task-set-world.js';

/**
 * The members that are there in every answer of ECS that the AWS CLI's examples show (awscli/examples/ecs), for EC2: clients read them
 * without asking whether they are there. What has not happened yet (`stoppedAt`), and what the request has to include, is not among them.
 */
const ALWAYS: Readonly<Record<string, string>> = {
  cluster:
    'clusterArn clusterName status registeredContainerInstancesCount runningTasksCount pendingTasksCount activeServicesCount ' +
    'statistics tags settings capacityProviders defaultCapacityProviderStrategy',
  service:
    'serviceArn serviceName clusterArn loadBalancers serviceRegistries status desiredCount runningCount pendingCount launchType ' +
    'taskDefinition deploymentConfiguration deployments events createdAt placementConstraints placementStrategy ' +
    'healthCheckGracePeriodSeconds schedulingStrategy deploymentController createdBy enableECSManagedTags propagateTags ' +
    'enableExecuteCommand availabilityZoneRebalancing',
  deploymentConfiguration: 'deploymentCircuitBreaker maximumPercent minimumHealthyPercent alarms',
  alarms: 'alarmNames rollback enable',
  deployment:
    'id status taskDefinition desiredCount pendingCount runningCount failedTasks createdAt updatedAt launchType rolloutState rolloutStateReason',
  message: 'id createdAt message',
  taskSet:
    'id taskSetArn status taskDefinition computedDesiredCount pendingCount runningCount createdAt updatedAt launchType loadBalancers ' +
    'serviceRegistries scale stabilityStatus stabilityStatusAt',
  task:
    'attachments attributes availabilityZone clusterArn containerInstanceArn containers cpu createdAt desiredStatus ' +
    'enableExecuteCommand group healthStatus lastStatus launchType memory overrides tags taskArn taskDefinitionArn version',
  container: 'containerArn taskArn name image lastStatus networkBindings networkInterfaces healthStatus cpu memory',
  overrides: 'containerOverrides inferenceAcceleratorOverrides',
  containerInstance:
    'containerInstanceArn ec2InstanceId version versionInfo remainingResources registeredResources status agentConnected ' +
    'runningTasksCount pendingTasksCount attributes registeredAt attachments tags',
  resource: 'name type doubleValue longValue integerValue',
  serviceDeployment:
    'serviceDeploymentArn serviceArn clusterArn createdAt startedAt finishedAt updatedAt sourceServiceRevisions targetServiceRevision ' +
    'status deploymentConfiguration deploymentCircuitBreaker alarms',
  serviceDeploymentAlarms: 'status',
  breaker: 'status failureCount threshold',
  revisionSummary: 'arn requestedTaskCount runningTaskCount pendingTaskCount',
  brief: 'serviceDeploymentArn serviceArn clusterArn createdAt startedAt finishedAt targetServiceRevisionArn status',
  serviceRevision:
    'serviceRevisionArn serviceArn clusterArn taskDefinition containerImages guardDutyEnabled serviceConnectConfiguration createdAt',
};

function shown(): Readonly<Record<string, any>> {
  const world = new ServiceWorld();
  world.create();
  world.becomeSteady();
  const ask = (operation: string, input: object = {}) => world.query<any>(operation, input);
  const [first] = world.live;
  const service = ask('DescribeServices', { services: ['web'] }).services[0];
  const serviceDeploymentArns = [service.currentServiceDeployment];
  const serviceRevisionArns = [service.currentServiceRevisions[0].arn];
  const { serviceDeployments } = ask('DescribeServiceDeployments', { serviceDeploymentArns });
  const task = ask('DescribeTasks', { tasks: [first!.taskArn] }).tasks[0];
  const { containerInstances } = ask('DescribeContainerInstances', { containerInstances: [first!.containerInstanceArn] });
  return {
    cluster: ask('DescribeClusters').clusters[0],
    service,
    deploymentConfiguration: service.deploymentConfiguration,
    alarms: service.deploymentConfiguration.alarms,
    deployment: service.deployments[0],
    message: service.events[0],
    task,
    container: task.containers[0],
    overrides: task.overrides,
    containerInstance: containerInstances[0],
    resource: containerInstances[0].remainingResources[0],
    serviceDeployment: serviceDeployments[0],
    serviceDeploymentAlarms: serviceDeployments[0].alarms,
    breaker: serviceDeployments[0].deploymentCircuitBreaker,
    revisionSummary: serviceDeployments[0].targetServiceRevision,
    brief: ask('ListServiceDeployments', { service: 'web' }).serviceDeployments[0],
    serviceRevision: ask('DescribeServiceRevisions', { serviceRevisionArns }).serviceRevisions[0],
    taskSet: taskSet(),
  };
}

function taskSet(): object {
  const world = new TaskSetWorld();
  world.create();
  world.taskSet();
  return world.query<any>('DescribeTaskSets', { cluster: 'default', service: 'web' }).taskSets[0];
}

describe('what ECS always gives is there', () => {
  const answers = shown();

  it.each(Object.entries(ALWAYS))('of a %s', (what, members) => {
    const missing = members.split(' ').filter((member) => answers[what][member] === undefined);
    expect(missing).toEqual([]);
  });

  it('also where a deployment has no alarms, no Service Connect and no health check', () => {
    expect(answers.alarms).toEqual({ alarmNames: [], rollback: false, enable: false });
    expect(answers.serviceDeployment.deploymentConfiguration.alarms).toEqual(answers.alarms);
    expect(answers.serviceDeploymentAlarms).toEqual({ status: 'DISABLED' });
    expect(answers.serviceRevision.serviceConnectConfiguration).toEqual({ enabled: false });
    expect(answers.service.healthCheckGracePeriodSeconds).toBe(0);
  });
});
