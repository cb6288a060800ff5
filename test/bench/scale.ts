/**
 * What grows with a cluster and must not: reads and placement on 5,000 instances with 50,000 tasks beside 100 instances with 500,
 * in process (the rules on the tables, without the bus), and the memory of a fold. The baseline of each figure is the small cluster.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEcsStore } from '#lib/ecs/model';
import { type PlacementRequest, planPlacement, prepareToPlan, taskNeeds } from '#lib/ecs/placement';
import { EcsWorld } from '../support/ecs-world.js';
import { definition, placeTasks, registration, reportOf } from './ecs-mix.js';
import { type Figure, report } from './figures.js';
import { percentile } from './statistics.js';

const CALLS = 400;
/**
 * The fastest read takes a client 0.6 ms through the API, a RunTask 2.7: with so much more in the rules, a large cluster's p50 stays
 * below 1.2 times a small one's. A ratio of the rules alone would measure the processor's caches, which hold a small cluster whole.
 */
const MORE_US = 100;
const ZONES = ['a', 'b', 'c'];

interface Filled {
  readonly world: EcsWorld;
  readonly instances: readonly string[];
  readonly tasks: readonly string[];
}

/** Tasks go round the instances and run; every instance has a zone. */
function filled(instanceCount: number, taskCount: number): Filled {
  const world = new EcsWorld();
  const instances = Array.from({ length: instanceCount }, (_, index) => {
    const { request, ...known } = registration(index);
    const zone = { name: 'ecs.availability-zone', value: ZONES[index % ZONES.length]! };
    const input = { ...known, request: { ...request, attributes: [...request.attributes, zone] } };
    return world.given<{ containerInstanceArn: string }>('RegisterAgentInstance', input, 'health-monitor').containerInstanceArn;
  });
  const { taskDefinition } = world.given<{ taskDefinition: { taskDefinitionArn: string } }>(
    'RegisterTaskDefinition',
    definition('web'),
  );
  const tasks: string[] = [];
  for (let i = 0; i < taskCount; i += 50) {
    const on = Array.from({ length: 50 }, (_, j) => instances[(i + j) % instanceCount]!);
    const input = placeTasks(taskDefinition.taskDefinitionArn, `t-${i}`, on);
    const { placed } = world.given<{ placed: { taskArn: string }[] }>('PlaceTasks', input, 'scheduler');
    const at = new Date(world.now).toISOString();
    const reports = placed.map(({ taskArn }, j) => ({
      containerInstanceArn: on[j]!,
      report: reportOf(taskArn, 1, 'RUNNING', at),
    }));
    world.given('RecordTaskProgress', { reports }, 'health-monitor');
    tasks.push(...placed.map(({ taskArn }) => taskArn));
    world.commits.length = 0;
  }
  return { world, instances, tasks };
}

type Read = readonly [operation: string, input: (on: Filled, call: number) => object];
const nth = (list: readonly string[], call: number) => list[(call * 7919) % list.length]!;
const READS: readonly Read[] = [
  ['DescribeTasks', ({ tasks }, call) => ({ tasks: [nth(tasks, call)] })],
  ['ListTasks', () => ({})],
  ['ListTasks by family', () => ({ family: 'web' })],
  ['ListTasks by instance', ({ instances }, call) => ({ containerInstance: nth(instances, call) })],
  ['ListContainerInstances', () => ({})],
  ['ListContainerInstances by status', () => ({ status: 'ACTIVE' })],
  ['ListContainerInstances by filter', () => ({ filter: 'attribute:ecs.availability-zone == b' })],
  ['ListAttributes', () => ({ targetType: 'container-instance', attributeName: 'ecs.availability-zone' })],
  ['DescribeContainerInstances', ({ instances }, call) => ({ containerInstances: [nth(instances, call)] })],
  ['DescribeClusters with STATISTICS', () => ({ clusters: ['default'], include: ['STATISTICS'] })],
  ['ListServices', () => ({})],
];

