import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Longshore, REGION, startLongshoreWith } from '../support/longshore.js';
import { plan, type Resource, type ServiceConfig } from '../support/terraform-attributes.js';
import { TerraformClient } from '../support/terraform-client.js';

const ARN = `arn:aws:ecs:${REGION}:000000000000`;
const one = (family: string, more: object = {}) => ({
  family,
  containerDefinitions: [{ name: 'web', image: 'busybox', memory: 16, essential: true, ...more }],
});
const web = (seconds: string) => ({
  ...one('web', {
    command: ['sleep', seconds],
    environment: [{ name: 'A', value: 'b' }],
    portMappings: [{ containerPort: 80, protocol: 'tcp' as const }],
  }),
  volumes: [{ name: 'data' }],
});
const vpc = { ...one('vpc'), networkMode: 'awsvpc' as const };

/** apply, plan (empty), a change, apply, plan (empty), destroy. */
describe('with Terraform’s calls', () => {
  let longshore: Longshore;
  let terraform: TerraformClient;
  let subnets: readonly string[];
  let securityGroups: string[];

  beforeAll(async () => {
    longshore = await startLongshoreWith({ LONGSHORE_SERVICE_HEALTHY_AFTER_MS: '0' }, '--simulate', '3');
    terraform = new TerraformClient(longshore.ecs);
    const ec2 = async (operation: string) => (await longshore.aws([operation], { service: 'ec2' })).json<any>();
    subnets = (await ec2('describe-subnets')).Subnets.map(({ SubnetId }: any) => SubnetId);
    securityGroups = (await ec2('describe-security-groups')).SecurityGroups.map(({ GroupId }: any) => GroupId);
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  async function lives<C extends object>(resource: Resource<C>, ...configs: readonly [C, ...C[]]): Promise<void> {
    let [now] = configs;
    let id = await resource.create(now);
    expect(await plan(resource, id, now)).toEqual({});
    for (const next of configs.slice(1)) {
      expect(await plan(resource, id, next)).not.toEqual({});
      id = await resource.update(id, next, now);
      now = next;
      expect(await plan(resource, id, now)).toEqual({});
    }
    await resource.remove(id, now);
  }

  it('an account setting', async () => {
    const { accountSettingDefault } = terraform;
    const name = 'containerInsights';
    await lives(accountSettingDefault, { name, value: 'enabled' }, { name, value: 'enhanced' });
    await lives(accountSettingDefault, { name: 'fargateTaskRetirementWaitPeriod', value: '14' });
    await lives(accountSettingDefault, { name: 'tagResourceAuthorization', value: 'off' });
    await lives(accountSettingDefault, { name: 'taskLongArnFormat', value: 'enabled' });
  });

  it('a cluster, and a tag of it', async () => {
    const exec = (cloudWatchLogGroupName: string) => ({
      executeCommandConfiguration: { logging: 'OVERRIDE', logConfiguration: { cloudWatchLogGroupName } },
    });
    const { cluster, tag } = terraform;
    await lives(cluster, { name: 'plain' });
    await lives(
      cluster,
      {
        name: 'full',
        setting: [{ name: 'containerInsights', value: 'enabled' }],
        configuration: exec('one'),
        serviceConnectDefaults: { namespace: 'arn:aws:servicediscovery:us-east-1:000000000000:namespace/ns-1' },
        tags: { a: '1', b: '2' },
      },
      { name: 'full', setting: [{ name: 'containerInsights', value: 'disabled' }], configuration: exec('two'), tags: { b: '3' } },
    );
    const resourceArn = await cluster.create({ name: 'tagged' });
    await lives(tag, { resourceArn, key: 'extra', value: '1' }, { resourceArn, key: 'extra', value: '2' });
    await cluster.remove(resourceArn, { name: 'tagged' });
    // What the provider takes for "the cluster is gone, and its tags with it".
    await expect(tag.read('', { resourceArn, key: 'extra', value: '' })).rejects.toThrow(
      'The specified cluster is inactive. Specify an active cluster and try again.',
    );
  });

  it('a task definition', () =>
    lives(terraform.taskDefinition, { ...web('1'), tags: { a: '1' } }, { ...web('2'), tags: { a: '2' } }));

  it('services: of a cluster that is not named, with everything, of awsvpc tasks, a daemon', async () => {
    const [first, second] = [await terraform.taskDefinition.create(web('1')), await terraform.taskDefinition.create(web('2'))];
    const { service } = terraform;
    await lives<ServiceConfig>(
      service,
      { serviceName: 'plain', taskDefinition: first, desiredCount: 1 },
      { serviceName: 'plain', taskDefinition: second, desiredCount: 3 },
    );
    const full: ServiceConfig = {
      serviceName: 'full',
      cluster: `${ARN}:cluster/default`,
      taskDefinition: first.split('/')[1]!,
      desiredCount: 2,
      launchType: 'EC2',
      alarms: { enable: false, rollback: false, alarmNames: ['cpu'] },
      deploymentCircuitBreaker: { enable: true, rollback: true },
      deploymentController: { type: 'ECS' },
      deploymentMinimumHealthyPercent: 50,
      deploymentMaximumPercent: 150,
      enableECSManagedTags: true,
      enableExecuteCommand: true,
      healthCheckGracePeriodSeconds: 5,
      placementStrategy: [{ type: 'spread', field: 'instanceId' }],
      placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.os-type == linux' }],
      propagateTags: 'SERVICE',
      tags: { a: '1', b: '2' },
    };
    const { placementStrategy: _strategy, placementConstraints: _constraints, ...without } = full;
    await lives(service, full, {
      ...without,
      deploymentCircuitBreaker: { enable: false, rollback: false },
      deploymentMinimumHealthyPercent: 0,
      deploymentMaximumPercent: 100,
      enableExecuteCommand: false,
      tags: { b: '3' },
    });
    const network = { serviceName: 'vpc', taskDefinition: await terraform.taskDefinition.create(vpc), desiredCount: 0 };
    await lives<ServiceConfig>(
      service,
      { ...network, networkConfiguration: { subnets: subnets.slice(0, 2), securityGroups } },
      { ...network, networkConfiguration: { subnets: subnets.slice(2), assignPublicIp: true } },
    );
    const daemon = { serviceName: 'daemon', taskDefinition: first, schedulingStrategy: 'DAEMON' as const };
    await lives<ServiceConfig>(service, daemon, { ...daemon, deploymentMinimumHealthyPercent: 50 });
  }, 120_000);

  it('a task set of a service whose deployments are controlled by others', async () => {
    const taskDefinition = await terraform.taskDefinition.create(web('3'));
    const config: ServiceConfig = { serviceName: 'ext', desiredCount: 2, deploymentController: { type: 'EXTERNAL' } };
    const service = await terraform.service.create(config);
    const taskSet = { cluster: 'default', service, taskDefinition, externalId: 'blue' };
    await lives(
      terraform.taskSet,
      { ...taskSet, scale: { value: 50, unit: 'PERCENT' }, tags: { a: '1' } },
      { ...taskSet, scale: { value: 100, unit: 'PERCENT' }, tags: { b: '2' } },
    );
    const awsvpc = {
      ...taskSet,
      taskDefinition: await terraform.taskDefinition.create(vpc),
      scale: { value: 0, unit: 'PERCENT' },
    };
    await lives(terraform.taskSet, { ...awsvpc, networkConfiguration: { subnets: subnets.slice(0, 1) } });
    expect(await plan(terraform.service, service, config)).toEqual({});
    await terraform.service.remove(service, config);
  }, 60_000);
});
