import { beforeEach, describe, expect, it } from '@jest/globals';
import { CapacityWorld } from '../../../../test/support/capacity-world.js';
import { lackingReplicas } from '../services/reconcile/index.js';
import { lackingWaiting } from '../tasks/place-waiting-tasks.js';
import { noResources } from './capacity.js';
import { instancesNeeded, type LackingTasks } from './lacking-instances.js';

const tasks = (count: number, memoryMiB: number, more: object = {}): LackingTasks => ({
  provider: 'a',
  need: { ...noResources, memoryMiB },
  count,
  isAlone: false,
  ...more,
});
const HOST = { ...noResources, cpu: 1_024, memoryMiB: 1_000 };

describe('how many instances tasks need', () => {
  it.each<[string, readonly LackingTasks[], number]>([
    ['as many as hold them', [tasks(5, 500)], 3],
    ['the large ones first, so that the small ones fill what is left', [tasks(3, 300), tasks(3, 700)], 3],
    ['one each, where no instance takes two', [tasks(3, 100, { isAlone: true })], 3],
    [
      'one for two that are alone, but not of one request',
      [tasks(1, 100, { isAlone: true }), tasks(1, 90, { isAlone: true })],
      1,
    ],
    ['one each for a port', [tasks(2, 1, { need: { ...noResources, portsTcp: [80] } })], 2],
    ['none for what is larger than an instance', [tasks(4, 1_001)], 0],
    ['never more than may be', [tasks(100, 1_000)], 10],
  ])('%s', (_what, lacking, count) => {
    expect(instancesNeeded(lacking, HOST, 10)).toBe(count);
  });
});

describe('tasks that lack instances', () => {
  let world: CapacityWorld;
  beforeEach(() => {
    world = new CapacityWorld();
    world.provider('a', { managedScaling: { status: 'ENABLED' } });
    world.provider('fixed');
    world.associate(['a', 'fixed']);
  });
  const waiting = () => lackingWaiting(world.state, () => 0).map(({ provider, count }) => [provider, count]);
  const replicas = () =>
    [...world.state.services.values()].flatMap((service) =>
      lackingReplicas(world.state, service, world.now, () => 0).map(({ provider, count }) => [provider, count]),
    );
  const service = (provider: string, more: object = {}) =>
    world.create({ launchType: undefined, capacityProviderStrategy: [{ capacityProvider: provider, weight: 1 }], ...more }, 0);

  it('are those that wait and would have room on another instance', () => {
    world.accepted(3);
    expect(waiting()).toEqual([['a', 3]]);
    world.hostOf('a', '1');
    // Two have room there, and the scheduler has only to say so.
    expect(waiting()).toEqual([['a', 1]]);
  });

  it('are none that another instance would not take either', () => {
    world.hostOf('a', '1');
    world.accepted(1, { constraints: [{ type: 'memberOf', expression: 'attribute:rack == 7' }] });
    expect(waiting()).toEqual([]);
  });

  it('are replicas that a service cannot start, of providers that grow', () => {
    service('a', { desiredCount: 4 });
    expect(replicas()).toEqual([['a', 4]]);
  });

  it('are none of a provider whose instances nobody brings', () => {
    service('fixed', { desiredCount: 4 });
    expect(replicas()).toEqual([]);
  });
});
