import { describe, expect, it } from '@jest/globals';
import { NetworkWorld } from '../../../../test/support/network-world.js';

describe('prefix lists of AWS’s services', () => {
  const named = (world: NetworkWorld, name: string) =>
    world.ask('DescribeManagedPrefixLists', { Filters: [{ Name: 'prefix-list-name', Values: [name] }] }).PrefixLists;

  it('are found by their names, and have no addresses', () => {
    const world = new NetworkWorld();
    const [list] = named(world, 'com.amazonaws.global.cloudfront.origin-facing');
    expect(list).toMatchObject({ OwnerId: 'AWS', AddressFamily: 'IPv4', State: 'create-complete' });
    expect(world.ask('GetManagedPrefixListEntries', { PrefixListId: list.PrefixListId })).toEqual({ Entries: [] });
    expect(named(world, 'com.amazonaws.global.mine')).toEqual([]);
    expect(world.refusal('GetManagedPrefixListEntries', { PrefixListId: 'pl-1' })).toContain('InvalidPrefixListId.NotFound');
    // That of a gateway is one and the same, by whichever name it is asked for.
    const [{ PrefixListId }] = named(world, 'com.amazonaws.us-east-1.s3');
    expect(world.ask('DescribePrefixLists', { PrefixListIds: [PrefixListId] }).PrefixLists).toHaveLength(1);
  });

  it('stand in rules of security groups, which are told, changed and taken back', () => {
    const world = new NetworkWorld();
    const { VpcId } = world.ok('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
    const { GroupId } = world.ok('CreateSecurityGroup', { GroupName: 'web', Description: 'web', VpcId });
    const [s3, dynamodb] = ['s3', 'dynamodb'].map(
      (service) => named(world, `com.amazonaws.us-east-1.${service}`)[0].PrefixListId as string,
    );
    const permission = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 };
    const ofS3 = { ...permission, PrefixListIds: [{ PrefixListId: s3, Description: 'layers' }] };
    const [rule] = world.ok('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: [ofS3] }).SecurityGroupRules;
    expect(rule).toMatchObject({ PrefixListId: s3, Description: 'layers', IsEgress: true });
    const { SecurityGroupRuleId } = rule;
    expect(world.ask('DescribeSecurityGroups', { GroupIds: [GroupId] }).SecurityGroups[0].IpPermissionsEgress).toContainEqual(
      expect.objectContaining(ofS3),
    );
    world.ok('ModifySecurityGroupRules', {
      GroupId,
      SecurityGroupRules: [{ SecurityGroupRuleId, SecurityGroupRule: { ...permission, PrefixListId: dynamodb } }],
    });
    expect(
      world.ask('DescribeSecurityGroupRules', { SecurityGroupRuleIds: [SecurityGroupRuleId] }).SecurityGroupRules,
    ).toMatchObject([{ PrefixListId: dynamodb }]);
    world.ok('RevokeSecurityGroupEgress', {
      GroupId,
      IpPermissions: [{ ...permission, PrefixListIds: [{ PrefixListId: dynamodb }] }],
    });
    const unknown = { ...permission, PrefixListIds: [{ PrefixListId: 'pl-00000000' }] };
    expect(world.refusal('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [unknown] })).toContain(
      'InvalidPrefixListId.NotFound',
    );
  });
});
