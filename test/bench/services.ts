/**
 * The service scheduler at scale, with 100 simulated instances: how soon 1,000 replicas run, what a task that ends in a service of 1,000
 * costs the scheduler, and what 200 services cost it that nothing happens to. Baseline of the last: the scheduler of an installation
 * without services, at the same time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { interleaved, report } from './figures.js';
import { type Installation, withInstallation } from './installation.js';
import { processorSeconds } from './process-figures.js';
import { SignedClient } from './signed-client.js';
import { until } from './until.js';

const ROUNDS = 10;
const INSTANCES = 100;
const REPLICAS = 1_000;
const ENDS_A_ROUND = 40;
const IDLE_SERVICES = 200;
const IDLE_ROUND_MS = 3_000;
const POLL_MS = 10;

interface Counted {
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly status: string;
}

const schedulerOf = async ({ processes }: Installation): Promise<number> =>
  (await processes()).find(({ name }) => name === 'scheduler')!.pid;

class Services {
  private readonly client: SignedClient;

  constructor(installation: Installation) {
    this.client = new SignedClient(installation);
  }

  async register(): Promise<void> {
    const containerDefinitions = [{ name: 'app', image: 'longshore/hello', memory: 16, cpu: 1 }];
    await this.client.ecs('RegisterTaskDefinition', { family: 'bench', containerDefinitions });
  }

  create(serviceName: string, desiredCount: number): Promise<unknown> {
    return this.client.ecs('CreateService', { serviceName, taskDefinition: 'bench', desiredCount });
  }

  runs(service: string, count: number): Promise<void> {
    return until(`${count} tasks of ${service} run`, POLL_MS, async () => {
      const { runningCount, pendingCount } = await this.describe(service);
      return runningCount === count && pendingCount === 0;
    });
  }

  async delete(service: string): Promise<void> {
    await this.client.ecs('DeleteService', { service, force: true });
    await until(`${service} is deleted`, POLL_MS, async () => (await this.describe(service)).status === 'INACTIVE');
  }

  async tasks(service: string): Promise<string[]> {
    return (await this.client.ecs<{ taskArns: string[] }>('ListTasks', { serviceName: service })).taskArns;
  }

  /** Ends a task and waits until it is replaced. */
  async end(service: string, task: string): Promise<void> {
    await this.client.ecs('StopTask', { task });
    await until(`${task} has stopped`, POLL_MS, async () => {
      const { tasks } = await this.client.ecs<{ tasks: { lastStatus: string }[] }>('DescribeTasks', { tasks: [task] });
      return tasks[0]!.lastStatus === 'STOPPED';
    });
    await this.runs(service, REPLICAS);
  }

  close(): void {
    this.client.close();
  }

  private async describe(service: string): Promise<Counted> {
    return (await this.client.ecs<{ services: Counted[] }>('DescribeServices', { services: [service] })).services[0]!;
  }
}

const environment = { LONGSHORE_SERVICE_HEALTHY_AFTER_MS: '0' };
const args = ['--agents', '0', '--simulate', String(INSTANCES)];

await withInstallation(args, environment, async (installation) => {
  const services = new Services(installation);
  const scheduler = await schedulerOf(installation);
  await services.register();
  const start = async (round: number) => {
    const name = `many-${round}`;
    const beganMs = performance.now();
    await services.create(name, REPLICAS);
    await services.runs(name, REPLICAS);
    const tookMs = performance.now() - beganMs;
    await services.delete(name);
    return tookMs;
  };
  await start(-1); // warm-up
  const starts = await interleaved(ROUNDS, { start });

  await services.create('steady', REPLICAS);
  await services.runs('steady', REPLICAS);
  const end = async () => {
    const victims = (await services.tasks('steady')).slice(0, ENDS_A_ROUND);
    const before = processorSeconds(scheduler);
    for (const victim of victims) await services.end('steady', victim);
    return ((processorSeconds(scheduler) - before) * 1_000) / ENDS_A_ROUND;
  };
  await end(); // warm-up
  const ends = await interleaved(ROUNDS, { end });
  await services.delete('steady');

  for (let i = 0; i < IDLE_SERVICES; i++) await services.create(`idle-${i}`, 1);
  for (let i = 0; i < IDLE_SERVICES; i++) await services.runs(`idle-${i}`, 1);
  const idle = { with: [] as number[], without: [] as number[] };
  await withInstallation(['--agents', '0', '--simulate', String(INSTANCES)], environment, async (empty) => {
    const other = await schedulerOf(empty);
    await sleep(IDLE_ROUND_MS);
    for (let round = 0; round < ROUNDS; round++) {
      const before = { with: processorSeconds(scheduler), without: processorSeconds(other) };
      await sleep(IDLE_ROUND_MS);
      idle.with.push((100_000 * (processorSeconds(scheduler) - before.with)) / IDLE_ROUND_MS);
      idle.without.push((100_000 * (processorSeconds(other) - before.without)) / IDLE_ROUND_MS);
    }
  });
  services.close();
  report(`services: ${INSTANCES} simulated instances`, [
    {
      what: `CreateService → ${REPLICAS} tasks RUNNING`,
      unit: 'ms',
      rounds: starts.start,
      target: { atMost: 3_000 },
    },
    {
      what: `scheduler's processor time, a task of ${REPLICAS} is stopped and replaced`,
      unit: 'ms',
      rounds: ends.end,
      target: { atMost: 5 },
    },
    {
      what: `scheduler's processor, ${IDLE_SERVICES} idle services`,
      unit: '% of a core',
      rounds: idle.with,
      baseline: { what: 'no services', rounds: idle.without },
      target: { overBaseline: 0.4 },
    },
  ]);
});
