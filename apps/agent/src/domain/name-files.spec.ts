import { nameFiles, resolvConf } from './name-files.js';

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

  it('are asked of the servers that are given, with the searches of the host', () => {
    const own = 'nameserver 10.0.0.2\nsearch corp.example\noptions timeout:1\n# a remark\n';
    expect(resolvConf(own, ['198.18.0.0'])).toBe('nameserver 198.18.0.0\nsearch corp.example\noptions timeout:1\n');
  });

  it('are asked of the host’s servers where none are given, unless only the host reaches them', () => {
    expect(resolvConf('nameserver 127.0.0.53\nnameserver 10.0.0.2\n', undefined)).toBe('nameserver 10.0.0.2\n');
    expect(resolvConf('nameserver 127.0.0.53\n', undefined)).toBe('nameserver 8.8.8.8\nnameserver 8.8.4.4\n');
  });
});
