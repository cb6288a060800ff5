import { vpcNetwork } from '../../domain/vpc-network.js';
import { addLink, joinBridge, linkOf, nameLink, networkOf, useLink } from './link-commands.js';

const network = vpcNetwork({ vpcId: 'vpc-1', vpcCidrBlock: '10.0.0.0/16' });
const networkInterface = {
  networkInterfaceId: 'eni-1',
  subnetId: 'subnet-1',
  macAddress: '02:42:0a:00:00:05',
  privateIpv4Address: '10.0.0.5',
  privateDnsName: 'ip-10-0-0-5.ec2.internal',
};
const link = linkOf('0123456789abcdef'.repeat(4));

describe('the link of a task', () => {
  it('has a name that Linux allows, and another one for each pause container', () => {
    expect(link).toBe('lsve0123456789a');
    expect(link).toHaveLength(15);
  });

  it('leads from the bridge of the VPC to the address of the task, whose router is the host', () => {
    expect([addLink(link, networkInterface, '/proc/7/fd/9'), joinBridge(link, network)]).toEqual([
      `link add name ${link} mtu 1450 type veth peer name eth0 address 02:42:0a:00:00:05 mtu 1450 netns /proc/7/fd/9`,
      `link set dev ${link} master ${network.bridge} up`,
    ]);
    expect(useLink(network, networkInterface)).toEqual([
      'address replace 10.0.0.5/16 broadcast + dev eth0',
      'link set dev eth0 up',
      'route replace default via 10.0.0.1 dev eth0',
    ]);
  });

  it('says whose it is and where it leads', () => {
    const alias = nameLink(link, 'longshore-1', network).split(' ').at(-1);
    expect(networkOf('longshore-1', alias)).toEqual(network);
    expect(networkOf('longshore-2', alias)).toBeUndefined();
    expect(networkOf('longshore-1', undefined)).toBeUndefined();
  });
});
