import fc from 'fast-check';
import { containerInstance, runningTask, scope, world } from '../../../../test/support/placement-world.js';
import { ecsQueries } from '../domain.js';
import { taskDefinitionArn } from '../model/ids.js';
import type { QueryRule } from '../model/rules.js';
import type { Task } from '../model/task.js';

const AT = '2026-11-22T10:00:00.000Z';
const instances = [0, 1, 2].map((n) => containerInstance(n));

interface Parts {
  readonly on: number;
  readonly family: string;
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly status: readonly [desired: 'RUNNING' | 'STOPPED', last: 'PENDING' | 'RUNNING' | 'STOPPED'];
}

const parts: fc.Arbitrary<Parts> = fc.record({
  on: fc.nat(2),
  family: fc.constantFrom('web', 'api'),
  group: fc.constantFrom('family:web', 'custom'),
  startedBy: fc.constantFrom(undefined, 'me', 'ecs-svc/1'),
  status: fc.constantFrom(
    ['RUNNING', 'PENDING'] as const,
    ['RUNNING', 'RUNNING'] as const,
    ['STOPPED', 'RUNNING'] as const,
    ['STOPPED', 'STOPPED'] as const,
  ),
});

const filters = fc.record(
  {
    containerInstance: fc.constantFrom(...instances.map(({ containerInstanceArn }) => containerInstanceArn)),
    family: fc.constantFrom('web', 'api', 'none'),
    startedBy: fc.constantFrom('me', 'ecs-svc/1', 'nobody'),
    desiredStatus: fc.constantFrom('RUNNING', 'STOPPED'),
    launchType: fc.constantFrom('EC2', 'EXTERNAL'),
  },
  { requiredKeys: [] },
);

const taskOf = (n: number, { on, family, group, startedBy, status: [desiredStatus, lastStatus] }: Parts): Task => ({
  ...runningTask(n, instances[on]!, group),
  taskDefinitionArn: taskDefinitionArn(scope, family, n + 1),
  ...(startedBy === undefined ? {} : { startedBy }),
  desiredStatus,
  lastStatus,
});

const asked = (state: object, name: string, input: object) =>
  (ecsQueries[name] as unknown as (...given: unknown[]) => ReturnType<QueryRule<unknown>>)(state, input, { ...scope, at: AT });

describe('what is listed and counted, whatever tasks there are and were', () => {
  it('is what a walk over all tasks finds, page by page', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(parts, parts, fc.boolean()), { maxLength: 25 }),
        filters,
        fc.integer({ min: 1, max: 4 }),
        (all, filter, maxResults) => {
          const tasks = all.map(([before], n) => taskOf(n, before));
          const state = world({ instances, tasks });
          // Orders the lists before tasks change and go.
          asked(state, 'ListTasks', filter);
          const later: Task[] = [];
          all.forEach(([, { status }, isGone], n) => {
            const [desiredStatus, lastStatus] = status;
            const task: Task = { ...tasks[n]!, desiredStatus, lastStatus };
            if (isGone) state.tasks.delete(task.taskArn);
            else state.tasks.put(task.taskArn, task);
            if (!isGone) later.push(task);
          });
          const { containerInstance: on, family, startedBy, desiredStatus = 'RUNNING', launchType } = filter;
          const wanted = later.filter(
            (task) =>
              task.desiredStatus === desiredStatus &&
              (!on || task.containerInstanceArn === on) &&
              (!family || task.taskDefinitionArn.includes(`/${family}:`)) &&
              (!startedBy || task.startedBy === startedBy) &&
              (!launchType || task.launchType === launchType),
          );
          const listed: string[] = [];
          let nextToken: string | undefined;
          do {
            const page = asked(state, 'ListTasks', { ...filter, maxResults, ...(nextToken ? { nextToken } : {}) });
            ({ nextToken } = page as { nextToken?: string });
            listed.push(...(page as { taskArns: string[] }).taskArns);
          } while (nextToken);
          expect(listed).toEqual(wanted.map(({ taskArn }) => taskArn).sort());

          const { clusters } = asked(state, 'DescribeClusters', { include: ['STATISTICS'] }) as {
            clusters: { statistics: { name: string; value: string }[] }[];
          };
          const running = later.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
          expect(clusters[0]!.statistics).toContainEqual({ name: 'runningEC2TasksCount', value: String(running) });
        },
      ),
    );
  });
});
