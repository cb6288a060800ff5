import { describe, expect, it } from '@jest/globals';
import { NetworkWorld } from '../../../../test/support/network-world.js';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3l1JFjVtM7kPf9p2rVqg0l4o1Y5wqJ8y0m3cS7hXk2 someone';

describe('launch templates', () => {
  const data = { ImageId: 'ami-1', InstanceType: 't3.micro', TagSpecifications: [{ ResourceType: 'instance', Tags: [] }] };
  const made = () => {
    const world = new NetworkWorld();
    const { LaunchTemplate } = world.ok('CreateLaunchTemplate', {
      LaunchTemplateName: 'hosts',
      LaunchTemplateData: data,
      TagSpecifications: [{ ResourceType: 'launch-template', Tags: [{ Key: 'a', Value: '1' }] }],
    });
    return { world, LaunchTemplate, LaunchTemplateId: LaunchTemplate.LaunchTemplateId as string };
  };

  it('read back as they were made, by id and by name', () => {
    const { world, LaunchTemplate, LaunchTemplateId } = made();
    expect(LaunchTemplate).toMatchObject({
      LaunchTemplateId: expect.stringMatching(/^lt-[0-9a-f]{17}$/),
      DefaultVersionNumber: 1,
      LatestVersionNumber: 1,
      Tags: [{ Key: 'a', Value: '1' }],
    });
    expect(world.ask('DescribeLaunchTemplates', { LaunchTemplateIds: [LaunchTemplateId] }).LaunchTemplates).toEqual([
      LaunchTemplate,
    ]);
    expect(world.ask('DescribeLaunchTemplates', { LaunchTemplateNames: ['hosts'] }).LaunchTemplates).toEqual([LaunchTemplate]);
    expect(
      world.ask('DescribeLaunchTemplateVersions', { LaunchTemplateName: 'hosts', Versions: ['$Latest'] }).LaunchTemplateVersions,
    ).toMatchObject([{ VersionNumber: 1, DefaultVersion: true, LaunchTemplateData: data }]);
  });

  it('have versions, one of which is the default', () => {
    const { world, LaunchTemplateId } = made();
    const next = { ...data, InstanceType: 't3.large' };
    world.ok('CreateLaunchTemplateVersion', { LaunchTemplateId, LaunchTemplateData: next, VersionDescription: 'larger' });
    world.ok('CreateLaunchTemplateVersion', { LaunchTemplateId, SourceVersion: '1', LaunchTemplateData: { KeyName: 'k' } });
    const versions = (Versions: string[]) =>
      world.ask('DescribeLaunchTemplateVersions', { LaunchTemplateId, Versions }).LaunchTemplateVersions;
    expect(versions(['$Default', '2', '$Latest'])).toMatchObject([
      { VersionNumber: 1 },
      { VersionNumber: 2, VersionDescription: 'larger', LaunchTemplateData: next },
      { VersionNumber: 3, LaunchTemplateData: { ...data, KeyName: 'k' } },
    ]);
    expect(world.ok('ModifyLaunchTemplate', { LaunchTemplateId, DefaultVersion: '3' }).LaunchTemplate).toMatchObject({
      DefaultVersionNumber: 3,
    });
    expect(world.refusal('DeleteLaunchTemplateVersions', { LaunchTemplateId, Versions: ['3'] })).toMatch(/InvalidParameterValue/);
    world.ok('DeleteLaunchTemplateVersions', { LaunchTemplateId, Versions: ['1'] });
    expect(world.refusal('DescribeLaunchTemplateVersions', { LaunchTemplateId, Versions: ['1'] })).toContain(
      'InvalidLaunchTemplateId.VersionNotFound',
    );
  });

  it('have a name of their own, and are gone when they are deleted', () => {
    const { world, LaunchTemplateId } = made();
    expect(world.refusal('CreateLaunchTemplate', { LaunchTemplateName: 'hosts', LaunchTemplateData: data })).toContain(
      'InvalidLaunchTemplateName.AlreadyExistsException',
    );
    world.ok('DeleteLaunchTemplate', { LaunchTemplateId });
    expect(world.refusal('DescribeLaunchTemplates', { LaunchTemplateIds: [LaunchTemplateId] })).toContain(
      'InvalidLaunchTemplateId.NotFound',
    );
  });
});

