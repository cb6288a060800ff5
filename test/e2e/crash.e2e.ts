import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandOutput,
  StopTaskCommand,
  type Task,
  paginateListTasks,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Longshore, eventually, startLongshore } from '../support/longshore.js';
import { forever, oneContainer } from './task-definitions.js';

const VICTIMS = ['gateway', 'state-store', 'scheduler', 'health-monitor', 'agent', 'nats-server', 'supervisor'] as const;

/** Task ids come from tokens: another run on the same engine must not make the same ones. */
const runId = randomUUID().slice(0, 8);

/** Everything that was acknowledged, as a user would have written it down. */
interface Ledger {
  /** startedBy → the tasks that RunTask answered, over all calls with the token. */
  readonly runs: Map<string, readonly string[]>;
  readonly stopped: Set<string>;
  readonly definitions: Set<string>;
}

/** SIGKILL to each process in turn while tasks start and stop. Nothing acknowledged is lost, nothing runs twice, nothing is left over. */
describe('kill -9', () => {
  let longshore: Longshore;
  /** Without the SDK's retries: what is retried, and with which token, is the test's to say. */
  let ecs: ECSClient;
  /** Process → how often it was killed since the supervisor started. */
  const killed = new Map<string, number>();
  const ledger: Ledger = { runs: new Map(), stopped: new Set(), definitions: new Set() };

  /** Until it is acknowledged, as a user's script would; a refusal (4xx) is an answer and fails the test. */
  async function acknowledged<T>(what: string, send: () => Promise<T>): Promise<T> {
    const outcome = await eventually(`${what} is acknowledged`, () =>
      send().then(
        (answer) => ({ answer }),
        (error: unknown) => {
          if (isRefusal(error)) return { refusal: error };
          throw error;
        },
      ),
    );
    if ('refusal' in outcome) throw new Error(`${what} was refused`, { cause: outcome.refusal });
    return outcome.answer;
  }

  async function run(startedBy: string, count: number, taskDefinition = 'sleeper'): Promise<readonly string[]> {
    const request = new RunTaskCommand({ taskDefinition, count, startedBy, clientToken: `${runId}-${startedBy}` });
    const { tasks, failures } = await acknowledged<RunTaskCommandOutput>(`RunTask ${startedBy}`, () => ecs.send(request));
    expect({ startedBy, failures, tasks: tasks?.length }).toEqual({ startedBy, failures: [], tasks: count });
    const arns = tasks!.map(({ taskArn }) => taskArn!);
    ledger.runs.set(startedBy, arns);
    return arns;
  }

  async function stop(task: string): Promise<void> {
    await acknowledged(`StopTask ${task}`, () => ecs.send(new StopTaskCommand({ task, reason: 'enough' })));
    ledger.stopped.add(task);
  }

  async function register(family: string): Promise<void> {
    const request = new RegisterTaskDefinitionCommand(oneContainer(family, 'true'));
    const { taskDefinition } = await acknowledged(`RegisterTaskDefinition ${family}`, () => ecs.send(request));
    ledger.definitions.add(taskDefinition!.taskDefinitionArn!);
  }

  const everything = () => [...ledger.runs.values()].flat();

  async function describeAll(): Promise<Map<string, Task>> {
    const found = new Map<string, Task>();
    for (let from = 0; from < everything().length; from += 100) {
      const request = new DescribeTasksCommand({ tasks: everything().slice(from, from + 100) });
      const { tasks, failures } = await acknowledged('DescribeTasks', () => ecs.send(request));
      expect(failures).toEqual([]);
      for (const task of tasks!) found.set(task.taskArn!, task);
    }
    return found;
  }

  /** Every task is where it was told to be, and the engine agrees: one running container for each running task, none besides. */
  async function settled(): Promise<void> {
    await eventually(
      'tasks and containers are what was asked for',
      async () => {
        const tasks = await describeAll();
        const strays = [...tasks].filter(([arn, task]) => task.lastStatus !== (mustEnd(arn, ledger) ? 'STOPPED' : 'RUNNING'));
        if (strays.length > 0) throw new Error(strays.map(([arn, task]) => `${arn} is ${task.lastStatus}`).join(', '));
        const running = (await longshore.containers()).filter((container) => container.running).map(({ taskArn }) => taskArn);
        expect(running.toSorted()).toEqual([...tasks.keys()].filter((arn) => !mustEnd(arn, ledger)).toSorted());
        return true;
      },
      45_000,
    );
  }

  async function audit(): Promise<void> {
    for (const [startedBy, arns] of ledger.runs) {
      const listed: string[] = [];
      for (const desiredStatus of ['RUNNING', 'STOPPED'] as const)
        for await (const page of paginateListTasks({ client: longshore.ecs }, { startedBy, desiredStatus }))
          listed.push(...page.taskArns!);
      expect({ startedBy, listed: listed.toSorted() }).toEqual({ startedBy, listed: [...arns].toSorted() });
    }
    for (const taskDefinition of ledger.definitions)
      await longshore.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
    // One container ever, running or exited, for each task that got as far.
    const counts = new Map<string, number>();
    for (const { taskArn } of await longshore.containers()) counts.set(taskArn, (counts.get(taskArn) ?? 0) + 1);
    expect([...counts].filter(([taskArn, count]) => count > 1 || !everything().includes(taskArn))).toEqual([]);
    for (const task of (await describeAll()).values())
      if (task.startedBy!.startsWith('brief'))
        expect(task).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ exitCode: 3 }] });
  }

  /** A killed neighbour, or a broker that is away, is no reason for another process to end. */
  async function nobodyElseEnded(): Promise<void> {
    const { processes } = await longshore.status();
    const crashed = processes!.filter(({ crashes }) => crashes > 0).map(({ name, crashes }) => [name, crashes] as const);
    expect(new Map(crashed)).toEqual(killed);
    const logs = readdirSync(join(longshore.data, 'logs')).map((name) =>
      readFileSync(join(longshore.data, 'logs', name), 'utf8'),
    );
    expect(logs.flatMap((log) => log.split('\n').filter((line) => line.includes('"cannot go on"')))).toEqual([]);
  }

  beforeAll(async () => {
    longshore = await startLongshore();
    ecs = longshore.client({ maxAttempts: 1 });
    await ecs.send(new RegisterTaskDefinitionCommand(oneContainer('sleeper', forever)));
    await ecs.send(new RegisterTaskDefinitionCommand(oneContainer('brief', 'sleep 0.3; exit 3')));
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it.each(VICTIMS)(
    'of %s, while tasks start and stop',
    async (victim) => {
      const before = await run(`before-${victim}`, 3);
      const inFlight = [
        run(`during-${victim}`, 2),
        run(`brief-${victim}`, 2, 'brief'),
        stop(before[0]!),
        register(`family-${victim}`),
      ];
      // Some of it is under way, some acknowledged, some not even received.
      await Promise.race(inFlight);
      await longshore.kill9(victim);
      if (victim === 'supervisor') killed.clear();
      else killed.set(victim, (killed.get(victim) ?? 0) + 1);
      const inTheOutage = [run(`after-${victim}`, 2), stop(before[1]!), register(`family-${victim}`)];
      if (victim === 'supervisor') await longshore.up();
      await Promise.all([...inFlight, ...inTheOutage]);
      await longshore.ready();
      await settled();
      await audit();
      await nobodyElseEnded();
    },
    90_000,
  );

  it('of the scheduler at any moment of a RunTask: the same token places once', async () => {
    // From "not yet received" to "placed and not yet answered".
    for (const delayMs of [0, 10, 25]) {
      const pid = (await longshore.status()).processes!.find(({ name }) => name === 'scheduler')!.process!.pid;
      const placed = run(`token-${delayMs}`, 3);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      process.kill(pid, 'SIGKILL');
      const first = await placed;
      expect(await run(`token-${delayMs}`, 3)).toEqual(first);
      await longshore.ready();
    }
    await settled();
    await audit();
  }, 90_000);
});

const mustEnd = (task: string, ledger: Ledger): boolean =>
  ledger.stopped.has(task) || [...ledger.runs].some(([startedBy, arns]) => startedBy.startsWith('brief') && arns.includes(task));

const isRefusal = (error: unknown): boolean =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 400;
