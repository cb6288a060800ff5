import { beforeEach, describe, expect, it } from '@jest/globals';
import { CapacityWorld } from '../../../../test/support/capacity-world.js';
import type { RunTaskInput } from './run-task-input.js';
import { prepareRunTask, refuseEmptyCluster } from './run-task-input.js';
import { planPlacement } from '../placement/plan.js';
import { providerOfTask } from '../placement/proposal.js';

let world: CapacityWorld;
let hosts: Record<'a' | 'b' | 'none', string>;
const shared = [
  { capacityProvider: 'a', base: 1, weight: 1 },
  { capacityProvider: 'b', weight: 2 },
];

beforeEach(() => {
  world = new CapacityWorld();
  world.provider('a');
  world.provider('b');
  world.associate(['a', 'b']);
  hosts = { a: world.hostOf('a', '1'), b: world.hostOf('b', '2'), none: world.hostOf(undefined, '3') };
});

const whereIs = () =>
  world.live.map(({ capacityProviderName, containerInstanceArn }) => [capacityProviderName, containerInstanceArn]);

function run(input: Partial<RunTaskInput>) {
  const { state, scope } = world;
  const {
    cluster,
    definition,
    need,
    template,
    placementConstraints: constraints,
    strategies,
    count,
  } = prepareRunTask(state, scope as never, { taskDefinition: 'web', ...input });
  refuseEmptyCluster(state, { cluster, template });
  const { launchType, group } = template;
  const ordinals = Array.from({ length: count }, (_, i) => i);
  const providerOf = (ordinal: number) => providerOfTask(template, ordinal);
  const parts = { definition, need, launchType, group, constraints, strategies, ordinals, providerOf };
  return planPlacement(state, { clusterArn: cluster.clusterArn, ...parts }, () => 0);
}

describe('tasks of a strategy', () => {
  it('run on hosts of the group of their provider: the base first, then by weight', () => {
    world.create({ desiredCount: 4, capacityProviderStrategy: shared, healthyAfterMs: 0 }, 0);
    world.becomeSteady();
    expect(
      whereIs()
        .map((place) => place.join(' '))
        .toSorted(),
    ).toEqual([`a ${hosts.a}`, `a ${hosts.a}`, `b ${hosts.b}`, `b ${hosts.b}`]);
    const [service] = world.query<any>('DescribeServices', { services: ['web'] }).services;
    expect(service.capacityProviderStrategy).toHaveLength(2);
    expect(service).not.toHaveProperty('launchType');
    expect(world.live[0]).toMatchObject({ launchType: 'EC2' });
  });

  it('of RunTask are planned likewise, and what has no room on its provider’s hosts has none', () => {
    world.definition([{ name: 'web', image: 'web', memory: 1_000 }]);
    const { placements, unplaced, failures } = run({ count: 8, capacityProviderStrategy: shared });
    const on = new Map(placements.map(({ ordinal, containerInstanceArn }) => [ordinal, containerInstanceArn]));
    expect([on.get(0), on.get(1)]).toEqual([hosts.a, hosts.a]);
    expect([on.get(2), on.get(3)]).toEqual([hosts.b, hosts.b]);
    expect(unplaced).toEqual([4, 5, 6, 7]);
    expect(failures.map(({ arn, reason }) => [arn, reason])).toEqual([
      [hosts.a, 'RESOURCE:MEMORY'],
      [hosts.b, 'RESOURCE:MEMORY'],
    ]);
  });

  it('are not run where no host is of the provider, and the service says what to do about it', () => {
    world.provider('c');
    world.associate(['a', 'b', 'c']);
    world.definition();
    expect(() => run({ capacityProviderStrategy: [{ capacityProvider: 'c' }] })).toThrow(
      'No Container Instances were found in your capacity provider.',
    );
    expect(
      run({
        count: 2,
        capacityProviderStrategy: [
          { capacityProvider: 'a', base: 1 },
          { capacityProvider: 'c', weight: 1 },
        ],
      }),
    ).toMatchObject({ unplaced: [1], failures: [{ reason: 'EMPTY CAPACITY PROVIDER' }] });
    world.create({ desiredCount: 1, capacityProviderStrategy: [{ capacityProvider: 'c' }] }, 0);
    world.settle();
    expect(world.said.at(-1)).toContain(
      'Reason: No active container instance of the cluster is in the Auto Scaling group c of the capacity provider c. ' +
        'A host says that it is by the attribute auto-scaling-group=c. (EMPTY CAPACITY PROVIDER)',
    );
    world.given('PutAttributes', { attributes: [{ name: 'auto-scaling-group', value: 'c', targetId: '3'.repeat(32) }] });
    world.settle();
    expect(whereIs()).toEqual([['c', hosts.none]]);
  });

  it('stay on their provider’s hosts when a plan is older than the state', () => {
    world.create({ desiredCount: 1, capacityProviderStrategy: [{ capacityProvider: 'a' }] }, 0);
    const plan = world.plan()!;
    const wrong = plan.placements.map((placement) => ({ ...placement, containerInstanceArn: hosts.b }));
    expect(world.given('AdvanceService', { ...plan, placements: wrong }, 'scheduler')).toMatchObject({ placed: 0, stale: 1 });
  });

  it('are evened out among the hosts of their provider only', () => {
    world.create({ desiredCount: 2, capacityProviderStrategy: [{ capacityProvider: 'a' }] }, 0);
    world.becomeSteady();
    world.hostOf('a', '4');
    world.wait(600_000);
    world.becomeSteady();
    const places = whereIs()
      .map(([, arn]) => arn!.slice(-1))
      .toSorted();
    expect(places).toEqual(['1', '4']);
  });

  it.each([
    ['FARGATE', [{ capacityProvider: 'a', weight: 1 }, { capacityProvider: 'FARGATE' }], /cannot contain a mix/],
    ['one that the cluster has not', [{ capacityProvider: 'd' }], /not associated with the cluster/],
    ['one that there is not', [{ capacityProvider: 'e' }], /'e' was not found/],
    ['a name in other letters', [{ capacityProvider: 'A' }], /'A' was not found/],
  ])('are refused with %s', (_what, capacityProviderStrategy, message) => {
    world.provider('d');
    world.definition();
    expect(() => run({ capacityProviderStrategy })).toThrow(message);
    const input = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, capacityProviderStrategy };
    expect(world.refused('CreateService', input)).toMatch(message);
  });

  it('take the default of their cluster, and daemons do not', () => {
    world.associate(['a', 'b'], [{ capacityProvider: 'b', weight: 1 }]);
    world.definition();
    expect(run({}).placements).toMatchObject([{ containerInstanceArn: hosts.b }]);
    world.create({ desiredCount: undefined, schedulingStrategy: 'DAEMON' }, 0);
    expect(world.service).toMatchObject({ launchType: 'EC2' });
    expect(world.service).not.toHaveProperty('capacityProviderStrategy');
    const daemon = { serviceName: 'd', taskDefinition: 'web', schedulingStrategy: 'DAEMON' };
    const strategy = { capacityProviderStrategy: [{ capacityProvider: 'a' }] };
    expect(world.refused('CreateService', { ...daemon, ...strategy })).toMatch(/does not support capacity provider strategies/);
  });
});

it('an instance names the provider that it belongs to', () => {
  const [one, other] = world.query<any>('DescribeContainerInstances', {
    containerInstances: [hosts.a, hosts.none],
  }).containerInstances;
  expect(one.capacityProviderName).toBe('a');
  expect(other).not.toHaveProperty('capacityProviderName');
});
