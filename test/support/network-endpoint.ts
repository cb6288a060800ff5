import { networkCommands, networkQueries } from '../../apps/network/src/domain/domain.js';
import type { Rejection } from '#lib/kernel';
import { type AwsEndpoint, awsEndpoint, SCOPE } from './aws-endpoint.js';
import { NetworkWorld } from './network-world.js';

/** The network's rules behind the real gateway. */
export function networkEndpoint(): Promise<AwsEndpoint> {
  const world = new NetworkWorld(SCOPE);
  return awsEndpoint('ec2', (bus) => {
    for (const name of Object.keys(networkQueries)) {
      bus.on('ec2', name, ({ input }) => {
        const answer = world.query<object>(name, input);
        return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
      });
    }
    for (const name of Object.keys(networkCommands)) bus.on('ec2', name, ({ input }) => world.command(name, input));
  });
}
