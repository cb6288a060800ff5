import { formatCidr, isIpv6Cidr, parseCidr, refuse } from '#lib/kernel';
import type { Peer, SecurityGroup, SecurityGroupRule } from './model.js';
import type { Network } from './network.js';
import { prefixListOf } from './prefix-lists.js';
import { required } from './refusals.js';

/** `IpPermission` of EC2: one protocol and range of ports, and all whom it is about. */
export interface IpPermission {
  readonly IpProtocol?: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly IpRanges?: readonly { readonly CidrIp?: string; readonly Description?: string }[];
  readonly Ipv6Ranges?: readonly { readonly CidrIpv6?: string; readonly Description?: string }[];
  readonly UserIdGroupPairs?: readonly {
    readonly GroupId?: string;
    readonly GroupName?: string;
    readonly Description?: string;
  }[];
  readonly PrefixListIds?: readonly { readonly PrefixListId?: string; readonly Description?: string }[];
}

/** What a rule says, without whose it is. */
export type Permission = Pick<SecurityGroupRule, 'ipProtocol' | 'fromPort' | 'toPort' | 'peer' | 'description'>;

const PROTOCOLS: Readonly<Record<string, string>> = { all: '-1', '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6' };

function protocolOf(given: string): string {
  const protocol = PROTOCOLS[given.toLowerCase()] ?? given.toLowerCase();
  const isNumber = /^\d{1,3}$/.test(protocol) && Number(protocol) <= 255;
  if (['-1', 'tcp', 'udp', 'icmp', 'icmpv6'].includes(protocol) || isNumber) return protocol;
  throw refuse('InvalidParameterValue', `Invalid value '${given}' for IP protocol. Unknown protocol.`);
}

function portsOf(protocol: string, from: number | undefined, to: number | undefined): { fromPort: number; toPort: number } {
  if (protocol !== 'tcp' && protocol !== 'udp') {
    const isIcmp = protocol.startsWith('icmp');
    return isIcmp ? { fromPort: from ?? -1, toPort: to ?? -1 } : { fromPort: -1, toPort: -1 };
  }
  if (from === undefined || to === undefined) {
    throw refuse('InvalidParameterValue', `Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.`);
  }
  if (from === -1 && to === -1) return { fromPort: 0, toPort: 65_535 };
  if (from < 0 || to > 65_535 || from > to) {
    throw refuse(
      'InvalidParameterValue',
      `Invalid value '${from}-${to}' for port range. Ports are 0 to 65535, the first one first.`,
    );
  }
  return { fromPort: from, toPort: to };
}

function cidrPeer(text: string): Peer {
  if (text.includes(':')) return ipv6Peer(text);
  const cidr = parseCidr(text);
  if (!cidr) throw refuse('InvalidParameterValue', `CIDR block ${text} is malformed`);
  return { cidrIpv4: formatCidr(cidr) };
}

function ipv6Peer(text: string): Peer {
  if (!isIpv6Cidr(text)) throw refuse('InvalidParameterValue', `CIDR block ${text} is malformed`);
  return { cidrIpv6: text.toLowerCase() };
}

