import { filtered, type DescribeInput, type FilterValues } from './filters.js';
import type { Tags, Vpc } from './model.js';
import { type QueryRules, read } from './rule-types.js';

/**
 * Each VPC has its default network ACL, which lets everything through and cannot be changed: what comes in and goes out, security groups
 * say. Terraform reads it of every VPC.
 */
interface DefaultAcl {
  readonly vpc: Vpc;
  readonly id: string;
  readonly subnetIds: readonly string[];
  readonly tags: Tags;
}

const FILTERS: FilterValues<DefaultAcl> = {
  'association.subnet-id': ({ subnetIds }) => subnetIds,
  default: () => 'true',
  'network-acl-id': ({ id }) => id,
  'vpc-id': ({ vpc }) => vpc.id,
};

const describeNetworkAcls = read<DescribeInput & { readonly NetworkAclIds?: readonly string[] }>(
  (network, { Filters, NetworkAclIds }) => {
    const subnets = network.all('subnet');
    const all = network.all('vpc').map((vpc): DefaultAcl => ({
      vpc,
      id: vpc.id.replace('vpc-', 'acl-'),
      subnetIds: subnets.filter(({ vpcId }) => vpcId === vpc.id).map(({ id }) => id),
      tags: {},
    }));
    const asked = NetworkAclIds && NetworkAclIds.length > 0 ? all.filter(({ id }) => NetworkAclIds.includes(id)) : all;
    return { NetworkAcls: filtered(asked, FILTERS, Filters).map(aclView) };
  },
);

const aclView = ({ vpc, id, subnetIds }: DefaultAcl) => ({
  NetworkAclId: id,
  VpcId: vpc.id,
  OwnerId: vpc.accountId,
  IsDefault: true,
  Associations: subnetIds.map((SubnetId) => ({
    NetworkAclAssociationId: SubnetId.replace('subnet-', 'aclassoc-'),
    NetworkAclId: id,
    SubnetId,
  })),
  Entries: [true, false].flatMap((Egress) => [
    { RuleNumber: 100, Protocol: '-1', RuleAction: 'allow', Egress, CidrBlock: '0.0.0.0/0' },
    { RuleNumber: 32_767, Protocol: '-1', RuleAction: 'deny', Egress, CidrBlock: '0.0.0.0/0' },
  ]),
  Tags: [],
});

export const networkAclQueries: QueryRules = { DescribeNetworkAcls: describeNetworkAcls };
