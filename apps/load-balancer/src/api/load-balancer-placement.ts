import type { Placement } from '../domain/addresses.js';

/** What the installation, and not the API, says about load balancers: where they listen and what their names end in. */
export class LoadBalancerPlacement {
  constructor(private readonly placement: Placement) {}

  addTo(input: unknown): object {
    return { ...(input as object), placement: this.placement };
  }
}
