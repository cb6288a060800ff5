import { describe, expect, it } from '@jest/globals';
import { EcsWorld } from '../../../../../test/support/ecs-world.js';

const network = (subnets: readonly string[], more: object = {}) => ({ awsvpcConfiguration: { subnets, ...more } });
const ids = (kind: string, count: number) => Array.from({ length: count }, (_, n) => `${kind}-${n}`);
const shown = (subnets: readonly string[], securityGroups: readonly string[] = [], assignPublicIp = 'DISABLED') => ({
  awsvpcConfiguration: { subnets, securityGroups, assignPublicIp },
});
const refused = (message: string) => ({ rejection: { code: 'InvalidParameterException', message } });

function world(): EcsWorld {
  const made = new EcsWorld();
  made.given('CreateCluster', {});
  made.definition(undefined, { family: 'vpc', networkMode: 'awsvpc' });
  return made;
}

const create = (made: EcsWorld, networkConfiguration: object | undefined, more: object = {}) =>
  made.command('CreateService', { serviceName: 'web', taskDefinition: 'vpc', desiredCount: 0, networkConfiguration, ...more });
const describeWeb = (made: EcsWorld) => made.query<any>('DescribeServices', { services: ['web'] }).services[0];
const update = (made: EcsWorld, more: object) => made.command('UpdateService', { service: 'web', ...more });
const eventTypes = (outcome: object) => (outcome as { events: { type: string }[] }).events.map(({ type }) => type);

describe('the network configuration of a service', () => {
  it('is shown by the service, its deployment and its revision, with the members that were left out', () => {
    const made = world();
    expect(create(made, network(['subnet-1', 'subnet-2'], { securityGroups: ['sg-1'] }))).toHaveProperty('output');
    const service = describeWeb(made);
    const networkConfiguration = shown(['subnet-1', 'subnet-2'], ['sg-1']);
    expect(service).toMatchObject({ networkConfiguration, deployments: [{ networkConfiguration }] });
    const serviceRevisionArns = [service.currentServiceRevisions[0].arn];
    expect(made.query('DescribeServiceRevisions', { serviceRevisionArns })).toMatchObject({
      serviceRevisions: [{ networkConfiguration }],
    });
  });

  it('that changes is a new deployment; the same one is none, in whatever order', () => {
    const made = world();
    create(made, network(['subnet-1', 'subnet-2']));
    expect(eventTypes(update(made, { desiredCount: 1 }))).toEqual(['ServiceUpdated']);
    expect(eventTypes(update(made, { networkConfiguration: network(['subnet-2', 'subnet-1']) }))).toEqual([]);
    expect(eventTypes(update(made, { networkConfiguration: network(['subnet-3']) }))).toEqual([
      'ServiceUpdated',
      'DeploymentStarted',
    ]);
    expect(eventTypes(update(made, { networkConfiguration: network(['subnet-3'], { assignPublicIp: 'ENABLED' }) }))).toEqual([
      'ServiceUpdated',
      'DeploymentStarted',
    ]);
    const { networkConfiguration, deployments } = describeWeb(made);
    expect(networkConfiguration).toEqual(shown(['subnet-3'], [], 'ENABLED'));
    expect(deployments[0].networkConfiguration).toEqual(networkConfiguration);
  });

  it('is needed for a new revision of a service from before it was kept, and not for its count', () => {
    const made = world();
    create(made, network(['subnet-1']));
    const { networkConfiguration: _kept, ...before } = made.state.services.get(describeWeb(made).serviceArn)!;
    const draft = made.store.draft();
    draft.state.services.put(before.serviceArn, before);
    draft.apply();
    expect(eventTypes(update(made, { desiredCount: 3 }))).toEqual(['ServiceUpdated']);
    made.definition(undefined, { family: 'vpc', networkMode: 'awsvpc' });
    expect(update(made, { taskDefinition: 'vpc' })).toMatchObject(
      refused("Network Configuration must be provided when networkMode 'awsvpc' is specified."),
    );
    expect(update(made, { taskDefinition: 'vpc', networkConfiguration: network(['subnet-1']) })).toHaveProperty('output');
  });

  it('is what it was after a rollback', () => {
    const made = world();
    create(made, network(['subnet-1']));
    const { serviceArn } = describeWeb(made);
    const deploymentId = describeWeb(made).deployments[0].id;
    made.given('AdvanceService', { serviceArn, placements: [] }, 'scheduler');
    expect(describeWeb(made).deployments[0].rolloutState).toBe('COMPLETED');
    made.given('UpdateService', { service: 'web', networkConfiguration: network(['subnet-2']) });
    const serviceDeploymentArn = describeWeb(made).currentServiceDeployment;
    made.given('StopServiceDeployment', { serviceDeploymentArn });
    const service = describeWeb(made);
    expect(service.deployments[0]).toMatchObject({ id: deploymentId, networkConfiguration: shown(['subnet-1']) });
    expect(service.networkConfiguration).toEqual(shown(['subnet-1']));
  });

  it('is of a task set where task sets are', () => {
    const made = world();
    made.given('CreateService', { serviceName: 'web', deploymentController: { type: 'EXTERNAL' }, desiredCount: 0 });
    const of = { cluster: 'default', service: 'web' };
    const { taskSet } = made.given<any>('CreateTaskSet', {
      ...of,
      taskDefinition: 'vpc',
      networkConfiguration: network(['subnet-1']),
    });
    expect(taskSet.networkConfiguration).toEqual(shown(['subnet-1']));
    expect(made.query('DescribeTaskSets', of)).toMatchObject({ taskSets: [{ networkConfiguration: shown(['subnet-1']) }] });
    expect(made.command('CreateTaskSet', { ...of, taskDefinition: 'vpc' })).toMatchObject(
      refused("Network Configuration must be provided when networkMode 'awsvpc' is specified."),
    );
  });

  it.each([
    [undefined, "Network Configuration must be provided when networkMode 'awsvpc' is specified."],
    [network([]), 'subnets can not be empty.'],
    [network(ids('subnet', 17)), 'subnets can have at most 16 items.'],
    [network(['subnet-1'], { securityGroups: ids('sg', 6) }), 'securityGroups can have at most 5 items.'],
  ])('is refused: %j', (given, message) => {
    expect(create(world(), given)).toMatchObject(refused(message));
  });

  it('may have sixteen subnets and five security groups', () => {
    expect(create(world(), network(ids('subnet', 16), { securityGroups: ids('sg', 5) }))).toHaveProperty('output');
  });

  it('is not for tasks of another network mode', () => {
    const made = world();
    made.definition();
    const message = 'Network Configuration is not valid for the given networkMode of this task definition.';
    expect(create(made, network(['subnet-1']), { taskDefinition: 'web' })).toMatchObject(refused(message));
    create(made, network(['subnet-1']));
    expect(update(made, { taskDefinition: 'web' })).toMatchObject(refused(message));
  });
});
