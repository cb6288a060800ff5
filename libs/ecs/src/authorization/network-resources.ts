import type { Scope } from '#lib/kernel';
import type { Input, Resource } from './resource.js';

/** Of what kind an id is: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html */
const KINDS: Readonly<Record<string, string>> = {
  vpc: 'vpc',
  subnet: 'subnet',
  sg: 'security-group',
  sgr: 'security-group-rule',
  igw: 'internet-gateway',
  rtb: 'route-table',
  eipalloc: 'elastic-ip',
  nat: 'natgateway',
  eni: 'network-interface',
};

/** Members in which a request names what it changes. */
const NAMED = [
  'AllocationId',
  'GatewayId',
  'GroupId',
  'InternetGatewayId',
  'NatGatewayId',
  'Resources',
  'RouteTableId',
  'SecurityGroupRuleIds',
  'SubnetId',
  'VpcId',
];

/** EC2's reads are of everything; a change is of whatever it names, all of which has to be allowed. */
export function networkResourcesOf(operation: string, input: Input, { accountId, region }: Scope): readonly Resource[] {
  if (operation.startsWith('Describe')) return [];
  const ids = NAMED.flatMap((member) => input[member] ?? []).filter((id) => typeof id === 'string');
  return ids.flatMap((id) => {
    const kind = KINDS[id.split('-', 1)[0]!];
    return kind === undefined ? [] : [{ arn: `arn:aws:ec2:${region}:${accountId}:${kind}/${id}` }];
  });
}
