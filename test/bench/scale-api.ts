/**
 * What grows with a cluster and must not, as clients see it: 5,000 simulated instances with 50,000 tasks in services of 1,000 beside
 * 100 with 500, each a whole Longshore, round by round on both while instances come, drain and go, and snapshots are taken.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiRound, ApiRoundResult } from './api-clients.js';
import { type Child, startChild } from './child-process.js';
import { type Figure, report } from './figures.js';
import { type Installation, withInstallation } from './installation.js';
import { progress, ScaleCluster, simulating } from './scale-cluster.js';
import type { Call } from './signed-client.js';
import { median } from './statistics.js';

const ROUNDS = 10;
const ROUND_MS = 400;
const CHURN_MS = 100;

interface Size {
  readonly instances: number;
  readonly tasks: number;
  readonly replicas: number;
}
const SMALL: Size = { instances: 100, tasks: 500, replicas: 500 };
const LARGE: Size = {
  instances: Number(process.env.LONGSHORE_BENCH_INSTANCES ?? 5_000),
  tasks: Number(process.env.LONGSHORE_BENCH_TASKS ?? 50_000),
  replicas: 1_000,
};

interface Filled {
  readonly cluster: ScaleCluster;
  readonly instances: readonly string[];
  readonly tasks: readonly string[];
  readonly round: (calls: readonly Call[]) => Promise<ApiRoundResult>;
}

async function filled(installation: Installation, size: Size, child: Child): Promise<Filled> {
  const { endpoint, credentials } = installation;
  const cluster = new ScaleCluster(installation, size.replicas);
  await cluster.register();
  for (let tasks = Math.min(size.tasks, 10_000); tasks <= size.tasks; tasks += 10_000) {
    const rate = await cluster.fillTo(tasks);
    progress(`${tasks} tasks run on ${size.instances} instances; ${rate.toFixed(0)} /s`);
  }
  const { taskArns: tasks } = await cluster.client.ecs<{ taskArns: string[] }>('ListTasks', {});
  const { containerInstanceArns: instances } = await cluster.client.ecs<{ containerInstanceArns: string[] }>(
    'ListContainerInstances',
    {},
  );
  const load: ApiRound['load'] = { kind: 'closed', clients: 1, forMs: ROUND_MS };
  const round = (calls: readonly Call[]) =>
    child.call<ApiRoundResult>({ target: { endpoint, credentials }, calls, load } satisfies ApiRound);
  return { cluster, instances, tasks, round };
}

const READS: Readonly<Record<string, (on: Filled) => readonly Call[]>> = {
  DescribeTasks: ({ tasks }) => tasks.map((arn) => ['DescribeTasks', { tasks: [arn] }]),
  ListTasks: () => [['ListTasks', {}]],
  'ListTasks of a service': () => [['ListTasks', { serviceName: 's-1' }]],
  ListContainerInstances: () => [['ListContainerInstances', {}]],
  DescribeContainerInstances: ({ instances }) =>
    instances.map((arn) => ['DescribeContainerInstances', { containerInstances: [arn] }]),
  DescribeServices: () => [['DescribeServices', { services: ['s-1'] }]],
  'DescribeClusters with STATISTICS': () => [['DescribeClusters', { include: ['STATISTICS'] }]],
};

const runTask = (input: object) => (): readonly Call[] => [['RunTask', { taskDefinition: 'bench', ...input }]];
const RUNS: typeof READS = {
  RunTask: runTask({}),
  'RunTask, binpack': runTask({ placementStrategy: [{ type: 'binpack', field: 'memory' }] }),
  'RunTask, spread over instances': runTask({ placementStrategy: [{ type: 'spread', field: 'instanceId' }] }),
};

/** SDKs ask again, twice, when something is not available at the moment. */
async function asSdksDo<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 3 || !String(error).includes(' 503 ')) throw error;
    }
  }
}

/** Instances come and go, drain and come back, until it is told to end. */
function churn(all: readonly Filled[]): () => Promise<void> {
  let isOver = false;
  const one = async ({ cluster: { client }, instances }: Filled) => {
    const ask = <T>(operation: string, input: object) => asSdksDo(() => client.ecs<T>(operation, input));
    for (let n = 0; !isOver; n++) {
      const { containerInstance } = await ask<{ containerInstance: { containerInstanceArn: string } }>(
        'RegisterContainerInstance',
        { totalResources: [{ name: 'MEMORY', type: 'INTEGER', integerValue: 1_024 }] },
      );
      const containerInstances = [instances[n % instances.length]!];
      for (const status of ['DRAINING', 'ACTIVE']) await ask('UpdateContainerInstancesState', { containerInstances, status });
      await ask('DeregisterContainerInstance', {
        containerInstance: containerInstance.containerInstanceArn,
        force: true,
      });
      await sleep(CHURN_MS);
    }
  };
  const ended = Promise.all(all.map(one));
  // It is told at the end; until then nobody listens, and what runs has to be taken down.
  ended.catch(() => undefined);
  return async () => {
    isOver = true;
    await ended;
  };
}

async function beside(small: Filled, large: Filled, what: string, calls: (on: Filled) => readonly Call[]): Promise<Figure[]> {
  const rounds = { small: [] as ApiRoundResult[], large: [] as ApiRoundResult[] };
  for (let round = 0; round < ROUNDS; round++) {
    rounds.small.push(await small.round(calls(small)));
    rounds.large.push(await large.round(calls(large)));
  }
  const p50 = (of: readonly ApiRoundResult[]) => of.map(({ p50Ms }) => p50Ms);
  const p99 = rounds.large.map(({ p99Ms }) => p99Ms);
  const isRun = what in RUNS;
  progress(`${what}: p50 ${median(p50(rounds.large)).toFixed(2)} ms, small ${median(p50(rounds.small)).toFixed(2)} ms`);
  return [
    {
      what: `${what}, p50`,
      unit: 'ms',
      rounds: p50(rounds.large),
      baseline: { what: 'small', rounds: p50(rounds.small) },
      target: { timesBaseline: isRun ? 1.3 : 1.2 },
    },
    {
      what: '… p99',
      unit: 'ms',
      rounds: p99,
      baseline: isRun
        ? { what: 'small', rounds: rounds.small.map(({ p99Ms }) => p99Ms) }
        : { what: 'its p50', rounds: p50(rounds.large) },
      target: isRun ? { atMost: 25 } : { timesBaseline: 3 },
    },
  ];
}

const children = [startChild('./api-clients.js'), startChild('./api-clients.js')] as const;
try {
  await withInstallation(simulating(LARGE.instances), {}, async (ofLarge) => {
    const large = await filled(ofLarge, LARGE, children[0]);
    await withInstallation(simulating(SMALL.instances), {}, async (ofSmall) => {
      const small = await filled(ofSmall, SMALL, children[1]);
      const figures: Figure[] = [];
      const endOfChurn = churn([small, large]);
      for (const [what, calls] of Object.entries(READS)) figures.push(...(await beside(small, large, what, calls)));
      await endOfChurn();
      for (const [what, calls] of Object.entries(RUNS)) figures.push(...(await beside(small, large, what, calls)));
      small.cluster.close();
      const sizeOf = ({ instances, tasks }: Size) => `${instances} instances, ${tasks} tasks`;
      report(`scale, through the API: ${sizeOf(LARGE)}; small: ${sizeOf(SMALL)}`, figures);
    });
    large.cluster.close();
  });
} finally {
  for (const child of children) await child.end();
}
