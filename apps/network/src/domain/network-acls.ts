import { refuse } from '#lib/kernel';
import { changed, created, deleted, type NetworkEvent } from './events.js';
import { filtered, type DescribeInput, type FilterValues } from './filters.js';
import { type AclEntry, idOf, type NetworkAcl } from './model.js';
import type { Network } from './network.js';
import { refusals, required } from './refusals.js';
import { change, type CommandRules, type QueryRules, read } from './rule-types.js';
import { tagList, tagsFor, type TagSpecification } from './tags.js';

/**
 * Network ACLs are kept and told, so that files which describe a network apply and read back. No packet is filtered by them: what comes in and goes
 * out, security groups say. So an entry that denies is refused. Each VPC has its default one, which is written down with its first change.
 */
const MOST_ACLS = 200;
/** EC2's limit on request: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
const MOST_ENTRIES = 80;
const LAST_RULE = 32_766;

const save = (network: Network, acl: NetworkAcl): readonly NetworkEvent[] => [
  network.isWritten(acl.id) ? changed(acl) : created(acl),
];

interface CreateInput {
  readonly VpcId?: string;
  readonly TagSpecifications?: readonly TagSpecification[];
}

const createNetworkAcl = change<CreateInput>(
  (network, input, context) => {
    const { accountId, region } = context;
    const vpc = network.get('vpc', required(input.VpcId, 'vpcId'));
    if (network.all('network-acl').length >= MOST_ACLS) throw refusals.limit('NetworkAclLimitExceeded', 'network ACLs');
    const acl: NetworkAcl = {
      accountId,
      region,
      kind: 'network-acl',
      id: idOf('network-acl', context.id('network-acl')),
      tags: tagsFor('network-acl', input.TagSpecifications),
      vpcId: vpc.id,
      isDefault: false,
      entries: [],
      subnetIds: [],
    };
    return [created(acl)];
  },
  (network, _input, events) => ({
    NetworkAcl: aclView(network, (events.at(-1)!.data as { resource: NetworkAcl }).resource),
  }),
);

const deleteNetworkAcl = change<{ readonly NetworkAclId?: string }>((network, { NetworkAclId }) => {
  const acl = network.get('network-acl', required(NetworkAclId, 'networkAclId'));
  if (acl.isDefault) throw refusals.invalid(acl.id, 'networkAclId', 'The default network ACL of a VPC stays.');
  if (acl.subnetIds.length > 0) throw refusals.dependencies('networkAcl', acl.id);
  return [deleted(acl)];
});

interface EntryInput {
  readonly NetworkAclId?: string;
  readonly RuleNumber?: number;
  readonly Egress?: boolean;
  readonly RuleAction?: string;
  readonly Protocol?: string;
  readonly CidrBlock?: string;
  readonly Ipv6CidrBlock?: string;
  readonly PortRange?: AclEntry['portRange'];
  readonly IcmpTypeCode?: AclEntry['icmpTypeCode'];
}

const isAt = (entry: AclEntry, { RuleNumber, Egress = false }: EntryInput) =>
  entry.ruleNumber === RuleNumber && entry.egress === Egress;

function entryOf(input: EntryInput): AclEntry {
  const ruleNumber = required(input.RuleNumber, 'ruleNumber');
  if (ruleNumber < 1 || ruleNumber > LAST_RULE)
    throw refusals.invalid(`${ruleNumber}`, 'ruleNumber', `It has to be between 1 and ${LAST_RULE}.`);
  const action = required(input.RuleAction, 'ruleAction');
  if (action === 'deny') {
    throw refuse(
      'UnsupportedOperation',
      'Network ACLs filter nothing here, so an entry that denies would promise what is not done. Use the rules of security groups.',
    );
  }
  if (action !== 'allow') throw refusals.invalid(action, 'ruleAction', "It has to be 'allow' or 'deny'.");
  const { CidrBlock: cidrBlock, Ipv6CidrBlock: ipv6CidrBlock, PortRange: portRange, IcmpTypeCode: icmpTypeCode } = input;
  if (cidrBlock === undefined && ipv6CidrBlock === undefined) throw refusals.missing('cidrBlock');
  return {
    ruleNumber,
    egress: input.Egress ?? false,
    protocol: required(input.Protocol, 'protocol'),
    ...(cidrBlock === undefined ? {} : { cidrBlock }),
    ...(ipv6CidrBlock === undefined ? {} : { ipv6CidrBlock }),
    ...(portRange ? { portRange } : {}),
    ...(icmpTypeCode ? { icmpTypeCode } : {}),
  };
}

const noEntry = ({ RuleNumber, NetworkAclId }: EntryInput) =>
  refuse('InvalidNetworkAclEntry.NotFound', `The network acl entry ${RuleNumber} of ${NetworkAclId} does not exist`);

const createNetworkAclEntry = change<EntryInput>((network, input) => {
  const acl = network.get('network-acl', required(input.NetworkAclId, 'networkAclId'));
  if (acl.entries.some((one) => isAt(one, input)))
    throw refuse('NetworkAclEntryAlreadyExists', `The network acl entry identified by ${input.RuleNumber} already exists.`);
  if (acl.entries.length >= MOST_ENTRIES) throw refusals.limit('NetworkAclEntryLimitExceeded', 'network ACL entries');
  return save(network, { ...acl, entries: [...acl.entries, entryOf(input)] });
});

const replaceNetworkAclEntry = change<EntryInput>((network, input) => {
  const acl = network.get('network-acl', required(input.NetworkAclId, 'networkAclId'));
  if (!acl.entries.some((one) => isAt(one, input))) throw noEntry(input);
  return save(network, { ...acl, entries: [...acl.entries.filter((one) => !isAt(one, input)), entryOf(input)] });
});

const deleteNetworkAclEntry = change<EntryInput>((network, input) => {
  const acl = network.get('network-acl', required(input.NetworkAclId, 'networkAclId'));
  if (!acl.entries.some((one) => isAt(one, input))) throw noEntry(input);
  return save(network, { ...acl, entries: acl.entries.filter((one) => !isAt(one, input)) });
});

const associationOf = (subnetId: string) => subnetId.replace('subnet-', 'aclassoc-');

/** A subnet has one ACL always: the VPC's default, unless another one names it. */
const replaceNetworkAclAssociation = change<{ readonly AssociationId?: string; readonly NetworkAclId?: string }>(
  (network, input) => {
    const acl = network.get('network-acl', required(input.NetworkAclId, 'networkAclId'));
    const associationId = required(input.AssociationId, 'associationId');
    const subnet = network.all('subnet').find(({ id, vpcId }) => vpcId === acl.vpcId && associationOf(id) === associationId);
    if (!subnet) throw refuse('InvalidAssociationID.NotFound', `The association ID '${associationId}' does not exist`);
    return [
      ...withoutSubnet(network, subnet.id, acl.id),
      ...(acl.isDefault || acl.subnetIds.includes(subnet.id)
        ? []
        : [changed({ ...acl, subnetIds: [...acl.subnetIds, subnet.id] })]),
    ];
  },
  (_network, { AssociationId }) => ({ NewAssociationId: AssociationId }),
);

