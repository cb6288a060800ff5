import { describe, expect, it } from '@jest/globals';
import { bridgeGatewayOf, bridgeRangeOf } from './bridge-gateway.js';

describe('the address that containers reach their host by', () => {
  it('is the one that the engine tells', () =>
    expect(bridgeGatewayOf([{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.9' }])).toBe('172.17.0.9'));

  it('is the first of the subnet when the engine found its bridge there and does not tell', () => {
    expect(bridgeGatewayOf([{ Subnet: '172.17.0.0/16' }])).toBe('172.17.0.1');
    expect(bridgeGatewayOf([{ Subnet: 'fd00::/64' }, { Subnet: '10.1.2.128/25' }])).toBe('10.1.2.129');
  });

  it('is none where there is no bridge', () => {
    expect(bridgeGatewayOf(undefined)).toBeUndefined();
    expect(bridgeGatewayOf([{}, { Subnet: 'fd00::/64' }])).toBeUndefined();
  });

  it('has containers of its IPv4 range', () => {
    expect(bridgeRangeOf([{ Subnet: 'fd00::/64' }, { Subnet: '10.1.2.128/25' }])).toBe('10.1.2.128/25');
    expect(bridgeRangeOf([{ Subnet: 'fd00::/64' }])).toBeUndefined();
  });
});
