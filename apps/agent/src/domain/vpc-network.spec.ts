import { describe, expect, it } from '@jest/globals';
import { conflictWith, vpcNetwork } from './vpc-network.js';

const network = vpcNetwork({ vpcId: 'vpc-0123456789abcdef0', vpcCidrBlock: '10.0.0.0/16' });

describe('the network of a VPC on a host', () => {
  it('has the host as its router, at the address that no subnet gives away', () => {
    expect(network).toMatchObject({ name: 'longshore-vpc-0123456789abcdef0', cidrBlock: '10.0.0.0/16', gateway: '10.0.0.1' });
    expect(network.bridge.length).toBeLessThanOrEqual(15);
  });

  it('is refused where it would take the host’s own network away', () => {
    const own = (address: string, interfaceName = 'eth0') => conflictWith(network, [{ address, interfaceName }]);
    expect(own('10.0.3.4')).toMatch(/10\.0\.3\.4 of this host's eth0/);
    expect(own('10.1.0.4')).toBeUndefined();
    expect(own('10.0.0.1', network.bridge)).toBeUndefined();
    expect(own('fe80::1')).toBeUndefined();
  });
});
