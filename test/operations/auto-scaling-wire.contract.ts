import {
  AlreadyExistsFault,
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  paginateDescribeTags,
} from '@aws-sdk/client-auto-scaling';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AwsEndpoint, KEYS } from '../support/aws-endpoint.js';
import { autoScalingEndpoint } from '../support/scaling-endpoint.js';

/** Auto Scaling as its users call it: the AWS CLI that the distribution ships, the JavaScript SDK, and Terraform's order of calls. */
describe('the wire of Auto Scaling', () => {
  let endpoint: AwsEndpoint;
  let sdk: AutoScalingClient;
  const aws = (...args: string[]) => endpoint.aws(...args);

  beforeAll(async () => {
    endpoint = await autoScalingEndpoint();
    sdk = new AutoScalingClient({ endpoint: endpoint.url, region: 'us-east-1', credentials: KEYS });
  });
  afterAll(async () => {
    sdk.destroy();
    await endpoint.close();
  });

  it('is driven by the AWS CLI from a group to its end', async () => {
    const group = ['--auto-scaling-group-name', 'cli & more'];
    await aws(
      'create-auto-scaling-group',
      ...group,
      '--min-size',
      '0',
      '--max-size',
      '3',
      '--launch-template',
      'LaunchTemplateName=host,Version=1',
      '--vpc-zone-identifier',
      'subnet-a',
      '--tags',
      'Key=AmazonECSManaged,Value=,PropagateAtLaunch=true',
    );
    await aws('set-desired-capacity', ...group, '--desired-capacity', '2');
    const [made] = (await aws('describe-auto-scaling-groups')).AutoScalingGroups;
    expect(made).toMatchObject({
      AutoScalingGroupName: 'cli & more',
      DesiredCapacity: 2,
      NewInstancesProtectedFromScaleIn: false,
      LaunchTemplate: { LaunchTemplateName: 'host', Version: '1' },
      TerminationPolicies: ['Default'],
      Tags: [{ Key: 'AmazonECSManaged', Value: '', PropagateAtLaunch: true, ResourceType: 'auto-scaling-group' }],
    });
    expect(await endpoint.refused('set-desired-capacity', ...group, '--desired-capacity', '4')).toContain('(ValidationError)');
    await aws('delete-auto-scaling-group', ...group);
    expect((await aws('describe-auto-scaling-groups', '--auto-scaling-group-names', 'cli & more')).AutoScalingGroups).toEqual([]);
  }, 120_000);

  it('keeps launch configurations of the AWS CLI, as it made them', async () => {
    const old = ['--launch-configuration-name', 'old'];
    const disks = '[{"DeviceName":"/dev/xvda","Ebs":{"VolumeSize":30,"DeleteOnTermination":true}}]';
    const more = [
      '--user-data',
      'echo ECS_CLUSTER=web',
      '--block-device-mappings',
      disks,
      '--instance-monitoring',
      'Enabled=false',
    ];
    await aws('create-launch-configuration', ...old, '--image-id', 'ami-1', '--instance-type', 't3.micro', ...more);
    const [made] = (await aws('describe-launch-configurations', '--launch-configuration-names', 'old')).LaunchConfigurations;
    expect(made).toMatchObject({
      LaunchConfigurationName: 'old',
      UserData: Buffer.from('echo ECS_CLUSTER=web').toString('base64'),
      BlockDeviceMappings: JSON.parse(disks),
      InstanceMonitoring: { Enabled: false },
      EbsOptimized: false,
    });
    const group = ['--auto-scaling-group-name', 'of-old'];
    await aws(
      'create-auto-scaling-group',
      ...group,
      ...old,
      '--min-size',
      '0',
      '--max-size',
      '1',
      '--availability-zones',
      'us-east-1a',
    );
    const [{ LaunchConfigurationName }] = (await aws('describe-auto-scaling-groups', '--auto-scaling-group-names', 'of-old'))
      .AutoScalingGroups;
    expect(LaunchConfigurationName).toBe('old');
    expect(await endpoint.refused('delete-launch-configuration', ...old)).toContain('(ResourceInUse)');
    await aws('delete-auto-scaling-group', ...group);
    await aws('delete-launch-configuration', ...old);
    expect((await aws('describe-launch-configurations')).LaunchConfigurations).toEqual([]);
  }, 120_000);

  it('scales by policies of the AWS CLI, which alarms name', async () => {
    const group = ['--auto-scaling-group-name', 'of-policies'];
    const launch = ['--launch-template', 'LaunchTemplateName=host', '--availability-zones', 'us-east-1a'];
    await aws('create-auto-scaling-group', ...group, '--min-size', '0', '--max-size', '3', ...launch);
    const more = [...group, '--policy-name', 'more'];
    const steps = 'MetricIntervalLowerBound=0,MetricIntervalUpperBound=15.5,ScalingAdjustment=1';
    const last = 'MetricIntervalLowerBound=15.5,ScalingAdjustment=2';
    const kind = ['--policy-type', 'StepScaling', '--adjustment-type', 'ChangeInCapacity'];
    const { PolicyARN } = await aws('put-scaling-policy', ...more, ...kind, '--step-adjustments', steps, last);
    const { ScalingPolicies } = await aws('describe-policies', ...group);
    expect(ScalingPolicies).toMatchObject([
      {
        PolicyARN,
        PolicyType: 'StepScaling',
        Enabled: true,
        StepAdjustments: [{ MetricIntervalUpperBound: 15.5, ScalingAdjustment: 1 }, { ScalingAdjustment: 2 }],
      },
    ]);
    await aws('execute-policy', ...more, '--metric-value', '66.25', '--breach-threshold', '50.5');
    const [{ DesiredCapacity }] = (await aws('describe-auto-scaling-groups', '--auto-scaling-group-names', 'of-policies'))
      .AutoScalingGroups;
    expect(DesiredCapacity).toBe(2);
    const honoured = [...more, '--honor-cooldown', '--metric-value', '51', '--breach-threshold', '50'];
    expect(await endpoint.refused('execute-policy', ...honoured)).toContain('(ScalingActivityInProgress)');
    await aws('delete-policy', '--policy-name', PolicyARN);
    expect((await aws('describe-policies')).ScalingPolicies).toEqual([]);
    await aws('delete-auto-scaling-group', ...group);
  }, 120_000);

  it('gives Terraform back what it sent, and the SDK its errors', async () => {
    // As aws_autoscaling_group sends it.
    const sent = {
      AutoScalingGroupName: 'terraform-hosts',
      MinSize: 0,
      MaxSize: 2,
      DesiredCapacity: 1,
      NewInstancesProtectedFromScaleIn: true,
      HealthCheckType: 'EC2',
      HealthCheckGracePeriod: 300,
      DefaultCooldown: 120,
      LaunchTemplate: { LaunchTemplateId: 'lt-0123456789abcdef0', Version: '$Latest' },
      VPCZoneIdentifier: 'subnet-a,subnet-b',
      TerminationPolicies: ['OldestInstance', 'Default'],
      CapacityRebalance: true,
      MaxInstanceLifetime: 86_400,
    };
    const tags = ['Name', 'AmazonECSManaged'].map((Key) => ({
      Key,
      Value: 'x',
      PropagateAtLaunch: true,
      ResourceId: 'terraform-hosts',
      ResourceType: 'auto-scaling-group',
    }));
    await sdk.send(new CreateAutoScalingGroupCommand({ ...sent, Tags: tags }));
    const { AutoScalingGroups } = await sdk.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['terraform-hosts'] }),
    );
    expect(AutoScalingGroups).toMatchObject([{ ...sent, Tags: [tags[1], tags[0]], CreatedTime: expect.any(Date) }]);
    await expect(sdk.send(new CreateAutoScalingGroupCommand(sent))).rejects.toBeInstanceOf(AlreadyExistsFault);
    const pages = paginateDescribeTags({ client: sdk, pageSize: 1 }, {});
    const read: unknown[] = [];
    for await (const { Tags = [] } of pages) read.push(...Tags);
    expect(read).toEqual([tags[1], tags[0]]);
  });
});
