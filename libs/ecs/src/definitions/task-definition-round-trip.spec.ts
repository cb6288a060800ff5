import { ADDED_BY_ECS, fullDefinition as full } from '../../../../test/support/full-definition.js';
import { RegistryWorld } from '../../../../test/support/registry-world.js';

describe('a task definition with every field', () => {
  it('is described as it was registered', () => {
    const world = new RegistryWorld();
    const tags = [{ key: 'a', value: 'b' }];
    const registered = world.ok('RegisterTaskDefinition', { ...full, tags });
    expect(registered).toMatchObject({ taskDefinition: full, tags });
    expect(world.ask('DescribeTaskDefinition', { taskDefinition: 'full', include: ['TAGS'] })).toEqual(registered);
    expect(world.ask('DescribeTaskDefinition', { taskDefinition: 'full:1' })).toEqual({
      taskDefinition: registered.taskDefinition,
    });
  });

  it('can be registered again from its description, as deployment scripts do, and stays the same', () => {
    const world = new RegistryWorld();
    const { taskDefinition } = world.ok('RegisterTaskDefinition', full);
    const copy = Object.fromEntries(Object.entries(taskDefinition).filter(([name]) => !ADDED_BY_ECS.includes(name as never)));
    const again = world.ok('RegisterTaskDefinition', copy).taskDefinition;
    expect(again).toMatchObject({ ...copy, revision: 2 });
    expect(Object.keys(again).sort()).toEqual(Object.keys(taskDefinition).sort());
  });
});
