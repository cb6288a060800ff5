import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  containerDefinition,
  containerInstance,
  resources,
  runningTask,
  taskDefinition,
  world,
} from '../../../../test/support/placement-world.js';
import type { ContainerInstance } from '../model/container-instance.js';
import type { EcsState } from '../model/state.js';
import type { PlacementConstraint, PlacementStrategy, TaskDefinition } from '../model/task-definition.js';
import { addResources, fits, taskNeeds } from './capacity.js';
import { refuseInstance } from './filters.js';
import { type PlacementPlan, planPlacement } from './plan.js';

const GROUP = 'family:web';
const { clusterArn } = containerInstance(0);

interface Wish {
  readonly definition: TaskDefinition;
  readonly constraints: readonly PlacementConstraint[];
  readonly strategies: readonly PlacementStrategy[];
  readonly count: number;
}

const seeded = (seed: number) => {
  let state = seed;
  return () => (state = (state * 16807 + 11) % 2147483647) / 2147483647;
};

const planOf = (state: EcsState, { definition, constraints, strategies, count }: Wish, seed: number): PlacementPlan => {
  const ordinals = Array.from({ length: count }, (_, i) => i);
  const need = taskNeeds(definition);
  return planPlacement(state, { clusterArn, definition, need, group: GROUP, constraints, strategies, ordinals }, seeded(seed));
};

/** The rules once more, asking every instance for every task. */
class Exhaustive {
  private readonly need;
  private readonly put = new Map<string, number>();

  constructor(
    private readonly state: EcsState,
    private readonly wish: Wish,
  ) {
    this.need = taskNeeds(wish.definition);
  }

  /** Those that score the least of those that can take one more. */
  best(): readonly string[] {
    let [best, least]: [string[], number[]] = [[], []];
    for (const instance of this.listed()) {
      if (!this.admits(instance)) continue;
      const score = this.score(instance);
      const at = score.findIndex((value, i) => value !== least[i]);
      if (best.length > 0 && at >= 0 && score[at]! > least[at]!) continue;
      if (best.length === 0 || at >= 0) [best, least] = [[], score];
      best.push(instance.containerInstanceArn);
    }
    return best;
  }

  place(arn: string): void {
    this.put.set(arn, this.putOn(arn) + 1);
  }

  private listed(): readonly ContainerInstance[] {
    return [...this.state.containerInstances.values()].filter(({ status }) => status !== 'INACTIVE');
  }

  private putOn = (arn: string) => this.put.get(arn) ?? 0;

  private withPut(instance: ContainerInstance): ContainerInstance {
    let { reserved } = instance;
    for (let i = 0; i < this.putOn(instance.containerInstanceArn); i++) reserved = addResources(reserved, this.need);
    return { ...instance, reserved };
  }

  private admits(instance: ContainerInstance): boolean {
    const alsoOnInstance = this.putOn(instance.containerInstanceArn);
    const subject = { definition: this.wish.definition, constraints: this.wish.constraints, group: GROUP, alsoOnInstance };
    return !refuseInstance(this.state, instance, subject) && !fits(this.withPut(instance), this.need);
  }

  private score(instance: ContainerInstance): number[] {
    const scores: number[] = [];
    for (const { type, field } of this.wish.strategies) {
      if (type === 'random') break;
      const { registered, reserved } = this.withPut(instance);
      if (type === 'binpack')
        scores.push(field === 'cpu' ? registered.cpu - reserved.cpu : registered.memoryMiB - reserved.memoryMiB);
      else if (field === 'instanceId') scores.push(this.groupTasks(instance));
      else
        scores.push(this.listed().reduce((n, other) => (isAlike(field!, instance, other) ? n + this.groupTasks(other) : n), 0));
    }
    return scores;
  }

  private groupTasks({ containerInstanceArn }: ContainerInstance): number {
    const live = [...this.state.tasks.values()].filter(
      (task) => task.containerInstanceArn === containerInstanceArn && task.group === GROUP && task.desiredStatus === 'RUNNING',
    );
    return live.length + this.putOn(containerInstanceArn);
  }
}

function isAlike(field: string, a: ContainerInstance, b: ContainerInstance): boolean {
  const valueOf = ({ attributes }: ContainerInstance) => attributes.find(({ name }) => `attribute:${name}` === field)?.value;
  return valueOf(a) === valueOf(b);
}

