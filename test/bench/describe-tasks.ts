/**
 * DescribeTasks of one task while 10,000 run on 200 simulated instances. Baseline: ListClusters through the same gateway, at the same
 * load.
 */
import { interleaved, report } from './figures.js';
import { withFleet } from './fleet.js';
import type { Call } from './signed-client.js';

const ROUNDS = 10;
const TASKS = 10_000;
const PER_SECOND = 200;
const READ: readonly Call[] = [['ListClusters', {}]];

await withFleet(async ({ client, round, settled }) => {
  const describes: Call[] = [];
  const starter = async () => {
    while (describes.length < TASKS) {
      const { tasks } = await client.ecs<{ tasks: { taskArn: string }[] }>('RunTask', { taskDefinition: 'bench', count: 10 });
      for (const { taskArn } of tasks) describes.push(['DescribeTasks', { tasks: [taskArn] }]);
    }
  };
  await Promise.all(Array.from({ length: 8 }, starter));
  await settled();
  const one = (calls: readonly Call[], forMs: number) => round(calls, { kind: 'closed', clients: 1, forMs });
  const open = (calls: readonly Call[], forMs: number) => round(calls, { kind: 'open', perSecond: PER_SECOND, forMs });
  await one(describes, 500); // warm-up
  const rounds = await interleaved(ROUNDS, {
    describe: async () => (await one(describes, 500)).p50Ms,
    read: async () => (await one(READ, 250)).p50Ms,
    describes: async () => (await open(describes, 1_500)).p99Ms,
    reads: async () => (await open(READ, 750)).p99Ms,
  });
  report(`DescribeTasks at ${describes.length.toLocaleString('en')} tasks`, [
    {
      what: '1 client, p50',
      unit: 'ms',
      rounds: rounds.describe,
      baseline: { what: 'ListClusters', rounds: rounds.read },
      target: { atMost: 3 },
    },
    {
      what: `${PER_SECOND} requests/s, open loop, p99`,
      unit: 'ms',
      rounds: rounds.describes,
      baseline: { what: 'ListClusters', rounds: rounds.reads },
      target: { atMost: 15 },
    },
  ]);
});
