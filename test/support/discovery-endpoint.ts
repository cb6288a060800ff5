import fastify from 'fastify';
import { ACCOUNT, createWorld, PRINCIPAL } from '../../apps/gateway/test/world.js';
import { serveGateway } from '../../apps/gateway/src/http-server.js';
import { DEFAULT_LIMITS } from '../../apps/gateway/src/limits.js';
import { discoveryCommands, discoveryQueries, instanceQueries } from '../../apps/load-balancer/src/domain/discovery/discovery.js';
import type { Rejection } from '#lib/kernel';
import { DiscoveryWorld } from './discovery-world.js';
import { KEYS } from './load-balancing-endpoint.js';
import { execute } from './longshore.js';

export interface DiscoveryEndpoint {
  readonly url: string;
  /** `aws servicediscovery …` of the CLI that the distribution ships: its answer, or what it says on standard error. */
  aws<T = any>(...args: string[]): Promise<T>;
  refused(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** The real gateway on a real port, and behind it Cloud Map's rules without journal and broker. */
export async function discoveryEndpoint(): Promise<DiscoveryEndpoint> {
  const { bus, clock, gateway } = createWorld();
  clock.elapsedMs = Date.now() - clock.now();
  const world = new DiscoveryWorld({ accountId: ACCOUNT, region: 'us-east-1', principal: PRINCIPAL });
  for (const name of Object.keys(discoveryQueries)) {
    bus.on('servicediscovery', name, ({ input }) => {
      const answer = world.query<object>(name, input);
      return 'rejection' in answer ? (answer as { rejection: Rejection }) : { output: answer };
    });
  }
  for (const name of Object.keys(instanceQueries)) {
    bus.on('servicediscovery', name, ({ input }) => world.answer(name, input as object));
  }
  for (const name of Object.keys(discoveryCommands)) bus.on('servicediscovery', name, ({ input }) => world.command(name, input));
  const server = fastify();
  serveGateway(server, gateway, DEFAULT_LIMITS);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const run = (args: readonly string[]) =>
    execute('/usr/bin/aws', ['--endpoint-url', url, 'servicediscovery', ...args], {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_PAGER: '',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    });
  return {
    url,
    async aws<T>(...args: string[]): Promise<T> {
      const { code, stdout, stderr } = await run(args);
      if (code !== 0) throw new Error(`aws servicediscovery ${args.join(' ')}: exit code ${code}: ${stderr}`);
      return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as T;
    },
    async refused(...args) {
      const { code, stderr } = await run(args);
      if (code !== 254) throw new Error(`aws servicediscovery ${args.join(' ')}: exit code ${code}: ${stderr}`);
      return stderr.trim();
    },
    close: () => server.close(),
  };
}