/** What has to become of the ACLs that name a subnet when they do so no longer. */
export const withoutSubnet = (network: Network, subnetId: string, but?: string): readonly NetworkEvent[] =>
  network
    .all('network-acl')
    .filter(({ id, subnetIds }) => id !== but && subnetIds.includes(subnetId))
    .map((acl) => changed({ ...acl, subnetIds: acl.subnetIds.filter((one) => one !== subnetId) }));

const subnetsOf = (network: Network, acl: NetworkAcl): readonly string[] => {
  if (!acl.isDefault) return acl.subnetIds;
  const named = new Set(network.all('network-acl').flatMap(({ subnetIds }) => subnetIds));
  return network.all('subnet').flatMap(({ id, vpcId }) => (vpcId === acl.vpcId && !named.has(id) ? [id] : []));
};

/** The entries of an ACL that have what a filter asks for: each filter by itself, as EC2 reads them. */
const ofEntries =
  (value: (entry: ReturnType<typeof entryView>) => string | number | boolean | undefined) =>
  (acl: NetworkAcl): readonly string[] =>
    entriesOf(acl).flatMap((entry) => {
      const found = value(entry);
      return found === undefined ? [] : [String(found)];
    });

const FILTERS: FilterValues<NetworkAcl & { readonly associated: readonly string[] }> = {
  'association.association-id': ({ associated }) => associated.map(associationOf),
  'association.subnet-id': ({ associated }) => associated,
  'association.network-acl-id': ({ id, associated }) => (associated.length > 0 ? id : undefined),
  default: ({ isDefault }) => String(isDefault),
  'entry.cidr': ofEntries(({ CidrBlock }) => CidrBlock),
  'entry.egress': ofEntries(({ Egress }) => Egress),
  'entry.icmp.code': ofEntries(({ IcmpTypeCode }) => IcmpTypeCode?.Code),
  'entry.icmp.type': ofEntries(({ IcmpTypeCode }) => IcmpTypeCode?.Type),
  'entry.ipv6-cidr': ofEntries(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
  'entry.port-range.from': ofEntries(({ PortRange }) => PortRange?.From),
  'entry.port-range.to': ofEntries(({ PortRange }) => PortRange?.To),
  'entry.protocol': ofEntries(({ Protocol }) => Protocol),
  'entry.rule-action': ofEntries(({ RuleAction }) => RuleAction),
  'entry.rule-number': ofEntries(({ RuleNumber }) => RuleNumber),
  'network-acl-id': ({ id }) => id,
  'owner-id': ({ accountId }) => accountId,
  'vpc-id': ({ vpcId }) => vpcId,
};

const describeNetworkAcls = read<DescribeInput & { readonly NetworkAclIds?: readonly string[] }>(
  (network, { Filters, NetworkAclIds = [] }) => {
    const asked = NetworkAclIds.length > 0 ? NetworkAclIds.map((id) => network.get('network-acl', id)) : network.acls();
    const all = asked.map((acl) => ({ ...acl, associated: subnetsOf(network, acl) }));
    return { NetworkAcls: filtered(all, FILTERS, Filters).map((acl) => aclView(network, acl)) };
  },
);

const entryView = (entry: AclEntry) => ({
  RuleNumber: entry.ruleNumber,
  Protocol: entry.protocol,
  RuleAction: 'allow',
  Egress: entry.egress,
  CidrBlock: entry.cidrBlock,
  Ipv6CidrBlock: entry.ipv6CidrBlock,
  PortRange: entry.portRange,
  IcmpTypeCode: entry.icmpTypeCode,
});

/** What each ACL ends with. */
const entryOfRest = (egress: boolean): ReturnType<typeof entryView> => ({
  ...entryView({ ruleNumber: 32_767, protocol: '-1', egress, cidrBlock: '0.0.0.0/0' }),
  RuleAction: 'deny',
});

const entriesOf = ({ entries }: NetworkAcl): readonly ReturnType<typeof entryView>[] =>
  [true, false].flatMap((isEgress) => [
    ...entries.filter(({ egress }) => egress === isEgress).map(entryView),
    entryOfRest(isEgress),
  ]);

const aclView = (network: Network, acl: NetworkAcl) => ({
  NetworkAclId: acl.id,
  VpcId: acl.vpcId,
  OwnerId: acl.accountId,
  IsDefault: acl.isDefault,
  Associations: subnetsOf(network, acl).map((SubnetId) => ({
    NetworkAclAssociationId: associationOf(SubnetId),
    NetworkAclId: acl.id,
    SubnetId,
  })),
  Entries: entriesOf(acl),
  Tags: tagList(acl.tags),
});

export const networkAclCommands: CommandRules = {
  CreateNetworkAcl: createNetworkAcl,
  DeleteNetworkAcl: deleteNetworkAcl,
  CreateNetworkAclEntry: createNetworkAclEntry,
  ReplaceNetworkAclEntry: replaceNetworkAclEntry,
  DeleteNetworkAclEntry: deleteNetworkAclEntry,
  ReplaceNetworkAclAssociation: replaceNetworkAclAssociation,
};
export const networkAclQueries: QueryRules = { DescribeNetworkAcls: describeNetworkAcls };
