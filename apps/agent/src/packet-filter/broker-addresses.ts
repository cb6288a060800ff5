import { lookup } from 'node:dns/promises';
import type { Logger } from '#lib/platform';

/**
 * The IPv4 addresses of the host of the broker, which is the one of the load balancers: it is let in whatever this host is told, or is not told
 * yet. None of this host's own loopback.
 */
export async function brokerAddresses(brokers: readonly string[], logger: Logger): Promise<readonly string[]> {
  const found = await Promise.all(
    brokers.map(async (broker) => {
      try {
        return (await lookup(broker, { family: 4, all: true })).map(({ address }) => address);
      } catch (error) {
        logger.warn(
          { broker, problem: (error as Error).message },
          'load balancers on the host of the broker are let in as the control plane says',
        );
        return [];
      }
    }),
  );
  return [...new Set(found.flat())].filter((address) => !address.startsWith('127.')).sort();
}
