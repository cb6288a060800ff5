import type { Scope } from '#lib/kernel';
import { LOG_PARTITIONS } from '#lib/logs';
import { LoggingWorld } from '../../../../test/support/logging-world.js';
import { loggingUpcasts } from './events.js';
import { hears, partitionOfGroup, placeFor } from './places.js';

describe('where the lines of a new group are going to be', () => {
  let world: LoggingWorld;
  beforeEach(() => {
    world = new LoggingWorld();
  });
  const named = (name: string) => ({ ...(world.scope as unknown as Scope), name });
  /** Names of groups that are all of one partition. */
  const ofOnePartition = (count: number): string[] => {
    const partition = partitionOfGroup(named('/a/0'));
    const names: string[] = [];
    for (let n = 0; names.length < count; n++) if (partitionOfGroup(named(`/a/${n}`)) === partition) names.push(`/a/${n}`);
    return names;
  };
  const placeOf = (name: string, places?: readonly number[]) => {
    world.group(name, { places });
    return [...world.state.groups.values()].find((group) => group.name === name)!.place;
  };

  it('is the first place when nobody says who lives', () => {
    expect([placeOf('/a'), placeOf('/b', [])]).toEqual([1, 1]);
  });

  it('is shared among those that live', () => {
    const places = Array.from({ length: 60 }, (_, n) => placeOf(`/a/${n}`, [3, 1, 2]));
    expect([1, 2, 3].every((place) => places.filter((one) => one === place).length >= 10)).toBe(true);
  });

  it('is that of its partition, while that one lives', () => {
    const [first, second, third] = ofOnePartition(3) as [string, string, string];
    expect([placeOf('/other', [1, 2]), placeOf(first, [2]), placeOf(second, [1, 2]), placeOf(third, [1])]).toEqual([1, 2, 2, 1]);
  });

  it('stays where it is, also when its container opens a stream', () => {
    expect(placeOf('/a', [2])).toBe(2);
    const opened = world.ok('OpenLogStream', { logGroupName: '/a', logStreamName: 's', createGroup: true, places: [1] });
    expect(opened).toMatchObject({ place: 2 });
    const made = world.ok('OpenLogStream', { logGroupName: '/new', logStreamName: 's', createGroup: true, places: [3] });
    expect(made).toMatchObject({ place: 3 });
    expect(placeFor(world.state, named('/z'), [2, 3])).toBe(2);
  });

  it('is known of a deleted group until it is erased', () => {
    placeOf('/a', [2]);
    world.ok('DeleteLogGroup', { logGroupName: '/a' });
    expect([...world.state.deletedGroups.values()]).toMatchObject([{ name: '/a', place: 2 }]);
  });

  it('is the first place of groups of the time when there was one', () => {
    const [upcast] = loggingUpcasts.LogGroupCreated as [(old: object) => object];
    expect(upcast({ name: '/a', id: 'i' })).toEqual({ name: '/a', id: 'i', place: 1 });
  });

  it('is who hears what agents send to its partition; to one that nobody has, everybody listens', () => {
    placeOf('/a', [2]);
    const partition = partitionOfGroup(named('/a'));
    const heardBy = (place: number) => Array.from({ length: LOG_PARTITIONS }, (_, n) => hears(world.state, place, n));
    expect(heardBy(2)).toEqual(Array.from({ length: LOG_PARTITIONS }, () => true));
    expect(heardBy(1)).toEqual(Array.from({ length: LOG_PARTITIONS }, (_, n) => n !== partition));
  });
});
