import { type Child, startChild } from './child-process.js';
import type { ApiRound, ApiRoundResult } from './api-clients.js';
import { withInstallation } from './installation.js';
import { SignedClient, type Call } from './signed-client.js';
import { until } from './until.js';

export const SIMULATED_INSTANCES = 200;

/** A Longshore with 200 simulated instances and a small task definition `bench`. */
export interface Fleet {
  readonly client: SignedClient;
  /** One round by clients in a process of their own. */
  readonly round: (calls: readonly Call[], load: ApiRound['load']) => Promise<ApiRoundResult>;
  /** Until every task that was started is RUNNING: the next round shall not pay for the last one. */
  readonly settled: () => Promise<void>;
}

export async function withFleet(work: (fleet: Fleet) => Promise<void>): Promise<void> {
  const args = ['--simulate', String(SIMULATED_INSTANCES), '--agents', '0'];
  await withInstallation(args, {}, async ({ endpoint, credentials }) => {
    const target = { endpoint, credentials };
    const client = new SignedClient(target);
    const child: Child = startChild('./api-clients.js');
    const containerDefinitions = [{ name: 'app', image: 'longshore/hello', memory: 16, cpu: 1, essential: true }];
    await client.ecs('RegisterTaskDefinition', { family: 'bench', containerDefinitions });
    try {
      await work({
        client,
        round: (calls, load) => child.call({ target, calls, load } satisfies ApiRound),
        settled: () => settled(client),
      });
    } finally {
      await child.end();
      client.close();
    }
  });
}

const settled = (client: SignedClient): Promise<void> =>
  until('no task is pending', 20, async () => {
    const { clusters } = await client.ecs<{ clusters: { pendingTasksCount: number }[] }>('DescribeClusters', {});
    return clusters[0]!.pendingTasksCount === 0;
  });
