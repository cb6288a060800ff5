import { cidrContains, formatIpv4, hashId, parseCidr, parseIpv4 } from '#lib/kernel';

/** The network of a VPC on one host: a bridge on which its tasks are neighbours. */
export interface VpcNetwork {
  readonly vpcId: string;
  readonly name: string;
  /** Linux allows 15 characters. */
  readonly bridge: string;
  readonly cidrBlock: string;
  /** The VPC's router: the host, at the address that no subnet gives to anybody. */
  readonly gateway: string;
}

/** What the names of VPCs' bridges begin with. */
export const TASK_BRIDGE_PREFIX = 'lsvpc';

/** A frame between hosts carries 50 bytes more (VXLAN over IPv4), and a segment 1,500. */
export const VPC_MTU = 1_450;

export const vpcNetwork = ({ vpcId, vpcCidrBlock }: { readonly vpcId: string; readonly vpcCidrBlock: string }): VpcNetwork => ({
  vpcId,
  name: `longshore-${vpcId}`,
  bridge: `${TASK_BRIDGE_PREFIX}${hashId('vpc-bridge', vpcId).slice(0, 8)}`,
  cidrBlock: vpcCidrBlock,
  gateway: formatIpv4(parseCidr(vpcCidrBlock)!.first + 1),
});

/** A bridge takes all packets to its range: an address of the host's own network in it would not be reached any more. */
export function conflictWith(
  network: VpcNetwork,
  own: readonly { readonly interfaceName: string; readonly address: string }[],
): string | undefined {
  const range = parseCidr(network.cidrBlock)!;
  const conflict = own.find(({ address, interfaceName }) => {
    const first = parseIpv4(address);
    return first !== undefined && interfaceName !== network.bridge && cidrContains(range, { first, bits: 32 });
  });
  return (
    conflict &&
    `the range ${network.cidrBlock} of the VPC has the address ${conflict.address} of this host's ${conflict.interfaceName} in it: use a VPC with another range`
  );
}
