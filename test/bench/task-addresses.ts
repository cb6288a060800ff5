/**
 * A thousand starts and stops of tasks in `awsvpc` mode on one host, a hundred at a time, each hundred begun while the last one ends: whether two
 * tasks ever have one address, as the API tells it and in the network namespaces of their pause containers.
 */
import { execFileSync } from 'node:child_process';
import { defaultNetwork } from '../../apps/network/src/domain/default-network.js';
import { DEFAULT_REGION, FIRST_ACCOUNT } from '../../apps/launcher/src/host/secrets.js';
import type { Scope } from '#lib/kernel';
import { labels } from '../../apps/agent/src/domain/container-spec.js';
import { PAUSE } from '../../apps/agent/src/domain/pause-spec.js';
import { findOrStartDockerd, makeTestImage } from '../support/docker.js';
import { IDLE_COMMAND } from './bare-container.js';
import { type Figure, perSecond, report } from './figures.js';
import { withInstallation } from './installation.js';
import { SignedClient } from './signed-client.js';
import { until } from './until.js';

const ROUNDS = 10;
const TASKS = 100;
const A_CALL = 10;

interface Task {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly stoppedReason?: string;
  readonly attachments: readonly { readonly details: readonly { readonly name: string; readonly value: string }[] }[];
}
interface Tasks {
  readonly tasks: readonly Task[];
  readonly failures?: readonly object[];
}

const engine = await findOrStartDockerd();
const { docker } = engine;
const image = await makeTestImage(docker);

/** How many of these are of more than one. */
const shared = (addresses: readonly string[]): number => addresses.length - new Set(addresses).size;

/** As the kernel has them, in whatever network namespaces of tasks there are. */
async function addressesOnHost(): Promise<readonly string[]> {
  const filters = { label: [`${labels.containerName}=${PAUSE}`], status: ['running'] };
  const addresses: string[] = [];
  for (const { Id } of await docker.listContainers({ filters })) {
    const { Pid } = (await docker.getContainer(Id).inspect()).State;
    if (Pid === 0) continue;
    try {
      const shown = execFileSync('nsenter', ['-t', String(Pid), '-n', 'ip', '-json', '-4', 'addr'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const links = JSON.parse(shown.toString()) as { ifname?: string; addr_info: { local: string }[] }[];
      for (const { ifname, addr_info } of links)
        if (ifname !== undefined && ifname !== 'lo') addresses.push(...addr_info.map(({ local }) => local));
    } catch {
      // It has ended meanwhile.
    }
  }
  return addresses;
}

await withInstallation([], { LONGSHORE_DOCKER_SOCKET: engine.socketPath }, async ({ endpoint, credentials }) => {
  const client = new SignedClient({ endpoint, credentials });
  const { id: subnet } = defaultNetwork({ accountId: FIRST_ACCOUNT, region: DEFAULT_REGION } as Scope).find(
    ({ kind }) => kind === 'subnet',
  )!;
  await client.ecs('RegisterTaskDefinition', {
    family: 'address',
    networkMode: 'awsvpc',
    containerDefinitions: [{ name: 'app', image, memory: 8, command: IDLE_COMMAND, stopTimeout: 2 }],
  });
  const describe = async (taskArns: readonly string[]) => (await client.ecs<Tasks>('DescribeTasks', { tasks: taskArns })).tasks;
  const start = async (): Promise<readonly string[]> => {
    const taskArns: string[] = [];
    for (let call = 0; call < TASKS / A_CALL; call++) {
      const { tasks, failures } = await client.ecs<Tasks>('RunTask', {
        taskDefinition: 'address',
        count: A_CALL,
        networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
      });
      if (failures?.length) throw new Error(JSON.stringify(failures));
      taskArns.push(...tasks.map(({ taskArn }) => taskArn));
    }
    return taskArns;
  };
  const untilAll = (taskArns: readonly string[], status: string) =>
    until(`${taskArns.length} tasks ${status}`, 250, async () => {
      const tasks = await describe(taskArns);
      const over = status === 'RUNNING' && tasks.find(({ lastStatus }) => lastStatus === 'STOPPED');
      if (over) throw new Error(over.stoppedReason);
      return tasks.every(({ lastStatus }) => lastStatus === status);
    });

  const [told, there, rate]: [number[], number[], number[]] = [[], [], []];
  let last: readonly string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const beganMs = performance.now();
    const taskArns = await start();
    await untilAll(taskArns, 'RUNNING');
    rate.push(perSecond(TASKS, beganMs));
    there.push(shared(await addressesOnHost()));
    const living = (await Promise.all([last, taskArns].filter((some) => some.length > 0).map(describe))).flat();
    const details = living
      .filter(({ lastStatus }) => lastStatus !== 'STOPPED')
      .flatMap(({ attachments }) => attachments[0]?.details ?? []);
    told.push(shared(details.filter(({ name }) => name === 'privateIPv4Address').map(({ value }) => value)));
    if (last.length > 0) await untilAll(last, 'STOPPED');
    for (const task of taskArns) await client.ecs('StopTask', { task });
    last = taskArns;
  }
  await untilAll(last, 'STOPPED');
  client.close();
  const none = (what: string, rounds: number[]): Figure => ({
    what,
    unit: 'addresses',
    rounds: [Math.max(...rounds)],
    target: { atMost: 0 },
  });
  report(`${ROUNDS * TASKS} starts and stops in awsvpc mode, ${TASKS} at a time`, [
    none('that two living tasks were told to have, at most', told),
    none('that two network namespaces had, at most', there),
    { what: 'started, while a hundred others were stopped', unit: 'tasks/s', rounds: rate },
  ]);
});
await engine.stop();