describe('keys and images', () => {
  it('of hosts are told', () => {
    const world = new NetworkWorld();
    const PublicKeyMaterial = Buffer.from(KEY).toString('base64');
    const made = world.ok('ImportKeyPair', { KeyName: 'k', PublicKeyMaterial });
    expect(world.ask('DescribeKeyPairs', { KeyNames: ['k'], IncludePublicKey: true }).KeyPairs).toMatchObject([
      { KeyPairId: made.KeyPairId, KeyType: 'ed25519', PublicKey: KEY, KeyFingerprint: made.KeyFingerprint },
    ]);
    expect(world.refusal('ImportKeyPair', { KeyName: 'k', PublicKeyMaterial })).toContain('InvalidKeyPair.Duplicate');
    expect(world.refusal('ImportKeyPair', { KeyName: 'l', PublicKeyMaterial: 'bm8=' })).toContain('InvalidKey.Format');
    world.ok('DeleteKeyPair', { KeyName: 'k' });
    world.ok('DeleteKeyPair', { KeyName: 'k' });
    expect(world.refusal('DescribeKeyPairs', { KeyNames: ['k'] })).toContain('InvalidKeyPair.NotFound');
  });

  it('are found as files for ECS ask', () => {
    const world = new NetworkWorld();
    const named = (Values: string[], more: object = {}) =>
      world.ask('DescribeImages', { Filters: [{ Name: 'name', Values }], ...more }).Images;
    expect(named(['amzn2-ami-ecs-hvm-*-x86_64-ebs'], { Owners: ['amazon'] })).toHaveLength(1);
    expect(named(['amzn-ami-*-amazon-ecs-optimized'], { Owners: ['self'] })).toEqual([]);
    expect(named(['amzn2-ami-hvm-*-x86_64-gp2'], { Owners: ['amazon'] })).toHaveLength(1);
    expect(named(['al2023-ami-2023.*-kernel-6.1-arm64'])).toHaveLength(1);
    const [{ ImageId }] = named(['al2023-ami-ecs-hvm-*-kernel-6.1-arm64']);
    expect(world.ask('DescribeImages', { ImageIds: [ImageId] }).Images).toMatchObject([{ Architecture: 'arm64' }]);
    expect(world.refusal('DescribeImages', { ImageIds: ['ami-1'] })).toContain('InvalidAMIID.Malformed');
  });

  it('are told by the ids that files name, whatever images these are on AWS', () => {
    const world = new NetworkWorld();
    for (const ImageId of ['ami-0f5ee92e2d63afc18', 'ami-1a2b3c4d'])
      expect(world.ask('DescribeImages', { ImageIds: [ImageId] }).Images).toMatchObject([
        { ImageId, State: 'available', RootDeviceName: '/dev/xvda' },
      ]);
  });
});

