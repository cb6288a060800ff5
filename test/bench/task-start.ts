/**
 * From RunTask to a DescribeTasks that says RUNNING, on a real Docker Engine. Baseline: create and start of the same container through
 * dockerode. In `awsvpc` mode the baseline is the same task in bridge mode.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultNetwork } from '../../apps/network/src/domain/default-network.js';
import { DEFAULT_REGION, FIRST_ACCOUNT } from '../../apps/launcher/src/host/secrets.js';
import type { Scope } from '#lib/kernel';
import { findOrStartDockerd, makeTestImage } from '../support/docker.js';
import { createAndStart, IDLE_COMMAND, IDLE_MEMORY_MIB } from './bare-container.js';
import { interleaved, report } from './figures.js';
import { withInstallation } from './installation.js';
import { SignedClient } from './signed-client.js';

const ROUNDS = 12;
const POLL_MS = 5;
const GIVE_UP_MS = 15_000;

interface Described {
  readonly tasks: readonly { readonly taskArn: string; readonly lastStatus: string; readonly stoppedReason?: string }[];
  readonly failures?: readonly object[];
}

const engine = await findOrStartDockerd();
const { docker } = engine;
const image = await makeTestImage(docker);

const bare = () => createAndStart(docker, image);

await withInstallation([], { LONGSHORE_DOCKER_SOCKET: engine.socketPath }, async ({ endpoint, credentials }) => {
  const client = new SignedClient({ endpoint, credentials });
  const untilStatus = async (taskArn: string, status: string) => {
    const giveUpMs = performance.now() + GIVE_UP_MS;
    for (;;) {
      const task = (await client.ecs<Described>('DescribeTasks', { tasks: [taskArn] })).tasks[0]!;
      if (task.lastStatus === status) return;
      if (task.lastStatus === 'STOPPED' || performance.now() > giveUpMs)
        throw new Error(`${taskArn} is ${task.lastStatus}, not ${status}: ${task.stoppedReason ?? 'no reason'}`);
      await sleep(POLL_MS);
    }
  };
  const containerDefinitions = [{ name: 'app', image, memory: IDLE_MEMORY_MIB, command: IDLE_COMMAND, stopTimeout: 2 }];
  await client.ecs('RegisterTaskDefinition', { family: 'bench', containerDefinitions });
  await client.ecs('RegisterTaskDefinition', { family: 'own-network', networkMode: 'awsvpc', containerDefinitions });
  const { id: subnet } = defaultNetwork({ accountId: FIRST_ACCOUNT, region: DEFAULT_REGION } as Scope).find(
    ({ kind }) => kind === 'subnet',
  )!;
  const runTask = async (input: object) => {
    const beganMs = performance.now();
    const { tasks, failures } = await client.ecs<Described>('RunTask', input);
    if (failures?.length) throw new Error(JSON.stringify(failures));
    const { taskArn } = tasks[0]!;
    await untilStatus(taskArn, 'RUNNING');
    const tookMs = performance.now() - beganMs;
    await client.ecs('StopTask', { task: taskArn });
    await untilStatus(taskArn, 'STOPPED');
    return tookMs;
  };
  const longshore = () => runTask({ taskDefinition: 'bench' });
  const networkConfiguration = { awsvpcConfiguration: { subnets: [subnet] } };
  const awsvpc = () => runTask({ taskDefinition: 'own-network', networkConfiguration });
  await bare(); // warm-up
  await longshore();
  await awsvpc();
  const rounds = await interleaved(ROUNDS, { longshore, bare, awsvpc });
  client.close();
  report('task-start: RunTask → RUNNING', [
    {
      what: 'RunTask → RUNNING',
      unit: 'ms',
      rounds: rounds.longshore,
      baseline: { what: 'create and start through dockerode', rounds: rounds.bare },
      target: { overBaseline: 80 },
    },
    {
      what: 'RunTask → RUNNING in awsvpc mode',
      unit: 'ms',
      rounds: rounds.awsvpc,
      baseline: { what: 'the same task in bridge mode', rounds: rounds.longshore },
      target: { overBaseline: 120 },
    },
  ]);
});
await engine.stop();
