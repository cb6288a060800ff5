import { describe, expect, it } from '@jest/globals';
import { NetworkWorld } from '../../../../test/support/network-world.js';

const withVpc = () => {
  const world = new NetworkWorld();
  return { world, VpcId: world.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId as string };
};

describe('DHCP options', () => {
  it('are given to a VPC, told, and stay while it has them', () => {
    const { world, VpcId } = withVpc();
    const vpc = () => world.ask('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs[0];
    const made = world.ok('CreateDhcpOptions', {
      DhcpConfigurations: [
        { Key: 'domain-name', Values: ['service.consul'] },
        { Key: 'domain-name-servers', Values: ['127.0.0.1', '10.10.0.2'] },
      ],
      TagSpecifications: [{ ResourceType: 'dhcp-options', Tags: [{ Key: 'a', Value: '1' }] }],
    }).DhcpOptions;
    expect(made.DhcpConfigurations[1]).toEqual({
      Key: 'domain-name-servers',
      Values: [{ Value: '127.0.0.1' }, { Value: '10.10.0.2' }],
    });
    const { DhcpOptionsId } = made;
    expect(world.ask('DescribeDhcpOptions', { DhcpOptionsIds: [DhcpOptionsId] }).DhcpOptions).toEqual([made]);
    expect(vpc().DhcpOptionsId).toBe('default');
    world.ok('AssociateDhcpOptions', { DhcpOptionsId, VpcId });
    expect(vpc().DhcpOptionsId).toBe(DhcpOptionsId);
    expect(world.refusal('DeleteDhcpOptions', { DhcpOptionsId })).toContain('DependencyViolation');
    world.ok('AssociateDhcpOptions', { DhcpOptionsId: 'default', VpcId });
    expect(vpc().DhcpOptionsId).toBe('default');
    world.ok('DeleteDhcpOptions', { DhcpOptionsId });
    expect(world.refusal('DescribeDhcpOptions', { DhcpOptionsIds: [DhcpOptionsId] })).toContain('InvalidDhcpOptionID.NotFound');
  });

  it('are refused where they say nothing', () => {
    const { world, VpcId } = withVpc();
    const refusal = (...DhcpConfigurations: object[]) => world.refusal('CreateDhcpOptions', { DhcpConfigurations });
    expect(refusal({ Key: 'dns', Values: ['1.1.1.1'] })).toContain('InvalidParameterValue');
    expect(refusal({ Key: 'domain-name' })).toContain('MissingParameter');
    expect(world.refusal('AssociateDhcpOptions', { DhcpOptionsId: 'dopt-1', VpcId })).toContain('InvalidDhcpOptionID.NotFound');
  });
});

describe('flow logs', () => {
  const asked = (VpcId: string) => ({
    ResourceType: 'VPC',
    ResourceIds: [VpcId],
    TrafficType: 'ALL',
    LogDestination: 'arn:aws:logs:us-east-1:000000000000:log-group:flows',
    DeliverLogsPermissionArn: 'arn:aws:iam::000000000000:role/flows',
    MaxAggregationInterval: 60,
  });

  it('are kept, and say that nothing is delivered', () => {
    const { world, VpcId } = withVpc();
    const {
      FlowLogIds: [FlowLogId],
    } = world.ok('CreateFlowLogs', asked(VpcId));
    const found = () => world.ask('DescribeFlowLogs', { Filter: [{ Name: 'resource-id', Values: [VpcId] }] }).FlowLogs;
    expect(found()).toMatchObject([
      {
        FlowLogId,
        FlowLogStatus: 'ACTIVE',
        DeliverLogsStatus: 'FAILED',
        DeliverLogsErrorMessage: expect.stringContaining('records no flows'),
        LogFormat: expect.stringMatching(/^\$\{version\} \$\{account-id\} /),
        MaxAggregationInterval: 60,
      },
    ]);
    world.ok('DeleteFlowLogs', { FlowLogIds: [FlowLogId] });
    expect(found()).toEqual([]);
    expect(world.refusal('DescribeFlowLogs', { FlowLogIds: [FlowLogId] })).toContain('InvalidFlowLogId.NotFound');
  });

  it('go with what they are of', () => {
    const { world, VpcId } = withVpc();
    const { SubnetId } = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
    world.ok('CreateFlowLogs', asked(VpcId));
    world.ok('CreateFlowLogs', { ...asked(VpcId), ResourceType: 'Subnet', ResourceIds: [SubnetId] });
    world.ok('DeleteSubnet', { SubnetId });
    expect(world.ask('DescribeFlowLogs').FlowLogs).toHaveLength(1);
    world.ok('DeleteVpc', { VpcId });
    expect(world.ask('DescribeFlowLogs').FlowLogs).toEqual([]);
  });

  it('are refused where they are not whole', () => {
    const { world, VpcId } = withVpc();
    const refusal = (more: object) => world.refusal('CreateFlowLogs', { ...asked(VpcId), ...more });
    expect(refusal({ ResourceIds: ['vpc-1'] })).toContain('InvalidVpcID.NotFound');
    expect(refusal({ TrafficType: 'SOME' })).toContain('InvalidParameterValue');
    expect(refusal({ MaxAggregationInterval: 61 })).toContain('InvalidParameterValue');
    expect(refusal({ LogDestination: undefined })).toContain('MissingParameter');
  });
});

describe('types of instances', () => {
  it('are what their names say', () => {
    const { world } = withVpc();
    const type = (name: string) => world.ask('DescribeInstanceTypes', { InstanceTypes: [name] }).InstanceTypes[0];
    const said = (name: string) => {
      const { BurstablePerformanceSupported, VCpuInfo, MemoryInfo, ProcessorInfo } = type(name);
      return [
        BurstablePerformanceSupported,
        VCpuInfo.DefaultVCpus,
        MemoryInfo.SizeInMiB,
        ProcessorInfo.SupportedArchitectures[0],
      ];
    };
    expect(said('t3.micro')).toEqual([true, 2, 1_024, 'x86_64']);
    expect(said('t2.small')).toEqual([true, 1, 2_048, 'x86_64']);
    expect(said('m5.xlarge')).toEqual([false, 4, 16_384, 'x86_64']);
    expect(said('c6g.medium')).toEqual([false, 1, 2_048, 'arm64']);
    expect(said('r7i.24xlarge')).toEqual([false, 96, 786_432, 'x86_64']);
    expect(world.refusal('DescribeInstanceTypes', { InstanceTypes: ['m5.medium'] })).toContain('InvalidInstanceType');
    const small = world.ask('DescribeInstanceTypes', { Filters: [{ Name: 'instance-type', Values: ['t3.*'] }] }).InstanceTypes;
    expect(small).toHaveLength(7);
  });
});