/** The rules that permissions say, one a peer. Groups are of the same VPC. */
export function permissionsOf(
  network: Network,
  { vpcId, region }: SecurityGroup,
  given: readonly IpPermission[],
): readonly Permission[] {
  return given.flatMap((permission) => {
    const ipProtocol = protocolOf(required(permission.IpProtocol, 'ipProtocol'));
    const ports = portsOf(ipProtocol, permission.FromPort, permission.ToPort);
    const about = (peer: Peer, description: string | undefined): Permission => ({
      ipProtocol,
      ...ports,
      peer,
      ...(description ? { description: checked(description) } : {}),
    });
    const groupOf = ({ GroupId, GroupName }: { GroupId?: string; GroupName?: string }): Peer => {
      if (GroupId !== undefined) return { groupId: network.get('security-group', GroupId).id };
      const named = network.all('security-group').find((one) => one.vpcId === vpcId && one.groupName === GroupName);
      if (!named) throw refuse('InvalidGroup.NotFound', `The security group '${GroupName ?? ''}' does not exist`);
      return { groupId: named.id };
    };
    const all = [
      ...(permission.IpRanges ?? []).map((one) => about(cidrPeer(required(one.CidrIp, 'cidrIp')), one.Description)),
      ...(permission.Ipv6Ranges ?? []).map((one) => about(ipv6Peer(required(one.CidrIpv6, 'cidrIpv6')), one.Description)),
      ...(permission.UserIdGroupPairs ?? []).map((one) => about(groupOf(one), one.Description)),
      ...(permission.PrefixListIds ?? []).map((one) =>
        about({ prefixListId: prefixListOf(region, required(one.PrefixListId, 'prefixListId')).id }, one.Description),
      ),
    ];
    if (all.length === 0) throw refuse('MissingParameter', 'Source group or IP range (CIDR) must be specified');
    return all;
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html */
function checked(description: string): string {
  if (description.length > 255 || !/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/.test(description)) {
    throw refuse(
      'InvalidParameterValue',
      `Invalid rule description '${description.slice(0, 300)}': up to 255 characters of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*.`,
    );
  }
  return description;
}

export const isSame = (a: Permission, b: Permission): boolean =>
  a.ipProtocol === b.ipProtocol && a.fromPort === b.fromPort && a.toPort === b.toPort && peerText(a.peer) === peerText(b.peer);

export const peerText = (peer: Peer): string =>
  'cidrIpv4' in peer ? peer.cidrIpv4 : 'cidrIpv6' in peer ? peer.cidrIpv6 : 'groupId' in peer ? peer.groupId : peer.prefixListId;

/** The words of EC2: `peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW`. */
export function permissionText({ peer, ipProtocol, fromPort, toPort }: Permission): string {
  const protocol = ipProtocol === '-1' ? 'ALL' : ipProtocol.toUpperCase();
  const ports = ipProtocol === '-1' ? '' : `, from port: ${fromPort}, to port: ${toPort}`;
  return `peer: ${peerText(peer)}, ${protocol}${ports}, ALLOW`;
}

/** Rules as DescribeSecurityGroups shows them: those of one protocol and range together. */
export function permissionViews(accountId: string, rules: readonly SecurityGroupRule[]) {
  const byPorts = new Map<string, SecurityGroupRule[]>();
  for (const rule of rules) {
    const key = `${rule.ipProtocol} ${rule.fromPort} ${rule.toPort}`;
    byPorts.set(key, [...(byPorts.get(key) ?? []), rule]);
  }
  return [...byPorts.values()].map((same) => {
    const [{ ipProtocol, fromPort, toPort }] = same as [SecurityGroupRule];
    const said = ({ description }: SecurityGroupRule) => (description === undefined ? {} : { Description: description });
    return {
      IpProtocol: ipProtocol,
      ...(ipProtocol === '-1' ? {} : { FromPort: fromPort, ToPort: toPort }),
      IpRanges: same.flatMap((rule) => ('cidrIpv4' in rule.peer ? [{ CidrIp: rule.peer.cidrIpv4, ...said(rule) }] : [])),
      Ipv6Ranges: same.flatMap((rule) => ('cidrIpv6' in rule.peer ? [{ CidrIpv6: rule.peer.cidrIpv6, ...said(rule) }] : [])),
      UserIdGroupPairs: same.flatMap((rule) =>
        'groupId' in rule.peer ? [{ GroupId: rule.peer.groupId, UserId: accountId, ...said(rule) }] : [],
      ),
      PrefixListIds: same.flatMap((rule) =>
        'prefixListId' in rule.peer ? [{ PrefixListId: rule.peer.prefixListId, ...said(rule) }] : [],
      ),
    };
  });
}
