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
import type { PlacementConstraint, PlacementStrategy, TaskDefinition } from '../model/task-definition.js';
import type { EcsState } from '../model/state.js';
import { addResources, fits, taskNeeds } from './capacity.js';
import { refuseInstance } from './filters.js';
import { MAX_FAILURES, planPlacement, type PlacementPlan } from './plan.js';

/** A seeded source, so that a plan can be made again. */
const seeded = (seed: number) => {
  let state = seed;
  return () => (state = (state * 16807 + 11) % 2147483647) / 2147483647;
};

interface Wish {
  readonly definition?: TaskDefinition;
  readonly constraints?: readonly PlacementConstraint[];
  readonly strategies?: readonly PlacementStrategy[];
  readonly count?: number;
  readonly group?: string;
  readonly seed?: number;
}

function plan(state: EcsState, wish: Wish): PlacementPlan {
  const { definition = taskDefinition(), constraints = [], strategies = [], count = 1, group = 'family:web', seed = 1 } = wish;
  const ordinals = Array.from({ length: count }, (_, i) => i);
  const { clusterArn } = containerInstance(0);
  const need = taskNeeds(definition);
  return planPlacement(state, { clusterArn, definition, need, group, constraints, strategies, ordinals }, seeded(seed));
}

/** Instance number → tasks the plan puts there. */
function placedOn(result: PlacementPlan, instances: readonly ContainerInstance[]): number[] {
  return instances.map((i) => result.placements.filter((p) => p.containerInstanceArn === i.containerInstanceArn).length);
}

const zones = (n: number) => Array.from({ length: n }, (_, i) => zoned(i, i % 2 ? 'b' : 'a'));
const zoned = (n: number, zone: string) =>
  containerInstance(n, {
    attributes: [...containerInstance(n).attributes, { name: 'ecs.availability-zone', value: zone }],
  });

describe('why an instance gets no task', () => {
  const needsProxy = taskDefinition({
    containerDefinitions: [containerDefinition({ logConfiguration: { logDriver: 'splunk' } })],
    requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.logging-driver.splunk' }],
  });
  it.each<[string, Partial<ContainerInstance>, Wish, string, RegExp]>([
    ['a lost agent', { agentConnected: false }, {}, 'AGENT', /has an agent that is not connected\.$/],
    [
      'a missing attribute',
      {},
      { definition: needsProxy },
      'ATTRIBUTE',
      /lacks the attribute com\.amazonaws\.ecs\.capability\.logging-driver\.splunk \(the log driver splunk\), which containerDefinitions\[0\]\.logConfiguration\.logDriver of the task definition needs\.$/,
    ],
    ['CPU', { reserved: resources({ cpu: 2000 }) }, {}, 'RESOURCE:CPU', /has 48 of 2048 CPU units left, the task needs 256\.$/],
    [
      'memory',
      { reserved: resources({ memoryMiB: 4000 }) },
      {},
      'RESOURCE:MEMORY',
      /has 96 of 4096 MiB of memory left, the task needs 512\.$/,
    ],
    [
      'memberOf',
      {},
      { constraints: [{ type: 'memberOf', expression: 'attribute:stack == prod' }] },
      'MemberOf placement constraint unsatisfied.',
      /does not match the placement constraint memberOf\(attribute:stack == prod\)\.$/,
    ],
  ])('%s', (_, fields, wish, reason, detail) => {
    const instance = containerInstance(1, fields);
    const { placements, unplaced, failures } = plan(world({ instances: [instance] }), { ...wish, count: 2 });
    expect({ placements, unplaced }).toEqual({ placements: [], unplaced: [0, 1] });
    expect(failures).toEqual([{ arn: instance.containerInstanceArn, reason, detail: expect.stringMatching(detail) }]);
    expect(failures[0]!.detail).toContain(`The container instance ${instance.instanceId} `);
  });

  it('is a port in use, by another task or by this plan', () => {
    const definition = taskDefinition({
      containerDefinitions: [containerDefinition({ portMappings: [{ containerPort: 80, hostPort: 8080 }] })],
    });
    const instance = containerInstance(1);
    const { placements, failures } = plan(world({ instances: [instance] }), { definition, count: 2 });
    expect(placements).toHaveLength(1);
    expect(failures.map((f) => f.reason)).toEqual(['RESOURCE:PORTS']);
  });

  it('names the closest instances first, none that is not ACTIVE, and not more than people read', () => {
    const instances = [
      containerInstance(1, { agentConnected: false }),
      containerInstance(2, { status: 'DRAINING' }),
      ...Array.from({ length: MAX_FAILURES }, (_, i) => containerInstance(10 + i, { registered: resources({ cpu: 1 }) })),
    ];
    const { failures } = plan(world({ instances }), {});
    expect(failures).toHaveLength(MAX_FAILURES);
    expect(new Set(failures.map((f) => f.reason))).toEqual(new Set(['RESOURCE:CPU']));
  });
});

