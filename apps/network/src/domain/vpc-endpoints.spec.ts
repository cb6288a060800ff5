import { describe, expect, it } from '@jest/globals';
import { NetworkWorld } from '../../../../test/support/network-world.js';

describe('VPC endpoints', () => {
  const withVpc = () => {
    const world = new NetworkWorld();
    const { VpcId } = world.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
    const { SubnetId } = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
    const { RouteTableId } = world.ok('CreateRouteTable', { VpcId }).RouteTable;
    return { world, VpcId: VpcId as string, SubnetId: SubnetId as string, RouteTableId: RouteTableId as string };
  };
  const ECR = 'com.amazonaws.us-east-1.ecr.dkr';

  it('of interfaces have subnets and groups, the default group where none is named', () => {
    const { world, VpcId, SubnetId } = withVpc();
    const endpoint = { VpcId, ServiceName: ECR, VpcEndpointType: 'Interface', SubnetIds: [SubnetId], PrivateDnsEnabled: true };
    const made = world.ok('CreateVpcEndpoint', endpoint).VpcEndpoint;
    expect(made).toMatchObject({ State: 'available', PrivateDnsEnabled: true, Groups: [{ GroupName: 'default' }] });
    expect(world.ask('DescribeVpcEndpoints', { VpcEndpointIds: [made.VpcEndpointId] }).VpcEndpoints).toEqual([made]);
    expect(world.refusal('DeleteSubnet', { SubnetId })).toContain('DependencyViolation');
    world.ok('DeleteVpcEndpoints', { VpcEndpointIds: [made.VpcEndpointId] });
    expect(world.refusal('DescribeVpcEndpoints', { VpcEndpointIds: [made.VpcEndpointId] })).toContain(
      'InvalidVpcEndpointId.NotFound',
    );
    world.ok('DeleteSubnet', { SubnetId });
  });

  it('of gateways have route tables, which change', () => {
    const { world, VpcId, RouteTableId } = withVpc();
    const { VpcEndpointId } = world.ok('CreateVpcEndpoint', { VpcId, ServiceName: 'com.amazonaws.us-east-1.s3' }).VpcEndpoint;
    const now = () => world.ask('DescribeVpcEndpoints', { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }).VpcEndpoints[0];
    world.ok('ModifyVpcEndpoint', { VpcEndpointId, AddRouteTableIds: [RouteTableId], PolicyDocument: '{}' });
    expect(now()).toMatchObject({ VpcEndpointType: 'Gateway', RouteTableIds: [RouteTableId], PolicyDocument: '{}' });
    world.ok('ModifyVpcEndpoint', { VpcEndpointId, RemoveRouteTableIds: [RouteTableId], ResetPolicy: true });
    expect(now()).toMatchObject({ RouteTableIds: [], PolicyDocument: expect.stringContaining('"Allow"') });
  });

  it('of gateways lead to services that have a list of their own', () => {
    const world = new NetworkWorld();
    const named = (name: string) =>
      world.ask('DescribePrefixLists', { Filters: [{ Name: 'prefix-list-name', Values: [name] }] }).PrefixLists;
    const [list] = named('com.amazonaws.us-east-1.s3');
    expect(list.PrefixListId).toMatch(/^pl-[0-9a-f]{8}$/);
    expect(world.ask('DescribePrefixLists', { PrefixListIds: [list.PrefixListId] }).PrefixLists).toEqual([list]);
    expect(named(ECR)).toEqual([]);
    expect(world.refusal('DescribePrefixLists', { PrefixListIds: ['pl-1'] })).toContain('InvalidPrefixListId.NotFound');
  });

  it('lead to services that are found by their names, as modules look them up, and of a type', () => {
    const { world, VpcId } = withVpc();
    const found = (name: string, type?: string) =>
      world.ask('DescribeVpcEndpointServices', {
        Filters: [
          { Name: 'service-name', Values: [name] },
          ...(type === undefined ? [] : [{ Name: 'service-type', Values: [type] }]),
        ],
      });
    expect(found(ECR)).toMatchObject({ ServiceNames: [ECR], ServiceDetails: [{ ServiceType: [{ ServiceType: 'Interface' }] }] });
    const S3 = 'com.amazonaws.us-east-1.s3';
    expect(found(S3).ServiceDetails).toHaveLength(2);
    expect(found(S3, 'Gateway')).toMatchObject({ ServiceNames: [S3], ServiceDetails: [{ Owner: 'amazon' }] });
    expect(found(ECR, 'Gateway')).toMatchObject({ ServiceNames: [], ServiceDetails: [] });
    // Those that no list has are there as far as an endpoint can be made to them.
    const rare = 'com.amazonaws.us-east-1.rare-service';
    expect(found(rare).ServiceNames).toEqual([rare]);
    expect(world.ask('DescribeVpcEndpointServices', { ServiceNames: [rare] }).ServiceDetails).toHaveLength(1);
    world.ok('CreateVpcEndpoint', { VpcId, ServiceName: rare, VpcEndpointType: 'Interface' });
    expect(world.refusal('DescribeVpcEndpointServices', { ServiceNames: ['com.example.mine'] })).toContain('InvalidServiceName');
  });

  it('are refused where they could not be what they say', () => {
    const { world, VpcId } = withVpc();
    const [other] = world.ask('DescribeSubnets', { Filters: [{ Name: 'default-for-az', Values: ['true'] }] }).Subnets;
    const refusal = (more: object) => world.refusal('CreateVpcEndpoint', { VpcId, ServiceName: ECR, ...more });
    expect(refusal({ ServiceName: 'com.example.mine' })).toContain('InvalidServiceName');
    expect(refusal({ VpcEndpointType: 'GatewayLoadBalancer' })).toContain('UnsupportedOperation');
    expect(refusal({ IpAddressType: 'dualstack' })).toContain('UnsupportedOperation');
    expect(refusal({ VpcEndpointType: 'Interface', SubnetIds: [other.SubnetId] })).toContain(
      `It does not belong to the VPC ${VpcId}.`,
    );
  });
});
