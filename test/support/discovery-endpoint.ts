import { discoveryCommands, discoveryQueries, instanceQueries } from '../../apps/load-balancer/src/domain/discovery/discovery.js';
import type { Rejection } from '#lib/kernel';
import { type AwsEndpoint, awsEndpoint, SCOPE } from './aws-endpoint.js';
import { DiscoveryWorld } from './discovery-world.js';

/** Cloud Map's rules behind the real gateway. */
export function discoveryEndpoint(): Promise<AwsEndpoint> {
  const world = new DiscoveryWorld(SCOPE);
  return awsEndpoint('servicediscovery', (bus) => {
    for (const name of Object.keys(discoveryQueries)) {
      bus.on('servicediscovery', name, ({ input }) => {
        const answer = world.query<object>(name, input);
        return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
      });
    }
    for (const name of Object.keys(instanceQueries))
      bus.on('servicediscovery', name, ({ input }) => world.answer(name, input as object));
    for (const name of Object.keys(discoveryCommands))
      bus.on('servicediscovery', name, ({ input }) => world.command(name, input));
  });
}
