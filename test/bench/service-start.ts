/**
 * CreateService with 20 replicas until DescribeServices counts 20 running, on a real Docker Engine. Baseline: 20 containers with the very
 * same options through dockerode, as many at once as turns out best on this machine.
 */
import type Docker from 'dockerode';
import { findOrStartDockerd, makeTestImage, removeContainers } from '../support/docker.js';
import { interleaved, report } from './figures.js';
import { withInstallation } from './installation.js';
import { SignedClient } from './signed-client.js';
import { median } from './statistics.js';
import { until } from './until.js';

const ROUNDS = 10;
const REPLICAS = 20;
const AT_ONCE = [1, 2, 4, 8, REPLICAS];
const TRIALS = 3;
/** Each question costs processor time that the engine needs. */
const POLL_MS = 60;
const COMMAND = ['/bin/sh', '-c', `trap 'exit 0' TERM; sleep 600 & wait`];
const FAMILY_LABEL = 'com.amazonaws.ecs.task-definition-family';
const BARE_LABEL = 'longshore.bench';
/** Others may use the engine, too. */
const FAMILY = `bench-${process.pid}`;
const OWN = `${FAMILY_LABEL}=${FAMILY}`;

interface Described {
  readonly services: readonly { readonly runningCount: number }[];
}

const engine = await findOrStartDockerd();
const { docker } = engine;
const image = await makeTestImage(docker);

const ownContainers = () => docker.listContainers({ all: true, filters: { label: [OWN] } });

/** The options that a container was created with, for others like it. */
function optionsOf({ Config, HostConfig }: Docker.ContainerInspectInfo): Docker.ContainerCreateOptions {
  const { Hostname: _id, ...config } = Config;
  const own = Object.entries(Config.Labels).filter(([name]) => name !== FAMILY_LABEL);
  return { ...config, Labels: { ...Object.fromEntries(own), [BARE_LABEL]: FAMILY }, HostConfig } as Docker.ContainerCreateOptions;
}

async function bare(options: Docker.ContainerCreateOptions, atOnce: number): Promise<number> {
  let left = REPLICAS;
  const worker = async () => {
    while (left-- > 0) await (await docker.createContainer(options)).start();
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: atOnce }, worker));
  const tookMs = performance.now() - beganMs;
  await removeContainers(docker, { label: [`${BARE_LABEL}=${FAMILY}`] });
  return tookMs;
}

const environment = {
  LONGSHORE_DOCKER_SOCKET: engine.socketPath,
  LONGSHORE_SERVICE_HEALTHY_AFTER_MS: '0',
  // What a round leaves behind shall not slow the engine down for the next.
  LONGSHORE_TASK_CLEANUP_WAIT_MS: '0',
  // More than 20 of the smallest tasks, on any machine.
  LONGSHORE_CPU: '4096',
  LONGSHORE_MEMORY_MIB: '4096',
};

await withInstallation([], environment, async ({ endpoint, credentials }) => {
  const client = new SignedClient({ endpoint, credentials });
  const containerDefinitions = [{ name: 'app', image, cpu: 16, memory: 32, command: COMMAND, stopTimeout: 2 }];
  await client.ecs('RegisterTaskDefinition', { family: FAMILY, containerDefinitions });
  let round = 0;
  let options: Docker.ContainerCreateOptions | undefined;
  const longshore = async () => {
    const serviceName = `bench-${++round}`;
    const beganMs = performance.now();
    await client.ecs('CreateService', { serviceName, taskDefinition: FAMILY, desiredCount: REPLICAS });
    await until('every replica runs', POLL_MS, async () => {
      const { services } = await client.ecs<Described>('DescribeServices', { services: [serviceName] });
      return services[0]!.runningCount === REPLICAS;
    });
    const tookMs = performance.now() - beganMs;
    options ??= optionsOf(await docker.getContainer((await ownContainers())[0]!.Id).inspect());
    await client.ecs('DeleteService', { service: serviceName, force: true });
    await until('its containers are gone', POLL_MS, async () => (await ownContainers()).length === 0);
    return tookMs;
  };
  await longshore(); // warm-up
  const trials = await interleaved(
    TRIALS,
    byConcurrency((atOnce) => bare(options!, atOnce)),
  );
  const best = AT_ONCE.toSorted((a, b) => median(trials[a]!) - median(trials[b]!))[0]!;
  console.log(
    `20 containers through dockerode: ${AT_ONCE.map((n) => `${n} at once ${Math.round(median(trials[n]!))} ms`).join(', ')}`,
  );
  const rounds = await interleaved(ROUNDS, { longshore, bare: () => bare(options!, best) });
  client.close();
  report(`service start: ${REPLICAS} replicas on one Docker Engine`, [
    {
      what: 'CreateService → all RUNNING',
      unit: 'ms',
      rounds: rounds.longshore,
      baseline: { what: `dockerode, ${best} at once`, rounds: rounds.bare },
      target: { timesBaseline: 1.1 },
    },
  ]);
});
await engine.stop();

function byConcurrency(contestant: (atOnce: number) => Promise<number>): Record<number, () => Promise<number>> {
  return Object.fromEntries(AT_ONCE.map((atOnce) => [atOnce, () => contestant(atOnce)]));
}
