import fastify from 'fastify';
import { ACCOUNT, createWorld, PRINCIPAL } from '../../apps/gateway/test/world.js';
import { serveGateway } from '../../apps/gateway/src/http-server.js';
import { DEFAULT_LIMITS } from '../../apps/gateway/src/limits.js';
import { ServiceCatalog } from '#lib/aws-api';
import { loadBalancingCommands, loadBalancingQueries } from '../../apps/load-balancer/src/domain/domain.js';
import type { Rejection } from '#lib/kernel';
import { execute } from './longshore.js';
import { LoadBalancingWorld } from './load-balancing-world.js';

export const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

export interface LoadBalancingEndpoint {
  readonly url: string;
  readonly world: LoadBalancingWorld;
  /** `aws elbv2 …` of the CLI that the distribution ships: its answer, or what it says on standard error. */
  elbv2<T = any>(...args: string[]): Promise<T>;
  refused(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** The real gateway on a real port, and behind it the rules of the load balancer without journal and broker: what the wire is made of. */
export async function loadBalancingEndpoint(): Promise<LoadBalancingEndpoint> {
  const { bus, clock, gateway } = createWorld();
  clock.elapsedMs = Date.now() - clock.now();
  const world = new LoadBalancingWorld({ accountId: ACCOUNT, region: 'us-east-1', principal: PRINCIPAL });
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
  const server = fastify();
  serveGateway(server, gateway, DEFAULT_LIMITS);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });

  const aws = (args: readonly string[]) =>
    execute('/usr/bin/aws', ['--endpoint-url', url, 'elbv2', ...args], {
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
    world,
    async elbv2<T>(...args: string[]): Promise<T> {
      const { code, stdout, stderr } = await aws(args);
      if (code !== 0) throw new Error(`aws elbv2 ${args.join(' ')}: exit code ${code}: ${stderr}`);
      return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as T;
    },
    async refused(...args) {
      const { code, stderr } = await aws(args);
      if (code !== 254) throw new Error(`aws elbv2 ${args.join(' ')}: exit code ${code}: ${stderr}`);
      return stderr.trim();
    },
    close: () => server.close(),
  };
}