describe('constraints', () => {
  const three = [1, 2, 3].map((n) => containerInstance(n));
  it('distinctInstance counts the group where it runs and in the plan itself', () => {
    const state = world({
      instances: three,
      tasks: [runningTask(1, three[1]!, 'family:web'), runningTask(2, three[2]!, 'other')],
    });
    const result = plan(state, { constraints: [{ type: 'distinctInstance' }], count: 4 });
    expect(placedOn(result, three)).toEqual([1, 0, 1]);
    expect(new Set(result.failures.map((f) => f.reason))).toEqual(
      new Set(['DistinctInstance placement constraint unsatisfied.']),
    );
  });
  it('affinity to a group follows the tasks of the plan', () => {
    const state = world({ instances: three, tasks: [runningTask(1, three[1]!, 'database')] });
    const near = plan(state, { constraints: [{ type: 'memberOf', expression: 'task:group == database' }], count: 3 });
    expect(placedOn(near, three)).toEqual([0, 3, 0]);
    const apart = plan(state, {
      constraints: [{ type: 'memberOf', expression: 'not(task:group =~ "database|family:web")' }],
      count: 3,
    });
    expect(placedOn(apart, three)).toEqual([1, 0, 1]);
    expect(apart.unplaced).toEqual([2]);
  });
});

describe('an expression too costly for all instances', () => {
  const instances = Array.from({ length: 400 }, (_, n) =>
    containerInstance(n, {
      attributes: [...containerInstance(n).attributes, { name: 'rack', value: `${'a'.repeat(120)}${n}` }],
    }),
  );

  it.each(['', 'not '])('places nothing and says so, whether it would have been true or false (%s)', (not) => {
    const constraints = [{ type: 'memberOf' as const, expression: `${not}attribute:rack =~ .*(a|b){150}.*c` }];
    const { placements, failures } = plan(world({ instances }), { constraints, count: 1, definition: taskDefinition() });
    if (not === '') expect(placements).toEqual([]);
    const late = plan(world({ instances }), {
      constraints: [...constraints, { type: 'memberOf', expression: 'attribute:no exists' }],
    });
    expect(late.placements).toEqual([]);
    expect([...failures, ...late.failures].at(-1)!.detail).toMatch(/takes too long to evaluate for all instances\.$/);
  });
});

describe('strategies', () => {
  it('binpack takes the instance with the least left', () => {
    const instances = [0, 512, 1024].map((cpu, n) => containerInstance(n, { reserved: resources({ cpu }) }));
    const strategies: PlacementStrategy[] = [{ type: 'binpack', field: 'cpu' }];
    expect(placedOn(plan(world({ instances }), { strategies, count: 5 }), instances)).toEqual([0, 1, 4]);
  });
  it('spread over an attribute counts what runs already, then the next strategy orders the ties', () => {
    const instances = [zoned(0, 'a'), zoned(1, 'a'), zoned(2, 'b'), zoned(3, 'b')];
    const tasks = [runningTask(1, instances[0]!, 'family:web'), runningTask(2, instances[1]!, 'family:web')];
    const strategies: PlacementStrategy[] = [
      { type: 'spread', field: 'attribute:ecs.availability-zone' },
      { type: 'spread', field: 'instanceId' },
    ];
    expect(placedOn(plan(world({ instances, tasks }), { strategies, count: 4 }), instances).slice(2)).not.toContain(0);
    expect(placedOn(plan(world({ instances, tasks }), { strategies, count: 2 }), instances)).toEqual([0, 0, 1, 1]);
    expect(placedOn(plan(world({ instances, tasks }), { strategies, count: 6 }), instances)).toEqual([1, 1, 2, 2]);
  });
  it('tasks on a draining instance count for its zone', () => {
    const draining = { ...zoned(0, 'a'), status: 'DRAINING' as const };
    const instances = [draining, zoned(1, 'a'), zoned(2, 'b')];
    const strategies: PlacementStrategy[] = [{ type: 'spread', field: 'attribute:ecs.availability-zone' }];
    const state = world({ instances, tasks: [runningTask(1, draining, 'family:web')] });
    expect(placedOn(plan(state, { strategies }), instances)).toEqual([0, 0, 1]);
  });
  it('without a strategy every instance gets its share, and the same chance makes the same plan', () => {
    const instances = zones(10);
    const state = world({ instances });
    const first = Array.from({ length: 200 }, (_, seed) => placedOn(plan(state, { seed: seed * 7919 + 1, count: 3 }), instances));
    const sums = instances.map((_, i) => first.reduce((sum, placed) => sum + placed[i]!, 0));
    for (const sum of sums) expect(sum).toBeGreaterThan(30);
    expect(plan(state, { seed: 5, count: 3 })).toEqual(plan(state, { seed: 5, count: 3 }));
  });
});

