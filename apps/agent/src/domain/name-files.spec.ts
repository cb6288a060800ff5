import { nameFiles } from './name-files.js';

describe('the names that a task with an address of its own knows', () => {
  const networkInterface = {
    networkInterfaceId: 'eni-1',
    subnetId: 'subnet-1',
    macAddress: '02:42:0a:00:00:05',
    privateIpv4Address: '10.0.0.5',
    privateDnsName: 'ip-10-0-0-5.ec2.internal',
  };

  it('are its own, in both lengths, and the loopback’s', () => {
    const { hosts } = nameFiles(networkInterface, '');
    expect(hosts.split('\n')).toEqual([
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      '10.0.0.5\tip-10-0-0-5.ec2.internal ip-10-0-0-5',
      '',
    ]);
  });
});
