import { describe, expect, it } from '@jest/globals';
import { ServiceWorld } from '../../../../test/support/service-world.js';
import { withRevision } from './revisions.js';

describe('the commits that a story is in', () => {
  it('are kept once each', () => {
    const once = withRevision([], 7);
    expect(once).toEqual([7]);
    expect(withRevision(once, 7)).toBe(once);
  });

  it('are bounded: the first ones stay, of the others the newest', () => {
    let revisions: readonly number[] = [];
    for (let revision = 1; revision <= 100; revision++) revisions = withRevision(revisions, revision);
    expect(revisions).toHaveLength(20);
    expect(revisions.slice(0, 5)).toEqual([1, 2, 3, 4, 85]);
    expect(revisions.at(-1)).toBe(100);
    let ofService: readonly number[] = [];
    for (let revision = 1; revision <= 100; revision++) ofService = withRevision(ofService, revision, 'service');
    expect([ofService[0], ofService[1], ofService.length]).toEqual([1, 52, 50]);
  });

  it('hold every event that names the task or the service, and no other', () => {
    const world = new ServiceWorld();
    world.create({ desiredCount: 1 });
    world.becomeSteady();
    world.exits(world.live[0]!);
    world.becomeSteady();
    const revisionsNaming = (member: string, arn: string) =>
      world.commits.flatMap(({ transactions }, i) =>
        transactions.some(({ events }) => events.some(({ data }) => (data as Record<string, unknown>)[member] === arn))
          ? [i + 1]
          : [],
      );
    for (const task of world.state.tasks.values()) expect(task.revisions).toEqual(revisionsNaming('taskArn', task.taskArn));
    expect(world.service.revisions).toEqual(revisionsNaming('serviceArn', world.service.serviceArn));
    expect(world.service.deployments[0]!.startedRevision).toBe(world.service.revisions[0]);
  });
});
