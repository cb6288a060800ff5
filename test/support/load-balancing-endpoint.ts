import { ServiceCatalog } from '#lib/aws-api';
import { loadBalancingCommands, loadBalancingQueries } from '../../apps/load-balancer/src/domain/domain.js';
import type { Rejection } from '#lib/kernel';
import { type AwsEndpoint, awsEndpoint, SCOPE } from './aws-endpoint.js';
import { LoadBalancingWorld } from './load-balancing-world.js';

/** The load balancer's rules behind the real gateway, and the world that they change. */
export async function loadBalancingEndpoint(): Promise<AwsEndpoint & { readonly world: LoadBalancingWorld }> {
  const world = new LoadBalancingWorld(SCOPE);
  const endpoint = await awsEndpoint('elbv2', (bus) => {
    for (const operation of new ServiceCatalog().named('elasticloadbalancing')!.operationNames()) {
      if (operation in loadBalancingQueries) {
        bus.on('elasticloadbalancing', operation, ({ input }) => {
          const answer = world.query<object>(operation, input);
          return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
        });
      }
      if (operation in loadBalancingCommands)
        bus.on('elasticloadbalancing', operation, ({ input }) => world.command(operation, input));
    }
  });
  return { ...endpoint, world };
}
