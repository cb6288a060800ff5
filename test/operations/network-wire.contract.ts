import {
  CreateVpcCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
  paginateDescribeSubnets,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type AwsEndpoint, KEYS } from '../support/aws-endpoint.js';
import { networkEndpoint } from '../support/network-endpoint.js';
import { extractedModel } from '../tools/extract-ec2-model.js';

/** The network's API as its users call it: the AWS CLI that the distribution ships, and the JavaScript SDK. */
describe('the wire of EC2’s network API', () => {
  let endpoint: AwsEndpoint;
  let sdk: EC2Client;
  const ec2 = (...args: string[]) => endpoint.aws(...args);

  beforeAll(async () => {
    endpoint = await networkEndpoint();
    sdk = new EC2Client({ endpoint: endpoint.url, region: 'us-east-1', credentials: KEYS });
  });
  afterAll(async () => {
    sdk.destroy();
    await endpoint.close();
  });

  it('has the shapes of the client, of all operations that there are', () => {
    expect(JSON.parse(readFileSync('libs/aws-api/src/models/ec2-model.json', 'utf8'))).toEqual(extractedModel());
  });

  it('is driven by the AWS CLI from VPC to rule', async () => {
    const { VpcId } = (
      await ec2(
        'create-vpc',
        '--cidr-block',
        '10.0.0.0/16',
        '--tag-specifications',
        'ResourceType=vpc,Tags=[{Key=Name,Value=net & more}]',
      )
    ).Vpc;
    const { Vpcs } = await ec2('describe-vpcs', '--filters', 'Name=tag:Name,Values=net*', 'Name=state,Values=available');
    expect(Vpcs).toMatchObject([{ VpcId, IsDefault: false, Tags: [{ Key: 'Name', Value: 'net & more' }] }]);
    const zone = (await ec2('describe-availability-zones')).AvailabilityZones[1].ZoneName;
    const { SubnetId } = (
      await ec2('create-subnet', '--vpc-id', VpcId, '--cidr-block', '10.0.1.0/24', '--availability-zone', zone)
    ).Subnet;
    await ec2('modify-subnet-attribute', '--subnet-id', SubnetId, '--map-public-ip-on-launch');
    expect((await ec2('describe-subnets', '--subnet-ids', SubnetId)).Subnets).toMatchObject([
      { AvailabilityZone: 'us-east-1b', AvailableIpAddressCount: 251, MapPublicIpOnLaunch: true },
    ]);
    const { GroupId } = await ec2('create-security-group', '--group-name', 'web', '--description', 'web', '--vpc-id', VpcId);
    await ec2(
      'authorize-security-group-ingress',
      '--group-id',
      GroupId,
      '--protocol',
      'tcp',
      '--port',
      '80',
      '--cidr',
      '0.0.0.0/0',
    );
    const { SecurityGroupRules: rules } = await ec2(
      'describe-security-group-rules',
      '--filters',
      `Name=group-id,Values=${GroupId}`,
    );
    expect(rules.map((rule: any) => [rule.IsEgress, rule.FromPort, rule.CidrIpv4]).sort()).toEqual([
      [false, 80, '0.0.0.0/0'],
      [true, -1, '0.0.0.0/0'],
    ]);
    expect(await endpoint.refused('delete-vpc', '--vpc-id', VpcId)).toContain('(DependencyViolation)');
  }, 120_000);

  it('gives the SDK its types, its pages and its errors', async () => {
    const { Subnets } = await sdk.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'default-for-az', Values: ['true'] }] }));
    expect(Subnets!.map(({ AvailableIpAddressCount, DefaultForAz }) => [AvailableIpAddressCount, DefaultForAz])).toEqual([
      [4_091, true],
      [4_091, true],
      [4_091, true],
    ]);
    const pages: number[] = [];
    for await (const page of paginateDescribeSubnets({ client: sdk }, { MaxResults: 5 })) pages.push(page.Subnets!.length);
    expect(pages).toEqual([4]);
    await expect(sdk.send(new DescribeSecurityGroupsCommand({ GroupIds: ['sg-0123'] }))).rejects.toMatchObject({
      name: 'InvalidGroup.NotFound',
      message: "The security group 'sg-0123' does not exist",
    });
    await expect(sdk.send(new CreateVpcCommand({}))).rejects.toMatchObject({ name: 'MissingParameter' });
    await expect(sdk.send(new DescribeSubnetsCommand({ MaxResults: 2 }))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    const stranger = new EC2Client({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { ...KEYS, secretAccessKey: 'x' },
    });
    await expect(stranger.send(new DescribeSubnetsCommand({}))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    stranger.destroy();
  });
});
