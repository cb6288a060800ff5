import { seededRandom, silentLogger } from '#lib/platform';
import { ScalingWorld } from '../../../../test/support/scaling-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import type { ScheduledRun } from '../domain/rules/model.js';
import type { Tried } from './ecs-tasks.js';
import { RuleLoop } from './rule-loop.js';

const TARGET = {
  Id: 'report',
  Arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default',
  EcsParameters: { TaskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/report' },
};
const MINUTE_MS = 60_000;

/** Ends at its step of that number, as a process does: what it was about to do, or had just done, has no answer any more. */
interface Crash {
  readonly step: number;
  readonly when: 'before' | 'after';
}

/** The `scaling` journal, and an ECS that knows its tokens. */
class Installation {
  readonly clock = new VirtualClock();
  readonly scaling = new ScalingWorld();
  /** Token → tasks that were started for it. */
  readonly started = new Map<string, number>();
  tries = 0;
  answer: (run: ScheduledRun) => Tried | undefined = () => undefined;

  constructor() {
    this.scaling.now = this.clock.now();
    this.scaling.ok('PutRule', { Name: 'nightly', ScheduleExpression: 'rate(1 minute)' });
    this.scaling.ok('PutTargets', { Rule: 'nightly', Targets: [TARGET, { ...TARGET, Id: 'other' }] });
  }

  private runTask(run: ScheduledRun): Tried {
    this.tries++;
    const refused = this.answer(run);
    if (refused) return refused;
    if (!this.started.has(run.id)) this.started.set(run.id, 1);
    return { taskArns: [`task-${run.id}`] };
  }

  replica(crash?: Crash): RuleLoop {
    const { clock, scaling } = this;
    let steps = 0;
    const step = async <T>(act: () => T): Promise<T> => {
      const isLast = crash !== undefined && steps++ >= crash.step;
      if (isLast && (crash.when === 'before' || steps > crash.step + 1)) return new Promise<never>(() => undefined);
      const done = act();
      return isLast ? new Promise<never>(() => undefined) : done;
    };
    return new RuleLoop({
      fold: { state: scaling.state, nowMs: () => Math.max(clock.now(), scaling.now), subscribe: () => () => undefined },
      tasks: { run: (run) => step(() => this.runTask(run)) },
      send: ({ name, input }) =>
        step(() => {
          scaling.now = Math.max(scaling.now, clock.now());
          const { output } = scaling.command(name, input) as { output: unknown };
          return { output, revision: scaling.commits.length };
        }),
      clock,
      random: seededRandom(1),
      logger: silentLogger,
    });
  }

  count(type: string): number {
    const events = this.scaling.commits.flatMap(({ transactions }) => transactions.flatMap((one) => one.events));
    return events.filter((one) => one.type === type).length;
  }
}

describe('the loop of rules', () => {
  let world: Installation;
  beforeEach(() => {
    world = new Installation();
  });

  it('runs the tasks of each moment once', async () => {
    const loop = world.replica();
    await loop.round();
    expect(world.tries).toBe(0);
    for (let second = 0; second <= 180; second++) {
      await world.clock.advance(1_000);
      await loop.round();
    }
    expect(world.count('RuleTriggered')).toBe(3);
    expect(world.started.size).toBe(6);
    expect(world.tries).toBe(6);
    expect(world.scaling.state.scheduledRuns.size).toBe(0);
  });

  const crashes: Crash[] = [0, 1, 2, 3].flatMap((step) => (['before', 'after'] as const).map((when) => ({ step, when })));
  it.each(crashes)('runs nothing twice and forgets nothing when its replica ends $when step $step', async (crash) => {
    await world.clock.advance(MINUTE_MS + 1_000);
    void world.replica(crash).round();
    await world.clock.advance(0);
    const next = world.replica();
    await next.round();
    await next.round();
    expect(world.count('RuleTriggered')).toBe(1);
    expect(world.count('ScheduledRunStarted')).toBe(2);
    expect([...world.started.values()]).toEqual([1, 1]);
    expect(world.scaling.state.scheduledRuns.size).toBe(0);
  });

  it('runs the task of a schedule that ends with its moment', async () => {
    world.scaling.ok('DisableRule', { Name: 'nightly' });
    const { Id: _id, ...Target } = TARGET;
    const at = new Date(world.clock.now() + 90_000).toISOString().slice(0, 19);
    const FlexibleTimeWindow = { Mode: 'OFF' };
    world.scaling.ok('CreateSchedule', {
      Name: 'once',
      ScheduleExpression: `at(${at})`,
      ActionAfterCompletion: 'DELETE',
      FlexibleTimeWindow,
      Target,
    });
    const loop = world.replica();
    for (let second = 0; second < 120; second++) {
      await world.clock.advance(1_000);
      await loop.round();
    }
    expect([...world.started.values()]).toEqual([1]);
    expect(world.count('ScheduleDeleted')).toBe(1);
    expect(world.scaling.state.scheduledRuns.size).toBe(0);
  });

  it('runs nothing twice when two replicas believe that they write', async () => {
    const [one, two] = [world.replica(), world.replica()];
    await world.clock.advance(MINUTE_MS + 1_000);
    await Promise.all([one.round(), two.round()]);
    expect(world.started.size).toBe(2);
    expect(world.count('RuleTriggered')).toBe(1);
    expect(world.count('ScheduledRunStarted')).toBe(2);
  });

  it('tries again, later and later, until there is room, and says why it waits', async () => {
    const loop = world.replica();
    const begins = world.clock.now();
    const problem = { reason: 'RunTask started 0 tasks and failed for the others: RESOURCE:MEMORY', isRefused: false };
    world.answer = ({ dueAt, target }) =>
      target.given.Id === 'report' && world.clock.now() < Date.parse(dueAt) + 40_000 ? { problem } : undefined;
    world.scaling.ok('PutRule', { Name: 'nightly', ScheduleExpression: 'cron(0/30 * * * ? *)' });
    while (world.clock.now() < begins + 35 * MINUTE_MS) {
      await world.clock.advance(1_000);
      await loop.round();
    }
    expect(world.count('RuleTriggered')).toBe(1);
    // 0, 5, 15, 35 and 75 seconds after it was due.
    expect(world.count('ScheduledRunDelayed')).toBe(4);
    expect(world.count('ScheduledRunStarted')).toBe(2);
    expect([...world.started.values()]).toEqual([1, 1]);
  });

  it('gives up what ECS keeps refusing, and tells it', async () => {
    const loop = world.replica();
    world.answer = () => ({ problem: { reason: 'ClusterNotFoundException: Cluster not found.', isRefused: true } });
    await world.clock.advance(MINUTE_MS + 1_000);
    await loop.round();
    world.scaling.ok('DisableRule', { Name: 'nightly' });
    for (let second = 0; second < 900; second++) {
      await world.clock.advance(1_000);
      await loop.round();
    }
    expect(world.count('ScheduledRunFailed')).toBe(2);
    expect(world.tries).toBe(16);
    expect(world.scaling.state.scheduledRuns.size).toBe(0);
  });
});
