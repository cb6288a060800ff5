/**
 * RunTask through the gateway, the scheduler, the writer and the journal on disk, with 200 simulated instances that start and report
 * the tasks at the same time. Baseline: ListClusters through the same gateway, which is the way there and back and one read.
 */
import { interleaved, report } from './figures.js';
import { withFleet } from './fleet.js';
import type { Call } from './signed-client.js';

const ROUNDS = 10;
const CLIENTS = 16;
const RUN_TASK: Call = ['RunTask', { taskDefinition: 'bench' }];
const READ: Call = ['ListClusters', {}];

await withFleet(async ({ round, settled }) => {
  const many = (call: Call, forMs: number) => round([call], { kind: 'closed', clients: CLIENTS, forMs });
  const one = (call: Call, forMs: number) => round([call], { kind: 'closed', clients: 1, forMs });
  await many(RUN_TASK, 1_500); // warm-up
  await settled();
  const rounds = await interleaved(ROUNDS, {
    runs: async () => {
      const { perSecond } = await many(RUN_TASK, 1_000);
      await settled();
      return perSecond;
    },
    reads: async () => (await many(READ, 400)).perSecond,
    run: async () => {
      const { p50Ms } = await one(RUN_TASK, 500);
      await settled();
      return p50Ms;
    },
    read: async () => (await one(READ, 250)).p50Ms,
  });
  report('RunTask API, 200 simulated instances', [
    {
      what: `RunTask, ${CLIENTS} clients`,
      unit: 'calls/s',
      rounds: rounds.runs,
      baseline: { what: 'ListClusters', rounds: rounds.reads },
      target: { atLeast: 400 },
    },
    {
      what: 'RunTask, 1 client, p50',
      unit: 'ms',
      rounds: rounds.run,
      baseline: { what: 'ListClusters', rounds: rounds.read },
      target: { atMost: 12 },
    },
  ]);
});
