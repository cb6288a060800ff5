import { describe, expect, it } from '@jest/globals';
import { addressProblem, authority, parseListenAddress, reachableAddresses, splitAddress } from './listen-address.js';

const own = [
  { address: '127.0.0.1', internal: true, interfaceName: 'lo' },
  { address: 'fe80::1', internal: false, interfaceName: 'eth0' },
  { address: 'fd00::5', internal: false, interfaceName: 'eth0' },
  { address: '172.17.0.1', internal: false, interfaceName: 'docker0' },
  { address: '10.0.0.5', internal: false, interfaceName: 'eth0' },
];

describe('the address that other hosts reach the broker by', () => {
  it('is an IP address, with a port or without', () => {
    expect(parseListenAddress('10.0.0.5')).toEqual({ host: '10.0.0.5', port: 4567 });
    expect(parseListenAddress('10.0.0.5:7000')).toEqual({ host: '10.0.0.5', port: 7000 });
    expect(parseListenAddress('fd00::5')).toEqual({ host: 'fd00::5', port: 4567 });
    expect(parseListenAddress('[fd00::5]:7000')).toEqual({ host: 'fd00::5', port: 7000 });
  });

  it.each(['', 'host', '10.0.0', '10.0.0.5:0', '10.0.0.5:99999', '[10.0.0.5]:1', '10.0.0.5:x', 'a b'])('is not "%s"', (text) =>
    expect(parseListenAddress(text)).toEqual({ problem: expect.stringContaining('10.0.0.5:4567') }),
  );

  it('may be a name in a token, because the certificate names no address', () => {
    expect(splitAddress('first.example.com:443')).toEqual({ host: 'first.example.com', port: 443 });
    expect(splitAddress('first.example.com')).toEqual({ host: 'first.example.com' });
    expect(splitAddress('http://x')).toBeUndefined();
  });

  it('is written as URLs want it', () => {
    expect(authority({ host: '10.0.0.5', port: 1 })).toBe('10.0.0.5:1');
    expect(authority({ host: 'fd00::5', port: 1 })).toBe('[fd00::5]:1');
  });

  it('has to be one of this machine’s, and the refusal lists those', () => {
    expect(addressProblem('--listen', '10.0.0.5', own)).toBeUndefined();
    expect(addressProblem('--listen', '127.0.0.1', own)).toBeUndefined();
    expect(addressProblem('--listen', '10.0.0.6', own)).toContain('it has 10.0.0.5, fd00::5');
    expect(reachableAddresses(own)).toEqual(['10.0.0.5', 'fd00::5']);
  });
});
