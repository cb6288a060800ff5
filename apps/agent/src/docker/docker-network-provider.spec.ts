import { describe, expect, it } from '@jest/globals';
import { gatewayMode } from './docker-network-provider.js';

describe('the network of a VPC', () => {
  it('is one whose containers security groups alone protect, where the engine has such', () => {
    const isUnprotected = { 'com.docker.network.bridge.gateway_mode_ipv4': 'nat-unprotected' };
    expect(['28.0.0', '29.1.3'].map(gatewayMode)).toEqual([isUnprotected, isUnprotected]);
    expect(['20.10.24+dfsg1', '27.5.1', 'dev'].map(gatewayMode)).toEqual([{}, {}, {}]);
  });
});
