import { expect, it } from '@jest/globals';
import { reachableAddress } from './reachable-address.js';

const interfaces = () =>
  ({
    lo: [{ address: '127.0.0.1', family: 'IPv4', internal: true }],
    eth0: [
      { address: 'fe80::1', family: 'IPv6', internal: false },
      { address: '10.0.0.7', family: 'IPv4', internal: false },
    ],
  }) as unknown as ReturnType<Parameters<typeof reachableAddress>[2] & {}>;

it.each([
  ['127.0.0.2', false, '127.0.0.2'],
  ['10.0.0.7', false, '10.0.0.7'],
  ['0.0.0.0', false, '127.0.0.1'],
  ['127.0.0.1', true, undefined],
  ['10.0.0.7', true, '10.0.0.7'],
  ['0.0.0.0', true, '10.0.0.7'],
] as const)('ports published on %s, joined: %s, are reached at %s', (address, hasJoined, reached) => {
  expect(reachableAddress(address, hasJoined, interfaces)).toBe(reached);
});
