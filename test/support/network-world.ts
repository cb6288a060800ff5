import { network } from '../../apps/network/src/domain/domain.js';
import type { NetworkState } from '../../apps/network/src/domain/state.js';
import { ApiWorld } from './api-world.js';
import type { WorldCaller } from './domain-world.js';

/** The `network` domain without journal, bus or time. */
export class NetworkWorld extends ApiWorld<NetworkState> {
  constructor(scope?: WorldCaller) {
    super(network, 'network', scope);
  }
}
