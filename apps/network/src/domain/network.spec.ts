import { describe, expect, it } from '@jest/globals';
import { NetworkWorld } from '../../../../test/support/network-world.js';

const withVpc = (CidrBlock = '10.0.0.0/16') => {
  const world = new NetworkWorld();
  return { world, VpcId: world.ok('CreateVpc', { CidrBlock }).Vpc.VpcId as string };
};

describe('the default network', () => {
  it('is there before anybody made something, and is the same afterwards', () => {
    const world = new NetworkWorld();
    const seen = () =>
      ['DescribeVpcs', 'DescribeSubnets', 'DescribeSecurityGroups', 'DescribeRouteTables'].map((name) => world.ask(name));
    const before = seen();
    expect(before[0].Vpcs).toEqual([expect.objectContaining({ IsDefault: true, CidrBlock: '172.31.0.0/16' })]);
    expect(before[1].Subnets.map((one: any) => one.AvailabilityZone).sort()).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
    expect(before[2].SecurityGroups).toEqual([expect.objectContaining({ GroupName: 'default' })]);
    world.ok('CreateInternetGateway');
    expect(seen()).toEqual(before);
    expect(world.ask('DescribeInternetGateways').InternetGateways).toHaveLength(2);
  });

  it('is of each account and region its own', () => {
    const idOf = (region: string, accountId: string) =>
      new NetworkWorld({ accountId, region, principal: 'p' }).ask('DescribeVpcs').Vpcs[0].VpcId;
    const ids = [idOf('us-east-1', '000000000000'), idOf('eu-west-1', '000000000000'), idOf('us-east-1', '111122223333')];
    expect(new Set(ids).size).toBe(3);
    expect(idOf('us-east-1', '000000000000')).toBe(ids[0]);
  });
});