interface Drawn {
  readonly n: number;
  readonly cpu: number;
  readonly memory: number;
  readonly gpu: number;
  readonly zone: string | undefined;
  readonly rack: string | undefined;
  readonly connected: boolean;
  readonly status: ContainerInstance['status'];
}

const drawnInstance = fc.record<Drawn>({
  n: fc.nat(30),
  cpu: fc.constantFrom(0, 512, 1024, 1792, 2048),
  memory: fc.constantFrom(0, 1024, 2048, 3584, 4096),
  gpu: fc.constantFrom(0, 1, 1),
  zone: fc.constantFrom('a', 'b', undefined),
  rack: fc.constantFrom('1', '2', '3', undefined),
  connected: fc.constantFrom(true, true, true, false),
  status: fc.constantFrom('ACTIVE', 'ACTIVE', 'ACTIVE', 'DRAINING', 'INACTIVE'),
});

const instanceOf = ({ n, cpu, memory, gpu, zone, rack, connected, status }: Drawn): ContainerInstance =>
  containerInstance(n, {
    reserved: resources({ cpu, memoryMiB: memory }),
    registered: resources({ cpu: 2048, memoryMiB: 4096, gpu }),
    agentConnected: connected,
    status,
    attributes: [
      ...containerInstance(n).attributes,
      ...(zone === undefined ? [] : [{ name: 'zone', value: zone }]),
      ...(rack === undefined ? [] : [{ name: 'rack', value: rack }]),
    ],
  });

type Change =
  | { readonly kind: 'instance'; readonly drawn: Drawn }
  /** Only what is reserved on it is another. */
  | { readonly kind: 'reserved'; readonly n: number; readonly cpu: number }
  | { readonly kind: 'gone'; readonly n: number }
  | { readonly kind: 'task'; readonly task: number; readonly on: number; readonly group: string }
  | { readonly kind: 'stopped' | 'forgotten'; readonly task: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('instance' as const), drawn: drawnInstance }),
  fc.record({ kind: fc.constant('reserved' as const), n: fc.nat(30), cpu: fc.constantFrom(0, 1024, 1792) }),
  fc.record({ kind: fc.constant('gone' as const), n: fc.nat(30) }),
  fc.record({
    kind: fc.constant('task' as const),
    task: fc.nat(60),
    on: fc.nat(30),
    group: fc.constantFrom(GROUP, GROUP, 'other'),
  }),
  fc.record({ kind: fc.constantFrom('stopped' as const, 'forgotten' as const), task: fc.nat(60) }),
);

function apply(state: EcsState, changes: readonly Change[]): void {
  const { containerInstances, tasks } = state;
  for (const one of changes) {
    if (one.kind === 'instance') {
      const instance = instanceOf(one.drawn);
      containerInstances.put(instance.containerInstanceArn, instance);
    } else if (one.kind === 'reserved') {
      const arn = containerInstance(one.n).containerInstanceArn;
      const instance = containerInstances.get(arn);
      if (instance) containerInstances.put(arn, { ...instance, reserved: { ...instance.reserved, cpu: one.cpu } });
    } else if (one.kind === 'gone') {
      containerInstances.delete(containerInstance(one.n).containerInstanceArn);
    } else if (one.kind === 'task') {
      const task = runningTask(one.task, containerInstance(one.on), one.group);
      if (!tasks.has(task.taskArn)) tasks.put(task.taskArn, task);
    } else {
      const { taskArn } = runningTask(one.task, containerInstance(0), GROUP);
      const task = tasks.get(taskArn);
      if (one.kind === 'forgotten') tasks.delete(taskArn);
      else if (task) tasks.put(taskArn, { ...task, desiredStatus: 'STOPPED' });
    }
  }
}

const wish: fc.Arbitrary<Wish> = fc.record({
  count: fc.integer({ min: 1, max: 12 }),
  constraints: fc.subarray<PlacementConstraint>([
    { type: 'distinctInstance' },
    { type: 'memberOf', expression: 'attribute:zone in [a, b]' },
    { type: 'memberOf', expression: 'not(task:group == other)' },
  ]),
  strategies: fc.shuffledSubarray<PlacementStrategy>([
    { type: 'spread', field: 'attribute:zone' },
    { type: 'spread', field: 'attribute:rack' },
    { type: 'spread', field: 'instanceId' },
    { type: 'binpack', field: 'memory' },
    { type: 'binpack', field: 'cpu' },
    { type: 'random' },
  ]),
  definition: fc
    .record({ cpu: fc.constantFrom(0, 256, 300), memory: fc.constantFrom(6, 512), gpu: fc.boolean() })
    .map(({ cpu, memory, gpu }) => {
      const resourceRequirements = gpu ? [{ type: 'GPU', value: '1' }] : [];
      return taskDefinition({ containerDefinitions: [containerDefinition({ cpu, memory, resourceRequirements })] });
    }),
});

