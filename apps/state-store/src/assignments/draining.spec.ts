import { parseAssignment, type Task, writeAssignment } from '#lib/ecs/model';
import { type BalancedWorld, balancedWorld } from '../../../../test/support/balanced-world.js';
import { assignmentOf, instancesTouched } from './assignment.js';

function given() {
  const world = balancedWorld({ desiredCount: 1 });
  const [task] = world.tasks as [Task];
  const entry = () => {
    const instance = world.state.containerInstances.get(task.containerInstanceArn)!;
    const written = writeAssignment(assignmentOf(world.state, instance, 'journal', 1));
    return parseAssignment(Buffer.from(written))!.entries.find(({ taskArn }) => taskArn === task.taskArn);
  };
  return { world, task, entry };
}

/** The instances whose assignment the last commit is said to change. */
const touched = (world: BalancedWorld) => instancesTouched(world.state, world.commits.at(-1)!.transactions[0]!.events);

describe('the assignment of a task that drains', () => {
  it('says RUNNING, so that its host leaves it alone', () => {
    const { world, task, entry } = given();
    world.given('StopTask', { task: task.taskArn, reason: 'enough' });
    expect(entry()).toMatchObject({ desiredStatus: 'RUNNING' });
    expect(entry()).not.toHaveProperty('stopReason');
  });

  it.each([
    ['it has drained', (world: BalancedWorld) => world.drained()],
    [
      'its deadline has passed',
      (world: BalancedWorld) => {
        world.wait(60_000);
        world.given('Expire', {});
      },
    ],
  ])('says STOPPED as soon as %s', (_when, happens) => {
    const { world, task, entry } = given();
    world.given('StopTask', { task: task.taskArn, reason: 'enough' });
    happens(world);
    expect(entry()).toMatchObject({ desiredStatus: 'STOPPED', stopReason: 'enough' });
    expect([...touched(world)]).toEqual([task.containerInstanceArn]);
  });
});