describe('network ACLs', () => {
  const entry = {
    RuleNumber: 100,
    Egress: false,
    Protocol: 'tcp',
    RuleAction: 'allow',
    CidrBlock: '10.0.0.0/8',
    PortRange: { From: 80, To: 80 },
  };

  it('of a VPC: its default one is adopted, emptied, filled and tagged, and goes with it', () => {
    const world = new NetworkWorld();
    const { VpcId } = world.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
    const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
    const acl = () => world.ask('DescribeNetworkAcls', { Filters }).NetworkAcls[0];
    const NetworkAclId = acl().NetworkAclId as string;
    world.ok('CreateTags', { Resources: [NetworkAclId], Tags: [{ Key: 'a', Value: '1' }] });
    for (const Egress of [true, false]) world.ok('DeleteNetworkAclEntry', { NetworkAclId, RuleNumber: 100, Egress });
    world.ok('CreateNetworkAclEntry', { NetworkAclId, ...entry });
    expect(acl()).toMatchObject({
      IsDefault: true,
      Tags: [{ Key: 'a', Value: '1' }],
      Entries: [{ RuleNumber: 32_767, Egress: true }, entry, { RuleNumber: 32_767, Egress: false }],
    });
    expect(world.refusal('CreateNetworkAclEntry', { NetworkAclId, ...entry })).toContain('NetworkAclEntryAlreadyExists');
    expect(world.refusal('CreateNetworkAclEntry', { NetworkAclId, ...entry, RuleNumber: 1, RuleAction: 'deny' })).toContain(
      'UnsupportedOperation: Network ACLs filter nothing here',
    );
    world.ok('ReplaceNetworkAclEntry', { NetworkAclId, ...entry, CidrBlock: '10.1.0.0/16' });
    expect(acl().Entries[1]).toMatchObject({ CidrBlock: '10.1.0.0/16' });
    world.ok('DeleteVpc', { VpcId });
    expect(world.ask('DescribeNetworkAcls', { Filters }).NetworkAcls).toEqual([]);
  });

  it('are found by what is in them, as Terraform looks for one entry', () => {
    const world = new NetworkWorld();
    const { VpcId } = world.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
    const { NetworkAclId } = world.ok('CreateNetworkAcl', { VpcId }).NetworkAcl;
    world.ok('CreateNetworkAclEntry', { NetworkAclId, ...entry, RuleNumber: 140 });
    const icmp = { RuleNumber: 150, Egress: true, Protocol: '1', RuleAction: 'allow', IcmpTypeCode: { Type: 8, Code: -1 } };
    world.ok('CreateNetworkAclEntry', { NetworkAclId, ...icmp, Ipv6CidrBlock: '::/0' });
    const found = (filters: Record<string, string>) =>
      world.ask('DescribeNetworkAcls', {
        Filters: Object.entries({ 'network-acl-id': NetworkAclId, ...filters }).map(([Name, value]) => ({
          Name,
          Values: [value],
        })),
      }).NetworkAcls.length;
    for (const [name, value, other] of [
      ['egress', 'false', 'maybe'],
      ['rule-number', '140', '141'],
      ['rule-action', 'deny', 'refuse'],
      ['protocol', 'tcp', 'udp'],
      ['cidr', '10.0.0.0/8', '10.0.0.0/9'],
      ['ipv6-cidr', '::/0', '::/1'],
      ['port-range.from', '80', '81'],
      ['port-range.to', '80', '81'],
      ['icmp.type', '8', '9'],
      ['icmp.code', '-1', '0'],
    ] as const) {
      expect([name, found({ [`entry.${name}`]: value }), found({ [`entry.${name}`]: other })]).toEqual([name, 1, 0]);
    }
    expect(found({ 'entry.egress': 'true', 'entry.rule-number': '32767' })).toBe(1);
  });

  it('of their own take subnets from it, and give them back', () => {
    const world = new NetworkWorld();
    const { VpcId } = world.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
    const { SubnetId } = world.ok('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
    const { NetworkAclId } = world.ok('CreateNetworkAcl', { VpcId }).NetworkAcl;
    const ofSubnet = () =>
      world.ask('DescribeNetworkAcls', { Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }] }).NetworkAcls;
    const [{ NetworkAclId: first, Associations }] = ofSubnet();
    const move = (to: string) =>
      world.ok('ReplaceNetworkAclAssociation', { AssociationId: Associations[0].NetworkAclAssociationId, NetworkAclId: to });
    move(NetworkAclId);
    expect(ofSubnet()).toMatchObject([{ NetworkAclId, IsDefault: false }]);
    expect(world.refusal('DeleteNetworkAcl', { NetworkAclId })).toContain('DependencyViolation');
    move(first);
    expect(ofSubnet()).toMatchObject([{ NetworkAclId: first, IsDefault: true }]);
    expect(world.refusal('DeleteVpc', { VpcId })).toContain('DependencyViolation');
    move(NetworkAclId);
    world.ok('DeleteSubnet', { SubnetId });
    world.ok('DeleteNetworkAcl', { NetworkAclId });
    world.ok('DeleteVpc', { VpcId });
  });
});
