import type { NetworkInterface } from '#lib/ecs/model';
import { parseCidr } from '#lib/kernel';
import { VPC_MTU, vpcNetwork, type VpcNetwork } from '../../domain/vpc-network.js';

/** As the host calls its end of a pause container's link. Linux allows 15 characters. */
export const linkOf = (pauseId: string): string => `lsve${pauseId.slice(0, 11)}`;

/** The container's end, as everybody calls it. */
const INSIDE = 'eth0';

/** Whose link it is, and where it leads: found again by whoever knows nothing else. */
const aliasOf = (owner: string, { vpcId, cidrBlock }: VpcNetwork): string => `${owner}/${vpcId}/${cidrBlock}`;

/** The network to which the link with this alias leads; undefined: it is not `owner`'s. */
export function networkOf(owner: string, alias = ''): VpcNetwork | undefined {
  const [own, vpcId, ...cidr] = alias.split('/');
  return own === owner && vpcId ? vpcNetwork({ vpcId, vpcCidrBlock: cidr.join('/') }) : undefined;
}

/** `namespace`: a path that leads to the container's. */
export const addLink = (link: string, { macAddress }: NetworkInterface, namespace: string): string =>
  `link add name ${link} mtu ${VPC_MTU} type veth peer name ${INSIDE} address ${macAddress} mtu ${VPC_MTU} netns ${namespace}`;

export const nameLink = (link: string, owner: string, network: VpcNetwork): string =>
  `link set dev ${link} alias ${aliasOf(owner, network)}`;

export const joinBridge = (link: string, { bridge }: VpcNetwork): string => `link set dev ${link} master ${bridge} up`;

/** In the container's namespace. */
export const useLink = ({ cidrBlock, gateway }: VpcNetwork, { privateIpv4Address }: NetworkInterface): readonly string[] => [
  `address replace ${privateIpv4Address}/${parseCidr(cidrBlock)!.bits} broadcast + dev ${INSIDE}`,
  `link set dev ${INSIDE} up`,
  `route replace default via ${gateway} dev ${INSIDE}`,
];