const expectTheRules = (state: EcsState, one: Wish, seed: number) => {
  const { placements, unplaced } = planOf(state, one, seed);
  const exhaustive = new Exhaustive(state, one);
  for (const { containerInstanceArn } of placements) {
    expect(exhaustive.best()).toContain(containerInstanceArn);
    exhaustive.place(containerInstanceArn);
  }
  if (unplaced.length > 0) expect(exhaustive.best()).toEqual([]);
};

describe('the chooser', () => {
  it('takes, task by task, one of those that the rules put first, whatever came and went since the plan before', () => {
    const changes = fc.array(change, { minLength: 10, maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(changes, wish), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 9_999 }),
        (steps, seed) => {
          const state = world({ instances: [] });
          for (const [some, one] of steps) {
            apply(state, some);
            expectTheRules(state, one, seed);
          }
        },
      ),
      { numRuns: 250 },
    );
  });

  it('takes each of them as often as another', () => {
    // Two with a task less than the rest, which the first two tasks even out; the third may go to any but the full one.
    const instances = Array.from({ length: 6 }, (_, n) =>
      containerInstance(n, n === 5 ? { reserved: resources({ cpu: 2000 }) } : {}),
    );
    const tasks = instances.slice(2).map((instance, n) => runningTask(n, instance, GROUP));
    const state = world({ instances, tasks });
    const one: Wish = {
      definition: taskDefinition(),
      constraints: [],
      strategies: [{ type: 'spread', field: 'instanceId' }],
      count: 3,
    };
    const [first, third] = [new Map<string, number>(), new Map<string, number>()];
    const runs = 5_000;
    for (let seed = 1; seed <= runs; seed++) {
      const { placements } = planOf(state, one, seed * 7919);
      for (const [at, counts] of [
        [0, first],
        [2, third],
      ] as const) {
        const arn = placements[at]!.containerInstanceArn;
        counts.set(arn, (counts.get(arn) ?? 0) + 1);
      }
    }
    const shares = (counts: Map<string, number>) => instances.map((i) => (counts.get(i.containerInstanceArn) ?? 0) / runs);
    const near = (share: number) => expect.closeTo(share, 1);
    expect(shares(first)).toEqual([near(1 / 2), near(1 / 2), 0, 0, 0, 0]);
    expect(shares(third)).toEqual([near(1 / 5), near(1 / 5), near(1 / 5), near(1 / 5), near(1 / 5), 0]);
  });

  it.each<[string, readonly PlacementStrategy[]]>([
    ['no strategy', []],
    ['binpack', [{ type: 'binpack', field: 'memory' }]],
    ['spread over instances', [{ type: 'spread', field: 'instanceId' }]],
    [
      'spread over zones and instances',
      [
        { type: 'spread', field: 'attribute:zone' },
        { type: 'spread', field: 'instanceId' },
      ],
    ],
  ])('asks few instances, however many are full: %s', (_, strategies) => {
    const drawn = (n: number): Drawn => ({
      n,
      cpu: n % 100 === 7 ? 0 : 2048,
      memory: 0,
      gpu: 0,
      zone: n % 2 ? 'a' : 'b',
      rack: undefined,
      connected: true,
      status: 'ACTIVE',
    });
    const instances = Array.from({ length: 2_000 }, (_, n) => instanceOf(drawn(n)));
    const state = world({ instances });
    const one: Wish = { definition: taskDefinition(), constraints: [], strategies, count: 1 };
    planOf(state, one, 1);
    let asked = 0;
    for (const instance of instances) {
      // Whoever asks an instance whether something fits reads what is registered.
      const watched = Object.defineProperty({ ...instance }, 'registered', { get: () => (asked++, instance.registered) });
      state.containerInstances.put(instance.containerInstanceArn, watched);
    }
    asked = 0;
    expect(planOf(state, one, 1).placements).toHaveLength(1);
    expect(asked).toBeLessThan(200);
  });
});