describe('VPCs and subnets', () => {
  it('have their group, their table and their ACL, and go when nothing is left in them', () => {
    const { world, VpcId } = withVpc();
    const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
    expect(world.ask('DescribeSecurityGroups', { Filters }).SecurityGroups).toMatchObject([
      {
        GroupName: 'default',
        IpPermissions: [{ IpProtocol: '-1' }],
        IpPermissionsEgress: [{ IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ]);
    expect(world.ask('DescribeRouteTables', { Filters }).RouteTables).toMatchObject([{ Associations: [{ Main: true }] }]);
    expect(world.ask('DescribeNetworkAcls', { Filters }).NetworkAcls).toHaveLength(1);
    const { SubnetId } = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
    expect(world.refusal('DeleteVpc', { VpcId })).toBe(
      `DependencyViolation: The vpc '${VpcId}' has dependencies and cannot be deleted.`,
    );
    world.ok('DeleteSubnet', { SubnetId });
    world.ok('DeleteVpc', { VpcId });
    expect(world.refusal('DescribeVpcs', { VpcIds: [VpcId] })).toBe(
      `InvalidVpcID.NotFound: The vpc ID '${VpcId}' does not exist`,
    );
    expect(world.ask('DescribeSecurityGroups', { Filters }).SecurityGroups).toEqual([]);
  });

  it.each([
    ['10.0.0.0/8', 'InvalidVpc.Range'],
    ['10.0.0.0/29', 'InvalidVpc.Range'],
    ['10.0.0.300/16', 'InvalidParameterValue'],
    ['::/16', 'InvalidParameterValue'],
    ['', 'MissingParameter'],
  ])('have no addresses %s', (CidrBlock, code) => {
    expect(new NetworkWorld().refusal('CreateVpc', { CidrBlock })).toMatch(new RegExp(`^${code.replace('.', '\\.')}: `));
  });

  it('of one VPC have no address twice, and none beyond it', () => {
    const { world, VpcId } = withVpc();
    world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/24' });
    const refused = (CidrBlock: string) => world.refusal('CreateSubnet', { VpcId, CidrBlock })?.split(':')[0];
    expect(refused('10.0.0.128/25')).toBe('InvalidSubnet.Conflict');
    expect(refused('10.0.0.0/16')).toBe('InvalidSubnet.Conflict');
    expect(refused('10.1.0.0/24')).toBe('InvalidSubnet.Range');
    expect(refused('10.0.1.0/24')).toBeUndefined();
    expect(world.refusal('CreateSubnet', { VpcId, CidrBlock: '10.0.2.0/24', AvailabilityZone: 'eu-west-1a' })).toContain(
      'availability zones: us-east-1a, us-east-1b, us-east-1c',
    );
  });

  it('keep the attributes that they are given', () => {
    const { world, VpcId } = withVpc();
    world.ok('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
    expect(world.ask('DescribeVpcAttribute', { VpcId, Attribute: 'enableDnsHostnames' })).toEqual({
      VpcId,
      EnableDnsHostnames: { Value: true },
    });
    const { SubnetId } = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
    world.ok('ModifySubnetAttribute', { SubnetId, MapPublicIpOnLaunch: { Value: true } });
    expect(world.ask('DescribeSubnets', { SubnetIds: [SubnetId] }).Subnets).toMatchObject([{ MapPublicIpOnLaunch: true }]);
  });
});

describe('security groups', () => {
  const withGroup = () => {
    const { world, VpcId } = withVpc();
    const GroupId = world.ok('CreateSecurityGroup', { GroupName: 'web', Description: 'web', VpcId }).GroupId as string;
    return { world, VpcId, GroupId };
  };
  const tcp = (port: number, ...CidrIps: string[]) => ({
    IpProtocol: 'tcp',
    FromPort: port,
    ToPort: port,
    IpRanges: CidrIps.map((CidrIp) => ({ CidrIp })),
  });
  const group = (world: NetworkWorld, GroupId: string) =>
    world.ask('DescribeSecurityGroups', { GroupIds: [GroupId] }).SecurityGroups[0];

  it('let everything out and nothing in, until rules say otherwise', () => {
    const { world, GroupId } = withGroup();
    expect(group(world, GroupId)).toMatchObject({ IpPermissions: [], IpPermissionsEgress: [{ IpProtocol: '-1' }] });
    const { SecurityGroupRules } = world.ok('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [tcp(80, '10.0.0.0/8', '192.168.0.7/32')],
    });
    expect(SecurityGroupRules).toMatchObject([{ CidrIpv4: '10.0.0.0/8', IsEgress: false }, { CidrIpv4: '192.168.0.7/32' }]);
    expect(group(world, GroupId).IpPermissions).toMatchObject([
      { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/8' }, { CidrIp: '192.168.0.7/32' }] },
    ]);
  });

  it('have no rule twice, and miss one that they do not have', () => {
    const { world, GroupId } = withGroup();
    const IpPermissions = [tcp(80, '0.0.0.0/0')];
    world.ok('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions });
    expect(world.refusal('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions })).toBe(
      'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" already exists',
    );
    world.ok('RevokeSecurityGroupIngress', { GroupId, IpPermissions });
    expect(world.refusal('RevokeSecurityGroupIngress', { GroupId, IpPermissions })).toMatch(/^InvalidPermission.NotFound: /);
  });

  it('that others name cannot go; the default one never can', () => {
    const { world, VpcId, GroupId } = withGroup();
    const other = world.ok('CreateSecurityGroup', { GroupName: 'db', Description: 'db', VpcId }).GroupId;
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId }] }];
    world.ok('AuthorizeSecurityGroupIngress', { GroupId: other, IpPermissions });
    expect(world.refusal('DeleteSecurityGroup', { GroupId })).toMatch(/^DependencyViolation: /);
    world.ok('DeleteSecurityGroup', { GroupId: other });
    world.ok('DeleteSecurityGroup', { GroupId });
    const [standard] = world.ask('DescribeSecurityGroups').SecurityGroups;
    expect(world.refusal('DeleteSecurityGroup', { GroupId: standard.GroupId })).toMatch(/^CannotDelete: /);
  });

  it('name a group by its id alone: clients that do not know their account take another one’s for a group of somebody else', () => {
    const { world, GroupId } = withGroup();
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId }] }];
    world.ok('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions });
    const rules = world.ask('DescribeSecurityGroupRules').SecurityGroupRules as { ReferencedGroupInfo?: object }[];
    const named = rules.flatMap(({ ReferencedGroupInfo }) => ReferencedGroupInfo ?? []);
    expect(named.length).toBeGreaterThan(0);
    for (const one of named) expect(Object.keys(one)).toEqual(['GroupId']);
  });

  it('change a rule in its place, and lose it by its id', () => {
    const { world, GroupId } = withGroup();
    const [{ SecurityGroupRuleId }] = world.ok('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [tcp(80, '0.0.0.0/0')],
    }).SecurityGroupRules;
    world.ok('ModifySecurityGroupRules', {
      GroupId,
      SecurityGroupRules: [
        {
          SecurityGroupRuleId,
          SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIpv4: '10.0.0.0/8', Description: 'inside' },
        },
      ],
    });
    expect(
      world.ask('DescribeSecurityGroupRules', { SecurityGroupRuleIds: [SecurityGroupRuleId] }).SecurityGroupRules,
    ).toMatchObject([{ FromPort: 443, CidrIpv4: '10.0.0.0/8', Description: 'inside' }]);
    world.ok('RevokeSecurityGroupIngress', { GroupId, SecurityGroupRuleIds: [SecurityGroupRuleId] });
    expect(group(world, GroupId).IpPermissions).toEqual([]);
  });

  it.each([
    [{ IpProtocol: 'tcp', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, 'Must specify both from and to ports'],
    [{ IpProtocol: 'tcp', FromPort: 90, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, 'port range'],
    [{ IpProtocol: 'quic', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, 'Unknown protocol'],
    [tcp(80, '10.0.0.0/33'), 'CIDR block 10.0.0.0/33 is malformed'],
    [tcp(80), 'Source group or IP range'],
    [{ ...tcp(80), UserIdGroupPairs: [{ GroupId: 'sg-0123' }] }, `The security group 'sg-0123' does not exist`],
  ])('refuse the rule %j', (permission, words) => {
    const { world, GroupId } = withGroup();
    expect(world.refusal('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [permission] })).toContain(words);
  });
});

describe('routes', () => {
  it('lead from subnets to gateways', () => {
    const { world, VpcId } = withVpc();
    const { SubnetId } = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
    const { InternetGatewayId: GatewayId } = world.ok('CreateInternetGateway').InternetGateway;
    world.ok('AttachInternetGateway', { InternetGatewayId: GatewayId, VpcId });
    const { RouteTableId } = world.ok('CreateRouteTable', { VpcId }).RouteTable;
    world.ok('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
    const { AssociationId } = world.ok('AssociateRouteTable', { RouteTableId, SubnetId });
    const { RouteTables } = world.ask('DescribeRouteTables', {
      Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }],
    });
    expect(RouteTables).toMatchObject([
      {
        RouteTableId,
        Routes: [{ GatewayId: 'local' }, { GatewayId }],
        Associations: [{ RouteTableAssociationId: AssociationId }],
      },
    ]);
    expect(world.refusal('DeleteRouteTable', { RouteTableId })).toMatch(/^DependencyViolation/);
    world.ok('DisassociateRouteTable', { AssociationId });
    world.ok('DeleteRouteTable', { RouteTableId });
  });

  it('through NAT need an address, which is not given up meanwhile', () => {
    const { world, VpcId } = withVpc();
    const { SubnetId } = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
    const { AllocationId } = world.ok('AllocateAddress', { Domain: 'vpc' });
    const { NatGatewayId } = world.ok('CreateNatGateway', { SubnetId, AllocationId }).NatGateway;
    expect(world.refusal('ReleaseAddress', { AllocationId })).toMatch(/^InvalidIPAddress.InUse/);
    expect(world.refusal('DeleteSubnet', { SubnetId })).toMatch(/^DependencyViolation/);
    world.ok('DeleteNatGateway', { NatGatewayId });
    world.ok('ReleaseAddress', { AllocationId });
  });
});

describe('what is described', () => {
  it('is found by filters and tags, and comes in pages', () => {
    const world = new NetworkWorld();
    for (const n of [1, 2, 3])
      world.ok('CreateVpc', {
        CidrBlock: `10.${n}.0.0/16`,
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: `net-${n}` }] }],
      });
    const cidrs = (...Filters: object[]) =>
      world
        .ask('DescribeVpcs', { Filters })
        .Vpcs.map((vpc: any) => vpc.CidrBlock)
        .sort();
    expect(cidrs({ Name: 'tag:Name', Values: ['net-?'] })).toHaveLength(3);
    expect(cidrs({ Name: 'tag:Name', Values: ['net-1', 'net-3'] })).toEqual(['10.1.0.0/16', '10.3.0.0/16']);
    expect(cidrs({ Name: 'is-default', Values: ['true'] })).toEqual(['172.31.0.0/16']);
    expect(world.refusal('DescribeVpcs', { Filters: [{ Name: 'colour', Values: ['red'] }] })).toBe(
      "InvalidParameterValue: The filter 'colour' is invalid",
    );
    for (const n of [4, 5]) world.ok('CreateVpc', { CidrBlock: `10.${n}.0.0/16` });
    const first = world.ask('DescribeVpcs', { MaxResults: 5 });
    const second = world.ask('DescribeVpcs', { MaxResults: 5, NextToken: first.NextToken });
    expect([first.Vpcs.length, second.Vpcs.length, second.NextToken]).toEqual([5, 1, undefined]);
  });

  it.each([-1, 0, 4, 1_001])('are not listed in pages of %d', (MaxResults) => {
    const { world } = withVpc();
    for (const operation of ['DescribeVpcs', 'DescribeInternetGateways', 'DescribeRouteTables', 'DescribeTags'])
      expect(world.refusal(operation, { MaxResults })).toBe(
        `InvalidParameterValue: Value (${MaxResults}) for parameter MaxResults is invalid. Expecting a value between 5 and 1000.`,
      );
  });

  it('has the tags that it was given, until they are taken away', () => {
    const { world, VpcId } = withVpc();
    world.ok('CreateTags', { Resources: [VpcId], Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
    expect(world.ask('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs[0].Tags).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '' },
    ]);
    world.ok('DeleteTags', { Resources: [VpcId], Tags: [{ Key: 'a', Value: '2' }, { Key: 'b' }] });
    expect(world.ask('DescribeTags', {}).Tags).toEqual([{ ResourceId: VpcId, ResourceType: 'vpc', Key: 'a', Value: '1' }]);
    expect(world.refusal('CreateTags', { Resources: ['vpc-0'], Tags: [{ Key: 'a' }] })).toMatch(/^InvalidVpcID.NotFound/);
    expect(world.refusal('CreateTags', { Resources: [VpcId], Tags: [{ Key: 'aws:x' }] })).toContain('reserved');
  });

  it('is nobody else’s', () => {
    const { world, VpcId } = withVpc();
    world.command('CreateVpc', { CidrBlock: '10.9.0.0/16' }, 'network', 'other', {
      accountId: '111122223333',
      region: 'us-east-1',
      principal: 'p',
    });
    expect(
      world
        .ask('DescribeVpcs')
        .Vpcs.map((vpc: any) => vpc.CidrBlock)
        .sort(),
    ).toEqual(['10.0.0.0/16', '172.31.0.0/16']);
    expect(VpcId).toMatch(/^vpc-[0-9a-f]{17}$/);
  });
});