describe('every plan', () => {
  const anyInstances = fc
    .array(
      fc.record({
        cpu: fc.integer({ min: 0, max: 2048 }),
        memoryMiB: fc.integer({ min: 0, max: 4096 }),
        zone: fc.constantFrom('a', 'b', 'c', undefined),
        connected: fc.boolean(),
        status: fc.constantFrom('ACTIVE', 'ACTIVE', 'ACTIVE', 'DRAINING'),
        tasks: fc.nat(2),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((hosts) => {
      const instances = hosts.map((host, n) =>
        containerInstance(n, {
          reserved: resources({ cpu: host.cpu, memoryMiB: host.memoryMiB }),
          agentConnected: host.connected,
          status: host.status as ContainerInstance['status'],
          attributes: [...containerInstance(n).attributes, ...(host.zone ? [{ name: 'zone', value: host.zone }] : [])],
        }),
      );
      const tasks = hosts.flatMap((host, n) =>
        Array.from({ length: host.tasks }, (_, i) => runningTask(n * 10 + i, instances[n]!, i === 0 ? 'family:web' : 'other')),
      );
      return { instances, state: world({ instances, tasks }) };
    });
  const anyWish = fc.record({
    count: fc.integer({ min: 1, max: 10 }),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    constraints: fc.subarray<PlacementConstraint>([
      { type: 'distinctInstance' },
      { type: 'memberOf', expression: 'attribute:zone in [a, b]' },
      { type: 'memberOf', expression: 'not(task:group == other)' },
    ]),
    strategies: fc.shuffledSubarray<PlacementStrategy>([
      { type: 'spread', field: 'attribute:zone' },
      { type: 'spread', field: 'host' },
      { type: 'binpack', field: 'MEMORY' },
      { type: 'binpack', field: 'cpu' },
      { type: 'random' },
    ]),
    definition: fc
      .record({
        cpu: fc.integer({ min: 0, max: 600 }),
        memory: fc.integer({ min: 6, max: 900 }),
        hostPort: fc.constantFrom(0, 0, 8080),
      })
      .map(({ cpu, memory, hostPort }) =>
        taskDefinition({
          containerDefinitions: [containerDefinition({ cpu, memory, portMappings: [{ containerPort: 80, hostPort }] })],
        }),
      ),
  });

  it('is one that the writer accepts, task by task, and never over-commits', () => {
    fc.assert(
      fc.property(anyInstances, anyWish, ({ state, instances }, wish) => {
        const result = plan(state, wish);
        const need = taskNeeds(wish.definition);
        const ledger = new Map(instances.map((i) => [i.containerInstanceArn, { instance: i, put: 0 }]));
        for (const { containerInstanceArn } of result.placements) {
          const { instance, put } = ledger.get(containerInstanceArn)!;
          expect(fits(instance, need)).toBeUndefined();
          const request = {
            definition: wish.definition,
            constraints: wish.constraints,
            group: 'family:web',
            alsoOnInstance: put,
          };
          expect(refuseInstance(state, instance, request)).toBeUndefined();
          const reserved = addResources(instance.reserved, need);
          ledger.set(containerInstanceArn, { instance: { ...instance, reserved }, put: put + 1 });
        }
        expect([...result.placements.map((p) => p.ordinal), ...result.unplaced]).toEqual([...Array(wish.count).keys()]);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves a task unplaced only when every ACTIVE instance has a true reason against it', () => {
    fc.assert(
      fc.property(anyInstances, anyWish, ({ state, instances }, wish) => {
        const { placements, unplaced, failures } = plan(state, wish);
        if (unplaced.length === 0) return expect(failures).toEqual([]);
        const active = instances.filter((i) => i.status === 'ACTIVE');
        expect(new Set(failures.map((f) => f.arn))).toEqual(new Set(active.map((i) => i.containerInstanceArn)));
        const need = taskNeeds(wish.definition);
        for (const failure of failures) {
          const instance = active.find((i) => i.containerInstanceArn === failure.arn)!;
          const put = placements.filter((p) => p.containerInstanceArn === failure.arn).length;
          let reserved = instance.reserved;
          for (let i = 0; i < put; i++) reserved = addResources(reserved, need);
          const request = {
            definition: wish.definition,
            constraints: wish.constraints,
            group: 'family:web',
            alsoOnInstance: put,
          };
          const refusals = [refuseInstance(state, instance, request), fits({ ...instance, reserved }, need)];
          expect(refusals).toContain(failure.reason);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('spreads evenly where there is room: no place has two tasks more than another', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 99_999 }),
        (n, count, seed) => {
          const instances = zones(n);
          const counts = placedOn(
            plan(world({ instances }), { strategies: [{ type: 'spread', field: 'instanceId' }], count, seed }),
            instances,
          );
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('binpacks onto no second instance while the first has room', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 99_999 }),
        (n, count, seed) => {
          const instances = zones(n);
          const result = plan(world({ instances }), { strategies: [{ type: 'binpack', field: 'memory' }], count, seed });
          // 8 tasks of 512 MiB and 256 CPU units fill one instance.
          const used = placedOn(result, instances).filter((tasks) => tasks > 0);
          expect(used).toHaveLength(Math.min(n, Math.ceil(count / 8)));
        },
      ),
    );
  });
});
