import { describe, expect, it } from '@jest/globals';
import { GroupsWorld } from './groups-world.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1', principal: 'arn:aws:iam::000000000000:root' };
const MOST = 5;

describe.each([1, 2, 3, 4])('groups of hosts in a world where everything goes wrong (seed %d)', (seed) => {
  it('grow for tasks that do not fit and shrink without ending any, never beyond their size, and no clock scales them', async () => {
    const groups = new GroupsWorld(seed);
    const { world } = groups;
    const client = world.client('client');
    const id = 'create';
    const input = {
      AutoScalingGroupName: 'a',
      MinSize: 1,
      MaxSize: MOST,
      LaunchTemplate: { LaunchTemplateName: 'host' },
      VPCZoneIdentifier: 's',
      Tags: [{ Key: 'longshore:scale-in-after', Value: '10' }],
    };
    void client('CreateAutoScalingGroup', { id, requestId: id, operation: 'CreateAutoScalingGroup', ...SCOPE, input }, 60_000);
    await world.run(360_000);
    world.chaos.calm();
    await world.run(120_000);

    const group = () => [...[...world.folds.values()][0]!.state.autoScalingGroups.values()][0]!;
    const events = () => world.commits.flatMap(({ transactions }) => transactions.flatMap((one) => one.events));
    const of = (type: string) => events().filter((one) => one.type === type) as { data: any }[];
    // Enough for all that are there, and no task without a place unless the group is full.
    expect(groups.ecs.state.tasks.countBy('waiting', 'yes') === 0 || group().instances.length === MOST).toBe(true);
    expect(group().instances.map(({ state }) => state)).toEqual(group().instances.map(() => 'launched'));
    expect([...groups.machines.keys()].sort()).toEqual(
      group()
        .instances.map((one) => one.id)
        .sort(),
    );

    const acts = () => events().filter(({ type }) => /^AutoScalingGroup(Scaled|Instance)/.test(type)).length;
    const scaled = of('AutoScalingGroupScaled').length;
    const before = acts();
    for (const ms of [3_600_000, -3_600_000, -3_600_000, 3_600_000]) {
      world.stepClocks(ms);
      await world.run(20_000);
    }
    expect(acts()).toBe(before);
    const kept = group().instances.length;
    for (const task of groups.tasks) if (task.containerInstanceArn) groups.end(task);
    await world.run(120_000);
    for (const task of groups.tasks) groups.end(task);
    await world.run(120_000);
    expect(group().settings.DesiredCapacity).toBe(1);
    expect(groups.machines.size).toBe(1);

    expect(groups.faults).toEqual([]);
    // One host an id, and each change of the size follows the one before.
    const launched = of('AutoScalingGroupInstanceLaunching').map(({ data }) => data.instanceId);
    expect(new Set(launched).size).toBe(launched.length);
    expect([...groups.started.values()].every((times) => times === 1)).toBe(true);
    let desired = 1;
    for (const { data } of of('AutoScalingGroupScaled')) {
      expect(data.from).toBe(desired);
      expect(data.to).toBeGreaterThanOrEqual(1);
      expect(data.to).toBeLessThanOrEqual(MOST);
      desired = data.to;
    }
    expect(scaled).toBeGreaterThan(0);
    expect(kept).toBeGreaterThan(0);
    expect(world.starts).toBeGreaterThanOrEqual(2);
  }, 120_000);
});
