import { describe, expect, it } from '@jest/globals';
import { isFromTasks } from './from-tasks.js';

const local = [
  { address: '127.0.0.1', cidr: '127.0.0.1/8', isBridge: false },
  { address: '10.0.0.5', cidr: '10.0.0.5/24', isBridge: false },
  { address: '172.17.0.1', cidr: '172.17.0.1/16', isBridge: true },
  { address: 'fe80::1', cidr: 'fe80::1/64', isBridge: true },
];

describe('who comes from tasks of this host', () => {
  it.each([
    ['a container on a bridge', '172.17.0.9', true],
    ['the host itself, and tasks in its network', '10.0.0.5', true],
    ['the same at the address that is asked', '169.254.170.2', true],
    ['a neighbour of the host', '10.0.0.6', false],
    ['somebody else', '203.0.113.9', false],
    ['nobody', '', false],
    ['what is no IPv4', 'fe80::2', false],
  ])('%s', (_who, address, isIn) => {
    expect(isFromTasks(address, local)).toBe(isIn);
  });
});
