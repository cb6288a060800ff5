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