const STRATEGIES: readonly (readonly [string, PlacementRequest['strategies']])[] = [
  ['random', [{ type: 'random' }]],
  ['no strategy', []],
  ['binpack', [{ type: 'binpack', field: 'memory' }]],
  ['spread over instances', [{ type: 'spread', field: 'instanceId' }]],
  ['spread over zones', [{ type: 'spread', field: 'attribute:ecs.availability-zone' }]],
  [
    "services' default",
    [
      { type: 'spread', field: 'attribute:ecs.availability-zone' },
      { type: 'spread', field: 'instanceId' },
    ],
  ],
];

const microsecondsOf = (call: () => unknown): number => {
  const beganMs = performance.now();
  call();
  return (performance.now() - beganMs) * 1_000;
};

/** Call by call on both, so that whatever else the machine does hits both. */
function beside(what: string, call: (on: Filled, n: number) => unknown): Figure[] {
  const rounds = { small: [] as number[], large: [] as number[] };
  // The first calls compile the code, and order what is listed for the first time.
  for (let n = 0; n < CALLS / 4; n++) for (const on of [small, large]) call(on, n);
  for (let n = 0; n < CALLS; n++) {
    rounds.small.push(microsecondsOf(() => call(small, n)));
    rounds.large.push(microsecondsOf(() => call(large, n)));
  }
  const baseline = { what: 'small', rounds: rounds.small };
  return [
    { what, unit: 'µs', rounds: rounds.large, baseline, target: { overBaseline: MORE_US } },
    { what: '… p99', unit: 'µs', rounds: [percentile(rounds.large, 99)] },
  ];
}

/** `family:web` has tasks on every instance; the other has none. */
const GROUPS: readonly (readonly [string, string])[] = [
  ['', 'family:another'],
  [', a group that is everywhere', 'family:web'],
];

function placing(strategies: PlacementRequest['strategies'], group: string) {
  return ({ world }: Filled) => {
    const [taskDefinition] = world.state.taskDefinitions.values();
    const [cluster] = world.state.clusters.values();
    const request: PlacementRequest = {
      clusterArn: cluster!.clusterArn,
      definition: taskDefinition!,
      need: taskNeeds(taskDefinition!),
      group,
      constraints: [],
      strategies,
      ordinals: [0],
    };
    if (planPlacement(world.state, request, Math.random).placements.length !== 1) throw new Error('not placed');
  };
}

/** Bytes a task in a fold that has read it from JSON, as every fold does: the entries and their indexes. */
function bytesATask({ world, tasks }: Filled): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const texts = world.store.cut().map(({ table, keys, values }) => {
    const chunks: string[] = [];
    for (let i = 0; i < keys.length; i += 2_000)
      chunks.push(JSON.stringify(keys.slice(i, i + 2_000).map((key, j) => [key, values[i + j]])));
    return { table, chunks };
  });
  collect();
  const before = process.memoryUsage().heapUsed;
  const store = createEcsStore();
  // The scheduler's fold, which keeps the most.
  prepareToPlan(store.state);
  for (const { table, chunks } of texts)
    for (const chunk of chunks) store.load(table, JSON.parse(chunk) as (readonly [string, unknown])[]);
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  if (store.state.tasks.size !== tasks.length) throw new Error('not all were loaded');
  return bytes / tasks.length;
}

const small = filled(100, 500);
const large = filled(5_000, 50_000);
report(
  'scale, reads: 5,000 instances and 50,000 tasks; small: 100 and 500',
  READS.flatMap(([name, input]) => beside(name, (on, n) => on.world.query(name.split(' ')[0]!, input(on, n)))),
);
report(
  'scale, planning one task',
  STRATEGIES.flatMap(([name, strategies]) => GROUPS.flatMap(([of, group]) => beside(`${name}${of}`, placing(strategies, group)))),
);
report('scale, memory', [{ what: 'a task in a fold', unit: 'bytes', rounds: [bytesATask(large)], target: { atMost: 2_500 } }]);
