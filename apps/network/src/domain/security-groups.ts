import { refuse } from '#lib/kernel';
import { changed, created, deleted } from './events.js';
import { described, type DescribeInput, type FilterValues } from './filters.js';
import { idOf, type SecurityGroup, type SecurityGroupRule } from './model.js';
import type { Network } from './network.js';
import { type IpPermission, isSame, type Permission, permissionsOf, permissionText, permissionViews } from './permissions.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';

const MOST_GROUPS = 2_500;
/** Of each direction. */
const MOST_RULES = 1_000;

interface CreateSecurityGroupInput {
  readonly GroupName?: string;
  readonly Description?: string;
  readonly VpcId?: string;
  readonly TagSpecifications?: readonly TagSpecification[];
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
const NAME = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

const createSecurityGroup = change<CreateSecurityGroupInput>(
  (network, input, context) => {
    const groupName = required(input.GroupName, 'GroupName').trim();
    const description = required(input.Description, 'GroupDescription');
    if (!NAME.test(groupName)) throw refusals.invalid(groupName, 'GroupName', 'Character sets beyond ASCII are not supported.');
    if (!NAME.test(description))
      throw refusals.invalid(description, 'GroupDescription', 'Character sets beyond ASCII are not supported.');
    if (groupName.startsWith('sg-')) throw refusals.invalid(groupName, 'groupName', 'Group names may not be in the format sg-*.');
    if (groupName === 'default') throw refuse('InvalidParameterValue', 'Cannot use reserved security group name: default');
    const vpc = input.VpcId === undefined ? network.defaultVpc() : network.get('vpc', input.VpcId);
    if (!vpc) throw refuse('VPCIdNotSpecified', 'No default VPC for this user');
    const groups = network.all('security-group');
    if (groups.some((one) => one.vpcId === vpc.id && one.groupName === groupName)) {
      throw refuse('InvalidGroup.Duplicate', `The security group '${groupName}' already exists for VPC '${vpc.id}'`);
    }
    if (groups.length >= MOST_GROUPS) throw refusals.limit('SecurityGroupLimitExceeded', 'security groups');
    const { accountId, region } = context;
    const id = idOf('security-group', context.id('security-group'));
    const tags = tagsFor('security-group', input.TagSpecifications);
    const group: SecurityGroup = { accountId, region, kind: 'security-group', id, tags, vpcId: vpc.id, groupName, description };
    // Everything goes out until somebody says otherwise.
    const all: Permission = { ipProtocol: '-1', fromPort: -1, toPort: -1, peer: { cidrIpv4: '0.0.0.0/0' } };
    return [created(group), created(ruleOf(group, true, all, context.id('egress')))];
  },
  (_network, _input, events) => {
    const { resource: group } = events.at(-2)!.data as { resource: SecurityGroup };
    return { GroupId: group.id, SecurityGroupArn: arnOf(group), Tags: tagList(group.tags) };
  },
);

const ruleOf = (group: SecurityGroup, isEgress: boolean, permission: Permission, hex: string, tags = {}): SecurityGroupRule => ({
  accountId: group.accountId,
  region: group.region,
  kind: 'security-group-rule',
  id: idOf('security-group-rule', hex),
  tags,
  groupId: group.id,
  isEgress,
  ...permission,
});

const arnOf = ({ accountId, region, id }: SecurityGroup) => `arn:aws:ec2:${region}:${accountId}:security-group/${id}`;

interface NamesGroup {
  readonly GroupId?: string;
  readonly GroupName?: string;
}

/** By id, or by name in the default VPC. */
function groupOf(network: Network, { GroupId, GroupName }: NamesGroup): SecurityGroup {
  if (GroupId) {
    if (!GroupId.startsWith('sg-')) throw refuse('InvalidGroupId.Malformed', `Invalid id: "${GroupId}" (expecting "sg-...")`);
    return network.get('security-group', GroupId);
  }
  const name = required(GroupName, 'groupName or groupId');
  const vpc = network.defaultVpc();
  const found = network.all('security-group').find((one) => one.vpcId === vpc?.id && one.groupName === name);
  if (!found)
    throw refuse('InvalidGroup.NotFound', `The security group '${name}' does not exist in default VPC '${vpc?.id ?? ''}'`);
  return found;
}

const deleteSecurityGroup = change<NamesGroup>(
  (network, input) => {
    const group = groupOf(network, input);
    if (group.groupName === 'default') {
      throw refuse('CannotDelete', `the specified group: "${group.id}" name: "default" cannot be deleted by a user`);
    }
    const names = ({ groupId, peer }: SecurityGroupRule) =>
      groupId !== group.id && 'groupId' in peer && peer.groupId === group.id;
    const isWorn = [...network.all('network-interface'), ...network.all('vpc-endpoint')].some(({ groupIds }) =>
      groupIds.includes(group.id),
    );
    if (isWorn || network.hasLoadBalancerIn(group) || network.all('security-group-rule').some(names))
      throw refuse('DependencyViolation', `resource ${group.id} has a dependent object`);
    return [...network.rulesOf(group), group].map(deleted);
  },
  (_network, { GroupId }) => ({ Return: true, GroupId }),
);

interface RulesInput extends NamesGroup {
  readonly IpPermissions?: readonly IpPermission[];
  readonly CidrIp?: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly IpProtocol?: string;
  readonly SourceSecurityGroupName?: string;
  readonly SecurityGroupRuleIds?: readonly string[];
  readonly TagSpecifications?: readonly TagSpecification[];
}

/** Both ways to say them: as a list, or one by the members of the request. */
function givenPermissions({ IpPermissions, CidrIp, FromPort, ToPort, IpProtocol, SourceSecurityGroupName }: RulesInput) {
  if (IpPermissions && IpPermissions.length > 0) return IpPermissions;
  if (SourceSecurityGroupName)
    return [{ IpProtocol: IpProtocol ?? '-1', FromPort, ToPort, UserIdGroupPairs: [{ GroupName: SourceSecurityGroupName }] }];
  if (CidrIp === undefined && IpProtocol === undefined) throw refusals.missing('ipPermissions');
  return [{ IpProtocol, FromPort, ToPort, IpRanges: CidrIp === undefined ? [] : [{ CidrIp }] }];
}

const authorize = (isEgress: boolean) =>
  change<RulesInput>(
    (network, input, context) => {
      const group = groupOf(network, input);
      const known = network.rulesOf(group).filter((rule) => rule.isEgress === isEgress);
      const tags = tagsFor('security-group-rule', input.TagSpecifications);
      const permissions = permissionsOf(network, group, givenPermissions(input));
      permissions.forEach((permission, i) => {
        const isThere =
          known.some((rule) => isSame(rule, permission)) || permissions.slice(0, i).some((one) => isSame(one, permission));
        if (isThere)
          throw refuse('InvalidPermission.Duplicate', `the specified rule "${permissionText(permission)}" already exists`);
      });
      if (known.length + permissions.length > MOST_RULES)
        throw refusals.limit('RulesPerSecurityGroupLimitExceeded', 'rules per security group');
      return permissions.map((permission, i) => created(ruleOf(group, isEgress, permission, context.id(`rule-${i}`), tags)));
    },
    (_network, _input, events) => ({ Return: true, SecurityGroupRules: madeRules(events) }),
  );

const madeRules = (events: readonly { readonly type: string; readonly data: unknown }[]) =>
  events.flatMap(({ type, data }) =>
    type === 'ResourceCreated' ? [ruleView((data as { resource: SecurityGroupRule }).resource)] : [],
  );

const revoke = (isEgress: boolean) =>
  change<RulesInput>((network, input) => {
    const group = groupOf(network, input);
    const known = network.rulesOf(group).filter((rule) => rule.isEgress === isEgress);
    if (input.SecurityGroupRuleIds && input.SecurityGroupRuleIds.length > 0) {
      return input.SecurityGroupRuleIds.map((id) => {
        const rule = known.find((one) => one.id === id);
        if (!rule) throw refusals.notFound('security-group-rule', id);
        return deleted(rule);
      });
    }
    const gone = permissionsOf(network, group, givenPermissions(input)).map((permission) => {
      const rule = known.find((one) => isSame(one, permission));
      if (!rule) throw refuse('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
      return rule;
    });
    return [...new Set(gone)].map(deleted);
  });

interface UpdatedRule {
  readonly SecurityGroupRuleId?: string;
  readonly SecurityGroupRule?: {
    readonly IpProtocol?: string;
    readonly FromPort?: number;
    readonly ToPort?: number;
    readonly CidrIpv4?: string;
    readonly CidrIpv6?: string;
    readonly PrefixListId?: string;
    readonly ReferencedGroupId?: string;
    readonly Description?: string;
  };
}
interface ModifyRulesInput {
  readonly GroupId?: string;
  readonly SecurityGroupRules?: readonly UpdatedRule[];
}

const modifySecurityGroupRules = change<ModifyRulesInput>((network, input) => {
  const group = groupOf(network, { GroupId: required(input.GroupId, 'groupId') });
  const known = network.rulesOf(group);
  return required(input.SecurityGroupRules, 'securityGroupRules').map(({ SecurityGroupRuleId, SecurityGroupRule: now = {} }) => {
    const id = required(SecurityGroupRuleId, 'securityGroupRuleId');
    const rule = known.find((one) => one.id === id);
    if (!rule) throw refusals.notFound('security-group-rule', id);
    const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId, Description, ...ports } = now;
    const [permission] = permissionsOf(network, group, [
      {
        ...ports,
        ...(CidrIpv4 ? { IpRanges: [{ CidrIp: CidrIpv4, Description }] } : {}),
        ...(CidrIpv6 ? { Ipv6Ranges: [{ CidrIpv6, Description }] } : {}),
        ...(PrefixListId ? { PrefixListIds: [{ PrefixListId, Description }] } : {}),
        ...(ReferencedGroupId ? { UserIdGroupPairs: [{ GroupId: ReferencedGroupId, Description }] } : {}),
      },
    ]);
    const { description: _before, ...same } = rule;
    return changed({ ...same, ...permission! });
  });
});

const updateDescriptions = (isEgress: boolean) =>
  change<RulesInput>((network, input) => {
    const group = groupOf(network, input);
    const known = network.rulesOf(group).filter((rule) => rule.isEgress === isEgress);
    return permissionsOf(network, group, givenPermissions(input)).map((permission) => {
      const rule = known.find((one) => isSame(one, permission));
      if (!rule) throw refuse('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
      const { description: _before, ...same } = rule;
      return changed({ ...same, ...permission });
    });
  });

const GROUP_FILTERS = (network: Network): FilterValues<SecurityGroup> => {
  const rules = (group: SecurityGroup, isEgress: boolean) => network.rulesOf(group).filter((rule) => rule.isEgress === isEgress);
  const ofRules = (isEgress: boolean, prefix: string): FilterValues<SecurityGroup> => ({
    [`${prefix}ip-permission.cidr`]: (group) =>
      rules(group, isEgress).flatMap(({ peer }) => ('cidrIpv4' in peer ? [peer.cidrIpv4] : [])),
    [`${prefix}ip-permission.group-id`]: (group) =>
      rules(group, isEgress).flatMap(({ peer }) => ('groupId' in peer ? [peer.groupId] : [])),
    [`${prefix}ip-permission.ipv6-cidr`]: (group) =>
      rules(group, isEgress).flatMap(({ peer }) => ('cidrIpv6' in peer ? [peer.cidrIpv6] : [])),
    [`${prefix}ip-permission.prefix-list-id`]: (group) =>
      rules(group, isEgress).flatMap(({ peer }) => ('prefixListId' in peer ? [peer.prefixListId] : [])),
    [`${prefix}ip-permission.group-name`]: (group) =>
      rules(group, isEgress).flatMap(({ peer }) =>
        'groupId' in peer ? [network.get('security-group', peer.groupId).groupName] : [],
      ),
    [`${prefix}ip-permission.user-id`]: (group) =>
      rules(group, isEgress).flatMap(({ peer, accountId }) => ('groupId' in peer ? [accountId] : [])),
    [`${prefix}ip-permission.from-port`]: (group) => rules(group, isEgress).map(({ fromPort }) => String(fromPort)),
    [`${prefix}ip-permission.to-port`]: (group) => rules(group, isEgress).map(({ toPort }) => String(toPort)),
    [`${prefix}ip-permission.protocol`]: (group) => rules(group, isEgress).map(({ ipProtocol }) => ipProtocol),
  });
  return {
    ...ofRules(false, ''),
    ...ofRules(true, 'egress.'),
    description: ({ description }) => description,
    'group-id': ({ id }) => id,
    'group-name': ({ groupName }) => groupName,
    'owner-id': ({ accountId }) => accountId,
    'vpc-id': ({ vpcId }) => vpcId,
  };
};

interface DescribeGroupsInput extends DescribeInput {
  readonly GroupIds?: readonly string[];
  readonly GroupNames?: readonly string[];
}

const describeSecurityGroups = read<DescribeGroupsInput>((network, input) => {
  const named = input.GroupNames?.map((GroupName) => groupOf(network, { GroupName }).id) ?? [];
  const ids = [...(input.GroupIds ?? []).map((GroupId) => groupOf(network, { GroupId }).id), ...named];
  const { items, NextToken } = described(network, 'security-group', ids, input, GROUP_FILTERS(network));
  return { SecurityGroups: items.map((group) => groupView(network, group)), NextToken };
});

function groupView(network: Network, group: SecurityGroup) {
  const rules = network.rulesOf(group);
  return {
    GroupId: group.id,
    GroupName: group.groupName,
    Description: group.description,
    OwnerId: group.accountId,
    VpcId: group.vpcId,
    SecurityGroupArn: arnOf(group),
    IpPermissions: permissionViews(
      group.accountId,
      rules.filter(({ isEgress }) => !isEgress),
    ),
    IpPermissionsEgress: permissionViews(
      group.accountId,
      rules.filter(({ isEgress }) => isEgress),
    ),
    Tags: tagList(group.tags),
  };
}

interface DescribeRulesInput extends DescribeInput {
  readonly SecurityGroupRuleIds?: readonly string[];
}

const RULE_FILTERS: FilterValues<SecurityGroupRule> = {
  'group-id': ({ groupId }) => groupId,
  'security-group-rule-id': ({ id }) => id,
};

const describeSecurityGroupRules = read<DescribeRulesInput>((network, input) => {
  const { items, NextToken } = described(network, 'security-group-rule', input.SecurityGroupRuleIds, input, RULE_FILTERS);
  return { SecurityGroupRules: items.map(ruleView), NextToken };
});

const ruleView = ({
  accountId,
  region,
  id,
  groupId,
  isEgress,
  ipProtocol,
  fromPort,
  toPort,
  peer,
  description,
  tags,
}: SecurityGroupRule) => ({
  SecurityGroupRuleId: id,
  GroupId: groupId,
  GroupOwnerId: accountId,
  IsEgress: isEgress,
  IpProtocol: ipProtocol,
  FromPort: fromPort,
  ToPort: toPort,
  ...('cidrIpv4' in peer ? { CidrIpv4: peer.cidrIpv4 } : {}),
  ...('cidrIpv6' in peer ? { CidrIpv6: peer.cidrIpv6 } : {}),
  ...('prefixListId' in peer ? { PrefixListId: peer.prefixListId } : {}),
  // Without its account, which is the rule's: a Terraform provider that does not know its own account would see another group in it.
  ...('groupId' in peer ? { ReferencedGroupInfo: { GroupId: peer.groupId } } : {}),
  ...(description === undefined ? {} : { Description: description }),
  SecurityGroupRuleArn: `arn:aws:ec2:${region}:${accountId}:security-group-rule/${id}`,
  Tags: tagList(tags),
});

export const securityGroupCommands: CommandRules = {
  CreateSecurityGroup: createSecurityGroup,
  DeleteSecurityGroup: deleteSecurityGroup,
  AuthorizeSecurityGroupIngress: authorize(false),
  AuthorizeSecurityGroupEgress: authorize(true),
  RevokeSecurityGroupIngress: revoke(false),
  RevokeSecurityGroupEgress: revoke(true),
  ModifySecurityGroupRules: modifySecurityGroupRules,
  UpdateSecurityGroupRuleDescriptionsIngress: updateDescriptions(false),
  UpdateSecurityGroupRuleDescriptionsEgress: updateDescriptions(true),
};
export const securityGroupQueries: QueryRules = {
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeSecurityGroupRules: describeSecurityGroupRules,
};
