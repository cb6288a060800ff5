/**
 * From a killed container of a service to a replacement that DescribeTasks calls RUNNING, on a real Docker Engine. Baseline: create and
 * start of the same container through dockerode.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { findOrStartDockerd, makeTestImage } from '../support/docker.js';
import { createAndStart, IDLE_COMMAND, IDLE_MEMORY_MIB } from './bare-container.js';
import { interleaved, report } from './figures.js';
import { withInstallation } from './installation.js';
import { SignedClient } from './signed-client.js';

const ROUNDS = 12;
const POLL_MS = 5;
const GIVE_UP_MS = 15_000;

interface Task {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly containers: readonly { readonly runtimeId: string }[];
}

const engine = await findOrStartDockerd();
const { docker } = engine;
const image = await makeTestImage(docker);

const bare = () => createAndStart(docker, image);

/** A task is healthy as soon as it runs: a service whose tasks die before they are healthy waits longer and longer. */
const environment = { LONGSHORE_DOCKER_SOCKET: engine.socketPath, LONGSHORE_SERVICE_HEALTHY_AFTER_MS: '0' };

await withInstallation([], environment, async ({ endpoint, credentials }) => {
  const client = new SignedClient({ endpoint, credentials });
  const runningBeside = async (killed: string | undefined): Promise<Task | undefined> => {
    const { taskArns } = await client.ecs<{ taskArns: string[] }>('ListTasks', { serviceName: 'bench' });
    const tasks = taskArns.filter((taskArn) => taskArn !== killed);
    if (tasks.length === 0) return undefined;
    const described = await client.ecs<{ tasks: Task[] }>('DescribeTasks', { tasks });
    return described.tasks.find(({ lastStatus }) => lastStatus === 'RUNNING');
  };
  const untilRunning = async (killed?: string): Promise<Task> => {
    const giveUpMs = performance.now() + GIVE_UP_MS;
    for (;;) {
      const task = await runningBeside(killed);
      if (task) return task;
      if (performance.now() > giveUpMs)
        throw new Error(`no task of the service runs${killed ? ` in the place of ${killed}` : ''}`);
      await sleep(POLL_MS);
    }
  };
  const containerDefinitions = [{ name: 'app', image, memory: IDLE_MEMORY_MIB, command: IDLE_COMMAND, stopTimeout: 2 }];
  await client.ecs('RegisterTaskDefinition', { family: 'bench', containerDefinitions });
  await client.ecs('CreateService', { serviceName: 'bench', taskDefinition: 'bench', desiredCount: 1 });
  let task = await untilRunning();
  const healing = async () => {
    const beganMs = performance.now();
    const killing = docker.getContainer(task.containers[0]!.runtimeId).kill();
    task = await untilRunning(task.taskArn);
    const tookMs = performance.now() - beganMs;
    await killing;
    return tookMs;
  };
  await bare(); // warm-up
  await healing();
  const rounds = await interleaved(ROUNDS, { healing, bare });
  client.close();
  report('healing: container killed → replacement RUNNING', [
    {
      what: 'killed → replacement RUNNING',
      unit: 'ms',
      rounds: rounds.healing,
      baseline: { what: 'create and start through dockerode', rounds: rounds.bare },
      target: { overBaseline: 200 },
    },
  ]);
});
await engine.stop();
