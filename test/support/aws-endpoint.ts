import fastify from 'fastify';
import { ACCOUNT, createWorld, PRINCIPAL } from '../../apps/gateway/test/world.js';
import { serveGateway } from '../../apps/gateway/src/http-server.js';
import { DEFAULT_LIMITS } from '../../apps/gateway/src/limits.js';
import { AwsCli } from './aws-cli.js';

export const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
/** Whose keys they are. */
export const SCOPE = { accountId: ACCOUNT, region: 'us-east-1', principal: PRINCIPAL };

export type AnswersOnBus = ReturnType<typeof createWorld>['bus'];

export interface AwsEndpoint {
  readonly url: string;
  /** `aws <service> …` of the CLI that the distribution ships: its answer. */
  aws<T = any>(...args: string[]): Promise<T>;
  /** What it says on standard error when the service refuses. */
  refused(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** The real gateway on a real port, and behind it rules without journal and broker: what the wire is made of. */
export async function awsEndpoint(service: string, answer: (bus: AnswersOnBus) => void): Promise<AwsEndpoint> {
  const { bus, clock, gateway } = createWorld();
  clock.elapsedMs = Date.now() - clock.now();
  answer(bus);
  const server = fastify();
  serveGateway(server, gateway, DEFAULT_LIMITS);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const cli = new AwsCli();
  const run = async (args: readonly string[], expected: number) => {
    const ended = await cli.call({ args: [service, ...args], endpoint: url, region: SCOPE.region, keys: KEYS });
    if (ended.code !== expected) throw new Error(`aws ${service} ${args.join(' ')}: exit code ${ended.code}: ${ended.stderr}`);
    return ended;
  };
  return {
    url,
    async aws<T>(...args: string[]): Promise<T> {
      const { stdout } = await run(args, 0);
      return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as T;
    },
    refused: async (...args) => (await run(args, 254)).stderr.trim(),
    close: async () => {
      await cli.end();
      await server.close();
    },
  };
}
